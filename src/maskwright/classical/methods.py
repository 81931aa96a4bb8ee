"""The ways to segment a photo by name, and the classical segmenters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from maskwright.core import Segmenter


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
"""Method name -> what makes its segmenter, of background and foreground.

Each takes its seeds from the prior; without one, from a centred box. What a method needs is
imported when it is made.
"""

NETWORK = "unet"
"""The name of the method that is no classical one: a model."""

FUSED = "fused"
"""The same with GrabCut, which decides where the model has learned that it knows better."""

METHODS = (NETWORK, FUSED, *CLASSICAL)
"""Ways to segment a photo, by name."""
