"""maskwright: cuts subjects out of photos, and learns yours from a few dozen photos with masks.

The public face: what the documentation and the examples use, and nothing else. Importing it loads
numpy and nothing heavier. `train` and `cross_validate` need the extra `maskwright[train]`; they
import torch when they are called.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from maskwright._version import __version__
from maskwright.core import (
    VOID,
    Image,
    Mask,
    Pair,
    Probs,
    Segmenter,
    at_size,
    chain,
    flips,
    from_function,
    thresholded,
)
from maskwright.errors import DataError, MaskwrightError, ModelError, Stopped, UsageError

if TYPE_CHECKING:
    from maskwright.augmentation.contact_sheet import draw_contact_sheet
    from maskwright.augmentation.copies import write_copies as augment
    from maskwright.classical.grabcut import grabcut
    from maskwright.classical.seeds.priors import (
        prior_from_boxes,
        prior_from_points,
        prior_from_probabilities,
        prior_from_strokes,
    )
    from maskwright.classical.siox import siox
    from maskwright.data.dataset import open_dataset
    from maskwright.data.decode import Limits
    from maskwright.data.doctor import check
    from maskwright.data.folder import DataFolder
    from maskwright.data.photo import read_photo
    from maskwright.engine.engine import Engine
    from maskwright.engine.segmentation import Segmentation
    from maskwright.evaluation.evaluate import evaluate
    from maskwright.metrics.region import iou
    from maskwright.outputs.batch import predict
    from maskwright.report.write import write_report
    from maskwright.runtime.int8 import quantised
    from maskwright.runtime.options import InferenceOptions
    from maskwright.runtime.segmenter import load
    from maskwright.runtime.write_onnx import write_onnx as export
    from maskwright.training.control import TrainingStep
    from maskwright.training.folds.cross_validate import cross_validate
    from maskwright.training.train import train


__all__ = [
    "VOID",
    "DataError",
    "DataFolder",
    "Engine",
    "Image",
    "InferenceOptions",
    "Limits",
    "Mask",
    "MaskwrightError",
    "ModelError",
    "Pair",
    "Probs",
    "Segmentation",
    "Segmenter",
    "Stopped",
    "TrainingStep",
    "UsageError",
    "__version__",
    "at_size",
    "augment",
    "chain",
    "check",
    "cross_validate",
    "draw_contact_sheet",
    "evaluate",
    "export",
    "flips",
    "from_function",
    "grabcut",
    "iou",
    "load",
    "open_dataset",
    "predict",
    "prior_from_boxes",
    "prior_from_points",
    "prior_from_probabilities",
    "prior_from_strokes",
    "quantised",
    "read_photo",
    "siox",
    "thresholded",
    "train",
    "write_report",
]

# Loaded on first use: their rooms import OpenCV, Pillow, ONNX Runtime or torch.
_LAZY = {
    "DataFolder": "data.folder",
    "Engine": "engine.engine",
    "InferenceOptions": "runtime.options",
    "Limits": "data.decode",
    "Segmentation": "engine.segmentation",
    "TrainingStep": "training.control",
    "augment": "augmentation.copies:write_copies",
    "check": "data.doctor",
    "cross_validate": "training.folds.cross_validate",
    "draw_contact_sheet": "augmentation.contact_sheet",
    "evaluate": "evaluation.evaluate",
    "export": "runtime.write_onnx:write_onnx",
    "grabcut": "classical.grabcut",
    "iou": "metrics.region",
    "load": "runtime.segmenter",
    "open_dataset": "data.dataset",
    "predict": "outputs.batch",
    "prior_from_boxes": "classical.seeds.priors",
    "prior_from_points": "classical.seeds.priors",
    "prior_from_probabilities": "classical.seeds.priors",
    "prior_from_strokes": "classical.seeds.priors",
    "quantised": "runtime.int8",
    "read_photo": "data.photo",
    "siox": "classical.siox",
    "train": "training.train",
    "write_report": "report.write",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _LAZY[name].partition(":")
    return getattr(import_module(f"maskwright.{module}"), attribute or name)
