"""How well the outline of a mask fits the photo: template matching with the mask as template (T2).

The template of a pixel on the outline is the mask around it, smoothed to a step; it is correlated
with the photo's three channels of CIELAB around the same pixel. An outline that lies on an edge of
the photo has a high correlation with one of them, whichever side is brighter.
"""

from __future__ import annotations

import cv2
import numpy as np

from maskwright.core import Image
from maskwright.fusion.agreement import local_correlation
from maskwright.fusion.opinions import Disputes, Flags, Floats

_WINDOW = 9
_SOFT = 1.0  # standard deviation of the step, in pixels
_REACH = np.ones((3, 3), np.uint8)


def lab_of(image: Image) -> Floats:
    """A photo (H, W, 3) uint8 in CIELAB, float32: L from 0 to 100."""
    return np.asarray(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def outline_fit(image: Image, mask: Flags) -> Floats:
    """Correlate a mask's smoothed step with the photo, (H, W) in [0, 1].

    Args:
        image: (H, W, 3) uint8.
        mask: (H, W) bool.
    """
    step = np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), _SOFT), np.float32)
    planes = np.moveaxis(lab_of(image), 2, 0)
    fits = [np.abs(local_correlation(step, plane, _WINDOW)) for plane in planes]
    return np.asarray(np.max(fits, axis=0), np.float32)


def outlines_of_disputes(
    image: Image, mask: Flags, other: Flags, disputes: Disputes
) -> tuple[Floats, Floats]:
    """A mask's outline along each disputed piece, where only this mask has one.

    Returns:
        Its mean fit, 0 where there is none, and its length in pixels: (N,) each.
    """
    lines = _outline(mask) & ~_outline(other)
    # The outline of a piece runs through it or just beside it.
    near = cv2.dilate(disputes.labels.astype(np.float32), _REACH).astype(np.int32)
    beside = Disputes(near, np.bincount(near.ravel(), minlength=len(disputes.areas)))
    lengths = np.bincount(near[lines], minlength=len(disputes.areas))[1:]
    fits = beside.means(outline_fit(image, mask), lines)
    return fits.astype(np.float32), lengths.astype(np.float32)


def _outline(mask: Flags) -> Flags:
    plane = mask.astype(np.uint8)
    return np.asarray(cv2.dilate(plane, _REACH) != cv2.erode(plane, _REACH), np.bool_)
