"""maskwright: cuts subjects out of photos, and learns yours from a few dozen photos with masks.

The public face: what the documentation and the examples use, and nothing else. Importing it loads
nothing heavy. `train` and `cross_validate` need the extra `maskwright[train]`; they
import torch when they are called. ONNX Runtime reports nothing: see `_telemetry`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from maskwright import _telemetry
from maskwright._version import __version__
from maskwright.errors import DataError, MaskwrightError, ModelError, Stopped, UsageError

# Before any room can import ONNX Runtime.
_telemetry.turn_off_telemetry()

if TYPE_CHECKING:
    from maskwright.augmentation.augment import augment as augment
    from maskwright.augmentation.contact_sheet import draw_contact_sheet as draw_contact_sheet
    from maskwright.classical.grabcut import grabcut as grabcut
    from maskwright.classical.seeds.priors import (
        prior_from_boxes as prior_from_boxes,
    )
    from maskwright.classical.seeds.priors import (
        prior_from_points as prior_from_points,
    )
    from maskwright.classical.seeds.priors import (
        prior_from_probabilities as prior_from_probabilities,
    )
    from maskwright.classical.seeds.priors import (
        prior_from_strokes as prior_from_strokes,
    )
    from maskwright.classical.siox import siox as siox
    from maskwright.core import VOID as VOID
    from maskwright.core import Image as Image
    from maskwright.core import Mask as Mask
    from maskwright.core import Pair as Pair
    from maskwright.core import Probs as Probs
    from maskwright.core import Segmenter as Segmenter
    from maskwright.core import at_size as at_size
    from maskwright.core import chain as chain
    from maskwright.core import flips as flips
    from maskwright.core import from_function as from_function
    from maskwright.core import thresholded as thresholded
    from maskwright.data.dataset import open_dataset as open_dataset
    from maskwright.data.decoding.decode import Limits as Limits
    from maskwright.data.doctor.check import check as check
    from maskwright.data.folder import DataFolder as DataFolder
    from maskwright.data.photo import read_photo as read_photo
    from maskwright.engine.engine import Engine as Engine
    from maskwright.engine.engine import cut_out as cut_out
    from maskwright.engine.segmentation import Segmentation as Segmentation
    from maskwright.evaluation.evaluate import evaluate as evaluate
    from maskwright.metrics.region import iou as iou
    from maskwright.outputs.batch import predict as predict
    from maskwright.report.write import write_report as write_report
    from maskwright.runtime.options import InferenceOptions as InferenceOptions
    from maskwright.runtime.segmenter import load as load
    from maskwright.runtime.trial import try_model as try_model
    from maskwright.runtime.write_onnx import export as export
    from maskwright.training.control import TrainingStep as TrainingStep
    from maskwright.training.folds.cross_validate import cross_validate as cross_validate
    from maskwright.training.train import train as train

__all__ = [
    "DataError",
    "MaskwrightError",
    "ModelError",
    "Stopped",
    "UsageError",
    "__version__",
]

# Loaded on first use: they import numpy, OpenCV, Pillow, ONNX Runtime or torch.
_ROOMS = {
    "core": "VOID Image Mask Pair Probs Segmenter at_size chain flips from_function thresholded",
    "augmentation.contact_sheet": "draw_contact_sheet",
    "augmentation.augment": "augment",
    "classical.grabcut": "grabcut",
    "classical.seeds.priors": "prior_from_boxes prior_from_points prior_from_probabilities "
    "prior_from_strokes",
    "classical.siox": "siox",
    "data.dataset": "open_dataset",
    "data.decoding.decode": "Limits",
    "data.doctor.check": "check",
    "data.folder": "DataFolder",
    "data.photo": "read_photo",
    "engine.engine": "Engine cut_out",
    "engine.segmentation": "Segmentation",
    "evaluation.evaluate": "evaluate",
    "metrics.region": "iou",
    "outputs.batch": "predict",
    "report.write": "write_report",
    "runtime.options": "InferenceOptions",
    "runtime.segmenter": "load",
    "runtime.trial": "try_model",
    "runtime.write_onnx": "export",
    "training.control": "TrainingStep",
    "training.folds.cross_validate": "cross_validate",
    "training.train": "train",
}
_LAZY = {name: room for room, names in _ROOMS.items() for name in names.split()}

__all__ += sorted(_LAZY)


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"maskwright.{_LAZY[name]}"), name)
