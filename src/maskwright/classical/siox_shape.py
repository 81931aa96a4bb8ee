"""The areas of SIOX: from scattered pixels to components with smooth outlines.

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

_ALIKE = 1.0  # distance in CIELAB below which colours look the same


def smooth(confidence: Confidence) -> Confidence:
    """Blur with 1 2 3 2 1 along rows and columns, then scale to a highest value of 1.

    Two sweeps: each pixel becomes the mean of itself and the next two, then of itself and the two
    before. The last two pixels of a sweep, which lack neighbours, stay unchanged.
    """
    blurred = confidence.copy()
    for lines in (blurred.T, blurred):  # along x, then along y
        lines[:-2] = _THIRD * (lines[:-2] + lines[1:-1] + lines[2:])
        lines[2:] = _THIRD * (lines[:-2] + lines[1:-1] + lines[2:])
    highest = blurred.max()
    return blurred / highest if highest > 0 else blurred


def erode(confidence: Confidence) -> Confidence:
    """Take the minimum over 3 x 3 pixels; pixels outside the photo do not count."""
    return np.asarray(cv2.erode(confidence, _SQUARE), np.float32)


def dilate(confidence: Confidence) -> Confidence:
    """Take the maximum over 3 x 3 pixels; pixels outside the photo do not count."""
    return np.asarray(cv2.dilate(confidence, _SQUARE), np.float32)


def keep_components(confidence: Confidence, certain: Flags, size_factor: float) -> Confidence:
    """Drop the small connected areas of at least 0.5, and make the largest certain.

    Args:
        confidence: (H, W).
        certain: (H, W), certain foreground; an area with such a pixel is never dropped.
        size_factor: an area is small if its pixels times this are fewer than the largest area's:
            4 keeps areas from a quarter of the largest, 0 keeps the largest only.

    Returns:
        (H, W): 0 in dropped areas and 1 in the largest; all other values stay, also those below
        0.5.
    """
    _, label, stats, _ = cv2.connectedComponentsWithStats(
        (confidence >= 0.5).astype(np.uint8), connectivity=4
    )
    sizes = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    sizes[0] = 0  # the background of all areas
    dropped = sizes * size_factor < sizes.max()
    dropped[label[certain]] = False
    dropped[0] = False
    kept = np.where(dropped[label], np.float32(0), confidence)
    if sizes.any():
        kept[label == sizes.argmax()] = 1
    return kept


def fill_colour_regions(area: Flags, colours: NDArray[np.float64], barred: Flags) -> Flags:
    """Grow an area into neighbours of the same colour, by flood fill.

    A pixel joins if its colour looks the same as the colour of the pixel where its flood began, so
    that floods do not creep along a gradient.

    Args:
        area: (H, W), where floods begin.
        colours: (H, W, 3) in CIELAB.
        barred: (H, W), pixels that never join.

    Returns:
        (H, W), the area and all pixels that joined.
    """
    height, width = area.shape
    # A frame that never joins, so that every pixel has four neighbours.
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
