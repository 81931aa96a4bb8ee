"""Stored pixels made upright."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn stored pixels (H, W) or (H, W, C) the way an EXIF orientation of 1 to 8 asks for."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)  # 5 is the transposition, 6 to 8 are that and flips
    vertical = orientation in (3, 4, 7, 8)
    horizontal = orientation in (2, 3, 6, 7)
    pixels = pixels[:: -1 if vertical else 1, :: -1 if horizontal else 1]
    return np.ascontiguousarray(pixels)
