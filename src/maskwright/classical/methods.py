"""The segmentation methods by name, and constructors of the classical ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from maskwright.core import Segmenter

# What a method needs is imported when it is made.


def _grabcut() -> Segmenter:
    from maskwright.classical.grabcut import grabcut

    return grabcut(engine="fast")


def _grabcut_opencv() -> Segmenter:
    from maskwright.classical.grabcut import grabcut

    return grabcut(engine="opencv")


def _siox() -> Segmenter:
    from maskwright.classical.siox import siox

    return siox()


CLASSICAL: Mapping[str, Callable[[], Segmenter]] = MappingProxyType(
    {"grabcut": _grabcut, "grabcut-opencv": _grabcut_opencv, "siox": _siox}
)
"""Method name -> constructor of its segmenter of background and foreground.

The prior gives the seeds; the default prior is a centred box.
"""

NETWORK = "unet"
"""The method of a model alone."""

FUSED = "fused"
"""The method of a model with GrabCut, whose changes a gate accepts or rejects."""

METHODS = (NETWORK, FUSED, *CLASSICAL)
"""All method names."""
