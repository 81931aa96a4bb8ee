"""Enlarge a few rows at a time, without seams: full-size floats of a huge photo never exist."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def strips(height: int, step: int) -> Iterator[slice]:
    """Cut rows 0 to `height` into slices of `step` rows, the last one perhaps shorter."""
    for first in range(0, height, step):
        yield slice(first, min(first + step, height))


def enlarged_rows(values: Floats, rows: slice, height: int, width: int) -> Floats:
    """Some rows of what `core.resized` makes of values: bilinear, pixel centres aligned.

    Args:
        values: (h, w) or (h, w, K) float32.
        rows: which of the `height` rows.
        height: rows of the whole.
        width: columns of the whole.

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
    """Interpolate whole rows: the vertical half of a bilinear resize."""
    last = values.shape[0] - 1
    at = np.clip((rows + 0.5) * (values.shape[0] / height) - 0.5, 0, last)
    above = np.floor(at).astype(np.int64)
    share = (at - above).astype(np.float32).reshape(-1, *[1] * (values.ndim - 1))
    below = np.minimum(above + 1, last)
    return np.asarray(values[above] * (1 - share) + values[below] * share, np.float32)
