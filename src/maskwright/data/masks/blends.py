"""Blends of colours: what anti-aliasing, brushes and resizing make along an outline."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TOLERANCE = 16.0  # levels off the straight line: rounding, gamma, small palettes
_MOST_FOR_TRIPLES = 24  # more colours than this: only blends of two are known
_TRIANGLES = 128  # at once: temporary arrays stay small
_REACH = 2  # pixels to each side
_OPPOSITE = -0.5  # cosine: one neighbour on this side, one on that
_RARE = 64  # pixels of a colour that are all looked at
_SAMPLED = 4096  # pixels of the others, about

Floats = NDArray[np.float32]


def channels(colours: NDArray[np.integer]) -> Floats:
    """(N,) numbers 0xRRGGBB as (N, 3) float32."""
    wide = np.asarray(colours, np.int64)
    return np.stack([wide >> 16 & 255, wide >> 8 & 255, wide & 255], axis=-1).astype(np.float32)


def is_blend(colours: NDArray[np.integer], known: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Whether colours lie between known ones: on a line, or in a triangle where three meet.

    Args:
        colours: (N,) 0xRRGGBB.
        known: (K,) 0xRRGGBB.

    Returns:
        (N,) True for blends, and for what is nearly a known colour.
    """
    points, ends = channels(colours), channels(known)
    if not len(points) or not len(ends):
        return np.zeros(len(points), bool)
    found: NDArray[np.bool_] = _distances(points, ends).min(axis=1) <= _TOLERANCE
    for first in range(len(ends) - 1):
        if found.all():
            return found
        # (N, pairs, 3): from each point to all segments that start here
        along = ends[first + 1 :] - ends[first]
        offset = points[:, None] - ends[first]
        share = np.einsum("npc,pc->np", np.broadcast_to(offset, (len(points), *along.shape)), along)
        share = np.clip(share / np.maximum((along**2).sum(axis=1), 1), 0, 1)
        apart = np.linalg.norm(offset - share[..., None] * along, axis=2)
        found |= (apart <= _TOLERANCE).any(axis=1)
    if 3 <= len(ends) <= _MOST_FOR_TRIPLES and not found.all():
        found[~found] = _in_triangles(points[~found], ends)
    return found


def nearest(colours: NDArray[np.integer], known: NDArray[np.integer]) -> NDArray[np.intp]:
    """(N,) for each colour the place of the nearest in `known`; the first of equals."""
    return np.asarray(_distances(channels(colours), channels(known)).argmin(axis=1))


def share_between_neighbours(
    index: NDArray[np.uint8] | NDArray[np.uint16],
    colours: NDArray[np.uint32],
    edges: NDArray[np.bool_],
    unsure: NDArray[np.bool_],
) -> dict[int, float]:
    """How often pixels of a colour have a neighbour on either side, as on a soft edge.

    A shade of an edge from red to black has a redder neighbour and a blacker one. A thin line has
    no such neighbours, whatever its colour.

    Args:
        index: (H, W) numbers of colours.
        colours: (N,) 0xRRGGBB of each number.
        edges: (H, W) pixels that differ from a neighbour.
        unsure: (N,) the colours to look at.

    Returns:
        A share in 0..1 per colour.
    """
    if not unsure.any():
        return {}
    places = np.flatnonzero(edges & unsure[index])
    numbers = index.reshape(-1)[places]
    common = np.bincount(numbers, minlength=len(colours)) > _RARE
    step = max(1, int(common[numbers].sum()) // _SAMPLED)
    chosen = ~common[numbers] | (np.arange(len(places)) % step == 0)
    rows, columns = np.unravel_index(places[chosen], index.shape)
    numbers = numbers[chosen]
    table = channels(colours)
    around: NDArray[Any] = np.pad(index, _REACH, mode="edge")
    total = np.bincount(numbers, minlength=len(colours))
    between = np.zeros(len(colours))
    for start in range(0, len(rows), _SAMPLED):
        some = slice(start, start + _SAMPLED)
        seen = _between(around, rows[some], columns[some], table)
        between += np.bincount(numbers[some], weights=seen, minlength=len(colours))
    return {
        int(colours[number]): float(between[number] / total[number])
        for number in np.flatnonzero(total)
    }


def _between(
    around: NDArray[Any],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    table: Floats,
) -> NDArray[np.bool_]:
    """(N,) whether two neighbours of a pixel differ from it in opposite directions."""
    size = 2 * _REACH + 1
    neighbours = np.stack(
        [around[rows + down, columns + right] for down in range(size) for right in range(size)],
        axis=1,
    )
    away = table[neighbours] - table[around[rows + _REACH, columns + _REACH]][:, None]
    lengths = np.linalg.norm(away, axis=2, keepdims=True)
    away = np.divide(away, lengths, out=np.zeros_like(away), where=lengths > 0)
    cosines = away @ away.transpose(0, 2, 1)
    return np.asarray(cosines.min(axis=(1, 2)) <= _OPPOSITE)


def _distances(points: Floats, ends: Floats) -> Floats:
    return np.asarray(np.linalg.norm(points[:, None] - ends[None], axis=2), np.float32)


def _in_triangles(points: Floats, ends: Floats) -> NDArray[np.bool_]:
    """(N,) whether a point lies in a triangle of three of the ends, or nearly."""
    corners = ends[list(combinations(range(len(ends)), 3))]  # (T, 3, 3)
    found = np.zeros(len(points), bool)
    for start in range(0, len(corners), _TRIANGLES):
        some = corners[start : start + _TRIANGLES]
        sides = (some[:, 1:] - some[:, :1]).transpose(0, 2, 1)
        offset = points[:, None] - some[:, 0]
        weights = np.einsum("tkc,ntc->ntk", np.linalg.pinv(sides), offset)
        inside = (weights >= 0).all(axis=2) & (weights.sum(axis=2) <= 1)
        apart = np.linalg.norm(np.einsum("tck,ntk->ntc", sides, weights) - offset, axis=2)
        found |= (inside & (apart <= _TOLERANCE)).any(axis=1)
    return found
