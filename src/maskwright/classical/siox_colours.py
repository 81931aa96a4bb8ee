"""The colours of SIOX: conversion from sRGB to CIELAB, and colour signatures.

Source: Friedland, Jantz, Rojas: SIOX: Simple Interactive Object Extraction in Still Images (IEEE
International Symposium on Multimedia, 2005).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

LIMITS = (0.64, 1.28, 2.56)
"""Largest range in L, a and b of colours that share a centroid."""

LEAST_SHARE = 0.001
"""Smallest fraction of the described pixels for a centroid of the signature."""

Colours: TypeAlias = NDArray[np.float64]
"""(N, 3) in CIELAB: L from 0 to 100, a and b around 0."""

Counts: TypeAlias = NDArray[np.int64]

_AT_ONCE = 50_000  # distances at once, so that they stay in the processor's cache

_XYZ_OF_RGB = (  # linear sRGB to XYZ under D65, each row divided by its white
    (0.4124 / 0.95047, 0.3576 / 0.95047, 0.1805 / 0.95047),
    (0.2126, 0.7152, 0.0722),
    (0.0193 / 1.08883, 0.1192 / 1.08883, 0.9505 / 1.08883),
)


def lab_of(rgb: NDArray[np.uint8]) -> Colours:
    """Convert sRGB colours to CIELAB: (N, 3) uint8 -> (N, 3) float64, with white at D65."""
    level = np.arange(256) / 255
    linear = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    # Plane by plane: along a last axis as short as three numpy is several times slower.
    red, green, blue = linear[rgb.T]
    x, y, z = (_compressed(r * red + g * green + b * blue) for r, g, b in _XYZ_OF_RGB)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)]).T


def _compressed(light: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(light > 0.008856, np.cbrt(light), 7.787 * light + 16 / 116)


def signature(colours: Colours, counts: Counts) -> Colours:
    """Describe colours by a few centroids, in two stages.

    Args:
        colours: (N, 3) in CIELAB, N from 1.
        counts: (N,) pixels of each colour, from 1.

    Returns:
        (S, 3) centroids, S from 1.
    """
    centroids, sizes = fine_centroids(colours, counts)
    return coarse_centroids(centroids, sizes)


def fine_centroids(colours: Colours, counts: Counts) -> tuple[Colours, Counts]:
    """Stage 1: return the mean colour and the number of pixels of each cell."""
    cell = cells(colours)
    sizes = np.bincount(cell, counts)
    sums = [np.bincount(cell, counts * colours[:, axis]) for axis in range(3)]
    return np.stack(sums, axis=1) / sizes[:, None], sizes.astype(np.int64)


def coarse_centroids(centroids: Colours, sizes: Counts) -> Colours:
    """Stage 2: return the mean of each cell of centroids, without cells of too few pixels.

    The mean is not weighted by pixels, so that a large area of one colour counts as much as a small
    one. If every cell is too small, as in noise, the 1 / `LEAST_SHARE` largest are kept.
    """
    cell = cells(centroids)
    members = np.bincount(cell)
    sums = [np.bincount(cell, centroids[:, axis]) for axis in range(3)]
    means = np.stack(sums, axis=1) / members[:, None]
    pixels = np.bincount(cell, sizes)
    kept = np.flatnonzero(pixels >= LEAST_SHARE * pixels.sum())
    if not kept.size:
        kept = np.argsort(-pixels, kind="stable")[: int(1 / LEAST_SHARE)]
    return np.asarray(means[kept])


def cells(colours: Colours) -> NDArray[np.int64]:
    """Divide colours into cells by a k-d tree, all nodes of a level at once.

    The depth of a node selects its axis, L, a or b in turn. If the range of its colours on this
    axis exceeds the limit, the node is split at the middle of the range; else it is a cell,
    regardless of the other axes.

    Args:
        colours: (N, 3) in CIELAB, N from 1.

    Returns:
        (N,) the index of each colour's cell, from 0 without gaps.
    """
    axes = np.ascontiguousarray(colours.T)
    cell = np.empty(len(colours), np.int64)
    rows = np.arange(len(colours))  # colours without a cell, node by node
    sizes = np.array([len(colours)])  # of the nodes
    done = depth = 0
    while rows.size:
        values = axes[depth % 3][rows]
        starts = np.cumsum(sizes) - sizes
        low, high = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
        halved = high - low > LIMITS[depth % 3]
        going_on = np.repeat(halved, sizes)
        new = np.arange(done, done + np.count_nonzero(~halved))
        cell[rows[~going_on]] = np.repeat(new, sizes[~halved])
        done += len(new)
        sizes = sizes[halved]
        middle = np.repeat(((low + high) / 2)[halved], sizes)
        rows, sizes = _halves(rows[going_on], values[going_on] > middle, sizes)
        depth += 1
    return cell


def _halves(
    rows: NDArray[np.int64], upper: NDArray[np.bool_], sizes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Order the rows of each node: lower half first; neither half is ever empty."""
    if not rows.size:
        return rows, sizes
    uppers = np.add.reduceat(upper, np.cumsum(sizes) - sizes, dtype=np.int64)
    lowers = sizes - uppers
    ordered = np.empty_like(rows)
    # The k-th of all lower rows moves behind the upper rows of earlier nodes, and vice versa.
    earlier_uppers = np.cumsum(uppers) - uppers
    ordered[np.arange(lowers.sum()) + np.repeat(earlier_uppers, lowers)] = rows[~upper]
    ordered[np.arange(uppers.sum()) + np.repeat(np.cumsum(lowers), uppers)] = rows[upper]
    return ordered, np.stack([lowers, uppers], axis=1).reshape(-1)


def squared_distances(colours: Colours, centroids: Colours) -> NDArray[np.float64]:
    """Return the squared distance, (N,), of colours (N, 3) to their nearest centroids (S, 3)."""
    # |colour - centroid|^2 without the term that is equal for all centroids.
    rest = np.concatenate([-2 * centroids.T, (centroids**2).sum(axis=1)[None]])
    extended = np.concatenate([colours, np.ones((len(colours), 1))], axis=1)
    nearest = np.empty(len(colours), np.int64)
    step = max(1, _AT_ONCE // len(centroids))
    for start in range(0, len(colours), step):
        rows = slice(start, start + step)
        nearest[rows] = (extended[rows] @ rest).argmin(axis=1)
    # Computed again without cancellation: two signatures that share a centroid must tie.
    return np.asarray(((colours - centroids[nearest]) ** 2).sum(axis=1))
