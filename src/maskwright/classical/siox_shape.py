"""The shape of the object in SIOX: from scattered pixels to areas with smooth outlines.

Source: Friedland, Jantz, Rojas: SIOX: Simple Interactive Object Extraction in Still Images (IEEE
International Symposium on Multimedia, 2005).
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Confidence: TypeAlias = NDArray[np.float32]
"""(H, W) from 0, background, to 1, foreground."""

Flags: TypeAlias = NDArray[np.bool_]

_THIRD = np.float32(0.33)
_SQUARE = np.ones((3, 3), np.uint8)

_ALIKE = 1.0  # colours that lie less than this apart in CIELAB look the same


def smooth(confidence: Confidence) -> Confidence:
    """Blur with 1 2 3 2 1 along rows and columns, then scale to a highest value of 1.

    In two sweeps: each pixel becomes a third of itself and of the two after it, then of itself and
    of the two before it. The last two of a sweep, which lack neighbours, stay as they are.
    """
    blurred = confidence.copy()
    for lines in (blurred.T, blurred):  # along x, then along y
        lines[:-2] = _THIRD * (lines[:-2] + lines[1:-1] + lines[2:])
        lines[2:] = _THIRD * (lines[:-2] + lines[1:-1] + lines[2:])
    highest = blurred.max()
    return blurred / highest if highest > 0 else blurred


def erode(confidence: Confidence) -> Confidence:
    """The lowest value in the 3 x 3 pixels around each; nothing lies outside the photo."""
    return np.asarray(cv2.erode(confidence, _SQUARE), np.float32)


def dilate(confidence: Confidence) -> Confidence:
    """The highest value in the 3 x 3 pixels around each; nothing lies outside the photo."""
    return np.asarray(cv2.dilate(confidence, _SQUARE), np.float32)


def keep_components(confidence: Confidence, certain: Flags, size_factor: float) -> Confidence:
    """Of the connected areas of at least 0.5 drop the small ones, and make the largest certain.

    Args:
        confidence: (H, W).
        certain: (H, W), what is foreground for certain; an area with such a pixel is never dropped.
        size_factor: an area is small when even this many times as many pixels would be fewer than
            those of the largest: 4 keeps areas from a quarter of the largest on, 0 the largest
            alone.

    Returns:
        (H, W): 0 in dropped areas and 1 in the largest one; all else, also what lies below 0.5,
        stays as it is.
    """
    _, label, stats, _ = cv2.connectedComponentsWithStats(
        (confidence >= 0.5).astype(np.uint8), connectivity=4
    )
    sizes = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    sizes[0] = 0  # what lies around all areas
    dropped = sizes * size_factor < sizes.max()
    dropped[label[certain]] = False
    dropped[0] = False
    kept = np.where(dropped[label], np.float32(0), confidence)
    if sizes.any():
        kept[label == sizes.argmax()] = 1
    return kept


def fill_colour_regions(area: Flags, colours: NDArray[np.float64], barred: Flags) -> Flags:
    """Let each pixel of the area take in neighbours of its colour, and those theirs, in waves.

    A pixel joins when its colour looks the same as that of the pixel where its flood began, so
    that floods do not creep along a gradient.

    Args:
        area: (H, W), where floods begin.
        colours: (H, W, 3) in CIELAB.
        barred: (H, W), pixels that never join.

    Returns:
        (H, W), the area and all that joined.
    """
    height, width = area.shape
    # A frame that never joins: then no pixel needs to know on which side it lacks a neighbour.
    free = np.pad(~area & ~barred, 1).reshape(-1)
    own = np.pad(colours, ((1, 1), (1, 1), (0, 0))).reshape(-1, 3)
    flood = own.copy()
    wave = np.flatnonzero(np.pad(area, 1))
    while wave.size:
        joined = []
        for step in (-1, 1, -width - 2, width + 2):
            here, there = wave[free[wave + step]], wave[free[wave + step]] + step
            alike = ((flood[here] - own[there]) ** 2).sum(axis=1) < _ALIKE**2
            here, there = here[alike], there[alike]
            free[there] = False
            flood[there] = flood[here]
            joined.append(there)
        wave = np.concatenate(joined)
    left = free.reshape(height + 2, width + 2)[1:-1, 1:-1]
    return ~left & ~barred | area
