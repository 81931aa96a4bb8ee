"""Large photos in overlapping tiles, for objects too small for a network that shrinks photos."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image, Probs, Segmenter, from_function, normalised
from maskwright.errors import UsageError

SMALLEST = 64
"""Least side of a tile, in pixels."""

OVERLAP = 0.25
"""Share of its side that a tile has in common with the next, unless another is asked for."""


def tiled(segmenter: Segmenter, side: int, *, overlap: float = OVERLAP) -> Segmenter:
    """Run a segmenter on overlapping tiles of large photos and blend what it finds in them.

    Tiles are spread evenly and none reaches over the edge of the photo. Where they overlap, one
    passes into the other pixel by pixel over the whole width of the overlap: no seam can show.
    A photo no larger than a tile gives the very result of the segmenter alone.

    Args:
        segmenter: what to run. It sees a tile as it would see a whole photo.
        side: height and width of a tile in pixels of the photo; a shorter photo has narrower ones.
        overlap: least share of its side that a tile has in common with the next, 0 to 0.5.

    Raises:
        UsageError: a side below 64, or an overlap outside 0 to 0.5.
    """
    if side < SMALLEST:
        raise UsageError(f"--tile {side}: a tile needs at least {SMALLEST} pixels a side")
    if not 0 <= overlap <= 0.5:
        raise UsageError(f"--overlap {overlap}: a share of the tile from 0 to 0.5, such as 0.25")

    def run(image: Image, prior: Probs | None) -> Probs:
        height, width = image.shape[:2]
        if max(height, width) <= side:
            return segmenter(image, prior)
        found = np.zeros((height, width, len(segmenter.classes)), np.float32)
        shared = round(side * overlap)
        for rows, columns in product(_spans(height, side, shared), _spans(width, side, shared)):
            tile = np.ascontiguousarray(image[rows, columns])
            hint = None if prior is None else np.ascontiguousarray(prior[rows, columns])
            found[rows, columns] += segmenter(tile, hint) * _weights(tile.shape[:2])
        return normalised(found)

    return from_function(segmenter.classes, run)


def _spans(length: int, side: int, shared: int) -> list[slice]:
    """Cut a length into spans of `side` that have at least `shared` in common with the next."""
    if length <= side:
        return [slice(0, length)]
    count = math.ceil((length - shared) / (side - shared))
    starts = [round(at * (length - side) / (count - 1)) for at in range(count)]
    return [slice(start, start + side) for start in starts]


def _weights(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """What the pixels of a tile count, (h, w, 1): their distance from its edges in both ways.

    Of two neighbours one weight falls as the other rises, so their sum stays the same.
    """
    rows, columns = (np.minimum(place, place[::-1]) for place in map(_places, shape))
    return np.asarray(rows[:, None, None] * columns[:, None], np.float32)


def _places(length: int) -> NDArray[np.float32]:
    return np.arange(length, dtype=np.float32) + np.float32(0.5)
