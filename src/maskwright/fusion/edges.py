"""How well the outline of a mask fits the photo: template matching with the mask as template (T2).

The template of a pixel on the outline is the mask around it, smoothed to a step; it is correlated
with the photo's three channels of CIELAB around the same pixel. An outline that lies on an edge of
the photo has a high correlation with one of them, whichever side is brighter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image
from maskwright.fusion.opinions import Disputes, Flags, Floats
from maskwright.fusion.windows import FLAT, window_means

Pixels: TypeAlias = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Rows and columns."""

_WINDOW = 9
_SOFT = 1.0  # standard deviation of the step, in pixels
_REACH = np.ones((3, 3), np.uint8)


def lab_of(image: Image) -> Floats:
    """A photo (H, W, 3) uint8 in CIELAB, float32: L from 0 to 100."""
    return np.asarray(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


@dataclass(frozen=True)
class Surroundings:
    """A photo's planes of CIELAB, each (H, W), and what a window around each pixel holds."""

    planes: tuple[Floats, ...]
    means: tuple[Floats, ...]
    variances: tuple[Floats, ...]

    @classmethod
    def of(cls, image: Image) -> Surroundings:
        """Look at a photo (H, W, 3) uint8."""
        planes = tuple(np.ascontiguousarray(plane) for plane in np.moveaxis(lab_of(image), 2, 0))
        means = tuple(window_means(plane, _WINDOW) for plane in planes)
        variances = tuple(
            window_means(plane * plane, _WINDOW) - mean**2
            for plane, mean in zip(planes, means, strict=True)
        )
        return cls(planes, means, variances)


def outline_fit(photo: Surroundings, mask: Flags, at: Pixels) -> Floats:
    """Correlate a mask's smoothed step with the photo around some pixels, (N,) in [0, 1].

    Args:
        photo: the planes to correlate with.
        mask: (H, W) bool.
        at: rows (N,) and columns (N,).
    """
    step = np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), _SOFT), np.float32)
    mean = window_means(step, _WINDOW)
    variance = window_means(step * step, _WINDOW)[at] - mean[at] ** 2
    best = np.zeros(len(at[0]), np.float32)
    for plane, level, contrast in zip(photo.planes, photo.means, photo.variances, strict=True):
        covariance = window_means(step * plane, _WINDOW)[at] - mean[at] * level[at]
        there = np.minimum(variance, contrast[at]) >= FLAT
        share = np.abs(covariance) / np.sqrt(np.maximum(variance * contrast[at], 1e-12))
        np.maximum(best, np.where(there, share, 0), out=best)
    return np.minimum(best, 1)


def outlines_of_disputes(
    photo: Surroundings, mask: Flags, other: Flags, disputes: Disputes
) -> tuple[Floats, Floats]:
    """A mask's outline along each disputed piece, where only this mask has one.

    Returns:
        Its mean fit, 0 where there is none, and its length in pixels: (N,) each.
    """
    # The outline of a piece runs through it or just beside it.
    near = cv2.dilate(disputes.labels.astype(np.float32), _REACH).astype(np.int32)
    lines = np.nonzero(_outline(mask) & ~_outline(other) & (near > 0))
    numbers, size = near[lines], len(disputes.areas)
    lengths = np.bincount(numbers, minlength=size)[1:]
    fits = outline_fit(photo, mask, (lines[0], lines[1])).astype(np.float64)
    sums = np.bincount(numbers, weights=fits, minlength=size)[1:]
    return (sums / np.maximum(lengths, 1)).astype(np.float32), lengths.astype(np.float32)


def _outline(mask: Flags) -> Flags:
    plane = mask.astype(np.uint8)
    return np.asarray(cv2.dilate(plane, _REACH) != cv2.erode(plane, _REACH), np.bool_)
