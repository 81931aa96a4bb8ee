"""Encoders: image classifiers, used for their intermediate feature maps."""

from __future__ import annotations

from maskwright.errors import UsageError
from maskwright.unet.encoders.contract import LEVELS, Encoder
from maskwright.unet.encoders.efficientnet_lite import EfficientNetLite0
from maskwright.unet.encoders.mobilenet_v2 import MobileNetV2
from maskwright.unet.encoders.weights import load_imagenet

__all__ = ["ENCODERS", "LEVELS", "Encoder", "build_encoder", "load_imagenet"]

ENCODERS: dict[str, type[Encoder]] = {
    "efficientnet_lite0": EfficientNetLite0,
    "mobilenet_v2": MobileNetV2,
}


def build_encoder(name: str) -> Encoder:
    """Build an encoder with random weights.

    Args:
        name: one of `ENCODERS`.

    Raises:
        UsageError: no encoder has this name.
    """
    if name not in ENCODERS:
        raise UsageError(f"there is no encoder {name!r}: choose one of {', '.join(ENCODERS)}")
    return ENCODERS[name]()
