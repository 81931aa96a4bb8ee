"""Decoded pixels as arrays, and made upright."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

_LARGE = 2**24
"""Pixels of an image; Pillow's own way to an array needs memory for three of it."""

_AT_ONCE = 2**20


def as_array(image: PilImage.Image, mode: str | None = None) -> NDArray[Any]:
    """The pixels of a decoded image, (H, W) or (H, W, C), as `numpy.asarray` gives them.

    Large images are taken some rows at a time: they are in memory twice, and not four times.

    Args:
        image: decoded.
        mode: Pillow's name of the mode to convert to first.
    """
    width, height = image.size
    rows = height if width * height < _LARGE else max(1, _AT_ONCE // width)
    if rows >= height:
        return _converted(image, mode)
    first = _converted(image.crop((0, 0, width, rows)), mode)
    pixels = np.empty((height, *first.shape[1:]), first.dtype)
    pixels[:rows] = first
    for top in range(rows, height, rows):
        strip = image.crop((0, top, width, min(height, top + rows)))
        pixels[top : top + rows] = _converted(strip, mode)
    return pixels


def _converted(image: PilImage.Image, mode: str | None) -> NDArray[Any]:
    # Pillow copies even what needs no conversion.
    return np.asarray(image if mode in (None, image.mode) else image.convert(mode))


def upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn stored pixels (H, W) or (H, W, C) the way an EXIF orientation of 1 to 8 asks for."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)  # 5 is the transposition, 6 to 8 are that and flips
    vertical = orientation in (3, 4, 7, 8)
    horizontal = orientation in (2, 3, 6, 7)
    pixels = pixels[:: -1 if vertical else 1, :: -1 if horizontal else 1]
    return np.ascontiguousarray(pixels)
