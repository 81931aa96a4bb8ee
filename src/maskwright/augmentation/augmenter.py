"""What makes augmented copies, and which one the user's options mean."""

from __future__ import annotations

from typing import TypeAlias

from maskwright.augmentation.exact import Exact
from maskwright.augmentation.geometry import FILLS, Fill
from maskwright.augmentation.keras_like import KerasLike
from maskwright.errors import UsageError

Augmenter: TypeAlias = Exact | KerasLike
"""Makes augmented copies, and decides how masks are stored beside them."""


def augmenter_of(fill: Fill | None, like_keras: bool) -> Augmenter:
    """The augmenter for these options.

    Raises:
        UsageError: they exclude each other, or there is no such fill.
    """
    if like_keras:
        if fill not in (None, "nearest"):
            raise UsageError(f"--fill {fill}: like Keras, borders are always nearest")
        return KerasLike()
    if fill is not None and fill not in FILLS:
        raise UsageError(f"--fill {fill}: choose from {', '.join(FILLS)}")
    return Exact(fill or "reflect")
