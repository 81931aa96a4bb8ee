"""Which way copies are made, by what the user asks for."""

from __future__ import annotations

from maskwright.augmentation.exact import Exact, Way
from maskwright.augmentation.geometry import FILLS, Fill
from maskwright.augmentation.keras_like import KerasLike
from maskwright.errors import UsageError


def way_of(fill: Fill | None, like_keras: bool) -> Way:
    """How copies are made, for these options.

    Raises:
        UsageError: they do not go together, or there is no such fill.
    """
    if like_keras:
        if fill not in (None, "nearest"):
            raise UsageError(f"--fill {fill}: like Keras, borders are always nearest")
        return KerasLike()
    if fill is not None and fill not in FILLS:
        raise UsageError(f"--fill {fill}: choose from {', '.join(FILLS)}")
    return Exact(fill or "reflect")
