"""Stored pixels made upright, and made 8 bits deep."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.errors import DataError


def upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn stored pixels (H, W) or (H, W, C) the way an EXIF orientation of 1 to 8 asks for."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)  # 5 is the transposition, 6 to 8 are that and flips
    vertical = orientation in (3, 4, 7, 8)
    horizontal = orientation in (2, 3, 6, 7)
    pixels = pixels[:: -1 if vertical else 1, :: -1 if horizontal else 1]
    return np.ascontiguousarray(pixels)


def eight_bit(deep: NDArray[Any], name: str) -> NDArray[np.uint8]:
    """(H, W) pixels of any depth as uint8: scaled, never clipped.

    16 bits become 8 by division by 257; floating point counts from 0 to 1.

    Args:
        deep: one channel as stored.
        name: of the photo, for messages.

    Raises:
        DataError: the range of the values is unknown.
    """
    if deep.dtype == np.uint8:
        return deep
    if deep.dtype == np.bool_:
        return deep.astype(np.uint8) * np.uint8(255)
    if deep.dtype.kind == "f" and np.isfinite(deep).all() and 0 <= deep.min() <= deep.max() <= 1:
        return np.asarray(np.rint(deep * 255), np.uint8)
    if deep.dtype.kind in "iu" and deep.min() >= 0 and deep.max() <= 65535:
        return np.asarray((deep.astype(np.uint32) + 128) // 257, np.uint8)
    raise DataError(
        f"{name}: values from {deep.min()} to {deep.max()} have no agreed meaning as brightness: "
        "save it with 8 or 16 bits per channel"
    )
