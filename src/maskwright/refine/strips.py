"""Resizes floats by areas, and enlarges them strip by strip so that no full-size floats exist."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def strips(height: int, width: int, most: int) -> Iterator[slice]:
    """Yield slices of rows from 0 to `height`, of at most `most` pixels, but at least one row."""
    step = max(1, most // width)
    for first in range(0, height, step):
        yield slice(first, min(first + step, height))


def resized_by_area(values: NDArray[np.uint8] | Floats, height: int, width: int) -> Floats:
    """Resize (H, W) or (H, W, K) values by pixel areas; uint8 values are rounded.

    Returns:
        (height, width) or (height, width, K) float32.
    """
    small = cv2.resize(values, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32).reshape(height, width, *values.shape[2:])


def enlarged_rows(values: Floats, rows: slice, height: int, width: int) -> Floats:
    """Return some rows of enlarged values, without seams: bilinear, as `core.resized` does.

    Args:
        values: (h, w) or (h, w, K) float32.
        rows: which of the `height` rows.
        height: rows of the whole result.
        width: columns of the result.

    Returns:
        (rows, width) or (rows, width, K) float32.
    """
    if values.shape[0] == height:
        some = values[rows]
    else:
        some = _between_rows(values, np.arange(rows.start, rows.stop), height)
    if values.shape[1] == width:
        return some
    size = (width, some.shape[0])
    enlarged = cv2.resize(np.ascontiguousarray(some), size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(enlarged, np.float32).reshape(some.shape[0], width, *values.shape[2:])


def _between_rows(values: Floats, rows: NDArray[np.int64], height: int) -> Floats:
    """Interpolate rows: the vertical half of a bilinear resize."""
    last = values.shape[0] - 1
    at = np.clip((rows + 0.5) * (values.shape[0] / height) - 0.5, 0, last)
    above = np.floor(at).astype(np.int64)
    share = (at - above).astype(np.float32).reshape(-1, *[1] * (values.ndim - 1))
    below = np.minimum(above + 1, last)
    return np.asarray(values[above] * (1 - share) + values[below] * share, np.float32)
