"""How well the outline of a mask fits edges of the photo: template matching (T2).

The template of a pixel on the outline is the mask around it, smoothed to a step. It is correlated
with the photo's three CIELAB channels around the same pixel. An outline on an edge of the photo
has a high correlation in one of them, whichever side is brighter.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image
from maskwright.fusion.regions import DisputedRegions, Flags, Floats

Pixels: TypeAlias = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Rows and columns."""

FLAT = 1e-4
"""Variance of a window below which it has no pattern to correlate."""

_WINDOW = 9
_SOFT = 1.0  # standard deviation of the step, in pixels
_REACH = np.ones((3, 3), np.uint8)


def window_means(plane: Floats, window: int) -> Floats:
    """Return the mean in a window around each pixel, (H, W) float32; borders are mirrored.

    Args:
        plane: (H, W) float32.
        window: side of the window in pixels.
    """
    means = cv2.blur(plane, (window, window), borderType=cv2.BORDER_REFLECT)
    return np.asarray(means, np.float32)


def lab_of(image: Image) -> Floats:
    """Convert a photo (H, W, 3) uint8 to CIELAB, float32: L from 0 to 100."""
    return np.asarray(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


Windows: TypeAlias = list[tuple[Floats, Floats, Floats]]
"""Each CIELAB channel of a photo, and its means and variances in windows; (H, W) each."""


def photo_windows(image: Image) -> Windows:
    """Measure a photo (H, W, 3) uint8."""
    found = []
    for channel in cv2.split(lab_of(image)):
        plane = np.asarray(channel, np.float32)
        mean = window_means(plane, _WINDOW)
        found.append((plane, mean, window_means(plane * plane, _WINDOW) - mean**2))
    return found


def outline_fit(photo: Windows, mask: Flags, at: Pixels) -> Floats:
    """Correlate the smoothed step of a mask with the photo around some pixels.

    Args:
        photo: the planes to correlate with.
        mask: (H, W) bool.
        at: rows (N,) and columns (N,).

    Returns:
        (N,) float32 in [0, 1].
    """
    step = np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), _SOFT), np.float32)
    mean = window_means(step, _WINDOW)
    variance = window_means(step * step, _WINDOW)[at] - mean[at] ** 2
    best = np.zeros(len(at[0]), np.float32)
    for plane, level, contrast in photo:
        covariance = window_means(step * plane, _WINDOW)[at] - mean[at] * level[at]
        there = np.minimum(variance, contrast[at]) >= FLAT
        correlation = np.abs(covariance) / np.sqrt(np.maximum(variance * contrast[at], 1e-12))
        np.maximum(best, np.where(there, correlation, 0), out=best)
    return np.minimum(best, 1)


def region_outlines(
    photo: Windows, mask: Flags, other: Flags, regions: DisputedRegions
) -> tuple[Floats, Floats]:
    """Measure a mask's outline along each disputed region, where the other mask has no outline.

    Returns:
        (N,) float32 mean fit, 0 if there is no such outline; (N,) float32 length in pixels.
    """
    # The outline of a region runs through it or just beside it.
    near = cv2.dilate(regions.labels.astype(np.float32), _REACH).astype(np.int32)
    lines = np.nonzero(_outline(mask) & ~_outline(other) & (near > 0))
    numbers, size = near[lines], len(regions.areas)
    lengths = np.bincount(numbers, minlength=size)[1:]
    fits = outline_fit(photo, mask, (lines[0], lines[1])).astype(np.float64)
    sums = np.bincount(numbers, weights=fits, minlength=size)[1:]
    return (sums / np.maximum(lengths, 1)).astype(np.float32), lengths.astype(np.float32)


def _outline(mask: Flags) -> Flags:
    plane = mask.astype(np.uint8)
    return np.asarray(cv2.dilate(plane, _REACH) != cv2.erode(plane, _REACH), np.bool_)
