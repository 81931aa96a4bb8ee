"""maskwright: cuts subjects out of photos, and learns yours from a few dozen photos with masks.

The public face. Importing it loads numpy and nothing heavier: `train` needs the extra
`maskwright[train]` and imports torch only when it is called.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from maskwright._version import __version__
from maskwright.core import VOID, Image, Mask, Pair, Probs, Segmenter
from maskwright.errors import DataError, MaskwrightError, ModelError, UsageError

if TYPE_CHECKING:
    from maskwright.evaluation.evaluate import evaluate
    from maskwright.outputs.batch import predict
    from maskwright.runtime.segmenter import load
    from maskwright.training.folds.cross_validate import cross_validate
    from maskwright.training.train import train


__all__ = [
    "VOID",
    "DataError",
    "Image",
    "Mask",
    "MaskwrightError",
    "ModelError",
    "Pair",
    "Probs",
    "Segmenter",
    "UsageError",
    "__version__",
    "cross_validate",
    "evaluate",
    "load",
    "predict",
    "train",
]

_LAZY = {
    "cross_validate": "maskwright.training.folds.cross_validate",
    "evaluate": "maskwright.evaluation.evaluate",
    "load": "maskwright.runtime.segmenter",
    "predict": "maskwright.outputs.batch",
    "train": "maskwright.training.train",
}


def __getattr__(name: str) -> Any:
    # The verbs live in rooms that import OpenCV, ONNX Runtime or torch: load each on first use.
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
