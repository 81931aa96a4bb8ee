"""Bring what a segmenter found at its working size to the photo's own size, strip by strip.

The float probabilities of a 200-megapixel photo would take gigabytes. Here only a strip of rows
is ever enlarged at once, and what stays is one small integer per pixel. The interpolation is that
of `core.resized` (bilinear, pixel centres aligned), so strips leave no seam.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import Mask, Probs

_STRIP = 2**20  # floats that one strip may hold


def enlarge_mask(probs: Probs, height: int, width: int) -> Mask:
    """Find the most probable class of every pixel of the full-size photo.

    Args:
        probs: (h, w, K) float32 at the working size.
        height: rows of the photo.
        width: columns of the photo.

    Returns:
        (height, width) uint8 class indices; of equally probable classes the first.
    """
    mask = np.empty((height, width), np.uint8)
    if probs.shape[2] == 2:  # one plane instead of two: the usual case in half the time
        for rows, strip in _strips(probs[:, :, 1] - probs[:, :, 0], height, width):
            np.greater(strip, 0, out=mask[rows], casting="unsafe")
        return mask
    for rows, strip in _strips(probs, height, width):
        mask[rows] = strip.argmax(axis=2)
    return mask


def enlarge_plane(
    plane: NDArray[np.float32], height: int, width: int, *, top: Literal[255, 65535]
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Turn one plane of probabilities into integers at the full size of the photo.

    Args:
        plane: (h, w) float32 in [0, 1] at the working size.
        height: rows of the photo.
        width: columns of the photo.
        top: the integer that probability 1 becomes. Nothing is stretched: 0 stays 0, 1/2 is
            half of `top`, whatever else the photo holds.

    Returns:
        (height, width), uint8 when `top` is 255, else uint16.
    """
    whole = np.empty((height, width), np.uint8 if top == 255 else np.uint16)
    for rows, strip in _strips(plane, height, width):
        whole[rows] = np.rint(np.clip(strip, 0, 1) * top)
    return whole


def _strips(
    values: NDArray[np.float32], height: int, width: int
) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Enlarge (h, w) or (h, w, K) values to (height, width); yields some rows at a time."""
    source_height, source_width = values.shape[:2]
    depth = values.shape[2] if values.ndim == 3 else 1
    step = max(1, _STRIP // (max(width, source_width) * depth))
    for first in range(0, height, step):
        rows = slice(first, min(first + step, height))
        if source_height == height:
            strip = values[rows]
        else:
            strip = _between_rows(values, np.arange(rows.start, rows.stop), height)
        if source_width != width:
            size = (width, strip.shape[0])
            enlarged = cv2.resize(np.ascontiguousarray(strip), size, interpolation=cv2.INTER_LINEAR)
            strip = np.asarray(enlarged, np.float32).reshape(
                strip.shape[0], width, *values.shape[2:]
            )
        yield rows, strip


def _between_rows(
    values: NDArray[np.float32], rows: NDArray[np.int64], height: int
) -> NDArray[np.float32]:
    """Interpolate whole rows: the vertical half of a bilinear resize."""
    last = values.shape[0] - 1
    at = np.clip((rows + 0.5) * (values.shape[0] / height) - 0.5, 0, last)
    above = np.floor(at).astype(np.int64)
    share = (at - above).astype(np.float32).reshape(-1, *[1] * (values.ndim - 1))
    below = np.minimum(above + 1, last)
    return np.asarray(values[above] * (1 - share) + values[below] * share, np.float32)
