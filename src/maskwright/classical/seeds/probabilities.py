"""Reads probabilities from pictures, as `maskwright predict --save prob` writes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maskwright.core import resized
from maskwright.data.decoding.decode import Limits, load, opened
from maskwright.errors import DataError


def read_levels(path: Path, limits: Limits) -> tuple[NDArray[np.uint16], int]:
    """Read a grey picture.

    Returns:
        (H, W) uint16 levels, and the level of probability 1: 255 or 65535.

    Raises:
        DataError: unreadable, or not grey with 8 or 16 bits.
    """
    with opened(path, limits) as (image, _):
        load(image, str(path))
        levels = np.asarray(image)
    top = 255 if levels.dtype == np.uint8 else 65535
    if levels.ndim != 2 or levels.dtype.kind not in "ui" or levels.min() < 0 or levels.max() > top:
        raise DataError(f"{path}: not a grey picture of 8 or 16 bits: write it with --save prob")
    return levels.astype(np.uint16), top


def read_probabilities(
    path: Path, image: tuple[int, int], full: tuple[int, int], limits: Limits
) -> NDArray[np.float32]:
    """Read a photo's probabilities of foreground; 0, 0.5 and 1 stay exact.

    Args:
        path: the picture, of any size with the photo's aspect ratio.
        image: (h, w) of the photo's working copy.
        full: (height, width) of the full upright photo.
        limits: what the file may cost.

    Returns:
        (h, w) float32 from 0 to 1.

    Raises:
        DataError: unreadable, not a grey picture, or of another aspect ratio.
    """
    levels, top = read_levels(path, limits)
    (rows, columns), (height, width) = levels.shape, full
    if abs(rows * width - columns * height) > max(rows, columns, width, height):
        raise DataError(
            f"{path}: {columns} x {rows} pixels do not fit a photo of {width} x {height}: "
            "predict the photo again with --save prob"
        )
    foreground = levels.astype(np.float32) / np.float32(top)
    # No integer level is exactly 0.5, which means unknown.
    foreground[np.abs(foreground - 0.5) * top < 0.75] = 0.5
    small = resized(foreground[..., None], *image)[..., 0]
    for certain in (0, 0.5, 1):  # rounding errors of the resize
        small[np.abs(small - certain) < 1e-5] = certain
    return small
