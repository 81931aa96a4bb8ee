"""Alignment of a mask's outline with the edges of its photo.

A correct outline follows colour edges. Shifted by a few pixels it follows them less. A mask of
another photo, or a misplaced mask, is aligned no better than its shifted copies. This separates
wrong masks from correct masks of difficult photos.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import VOID, Image, Mask

UNKNOWN = 1.5
"""Alignment of a mask without an outline: neither good nor bad."""

_REACH = np.ones((3, 3), np.uint8)  # an outline may be one pixel beside its edge
_STRONGEST = 0.98  # quantile: a few very strong edges must not outweigh all others
_DISTANCES = (6, 9, 12, 16)  # of the shifted copies, in pixels of a photo of 128
_DIRECTIONS = 12
_SHORTEST, _FEWEST = 8, 6  # pixels of outline, shifted copies


def edge_alignment(photo: Image, mask: Mask, *, classes: int) -> float:
    """How much better a mask's outline follows edges than its shifted copies do.

    Args:
        photo: (h, w, 3) uint8, small: about 128 pixels on the long side.
        mask: (h, w) uint8 class indices; the outline runs through the middle of void bands.
        classes: K.

    Returns:
        In standard deviations over the shifted copies. Correct masks mostly have 2 to 6, masks of
        other photos about 0.
    """
    edges = _edges(photo)
    rows, columns = np.nonzero(_outline(without_void(mask, classes)))
    if len(rows) < _SHORTEST:
        return UNKNOWN
    shifted = []
    for distance in _DISTANCES:
        for angle in np.arange(_DIRECTIONS) * (2 * np.pi / _DIRECTIONS):
            y = rows + round(distance * float(np.sin(angle)))
            x = columns + round(distance * float(np.cos(angle)))
            inside = (y >= 0) & (y < edges.shape[0]) & (x >= 0) & (x < edges.shape[1])
            if inside.mean() > 0.5:
                shifted.append(edges[y[inside], x[inside]].mean())
    spread = float(np.std(shifted)) if len(shifted) >= _FEWEST else 0.0
    if spread == 0:
        return UNKNOWN
    return float((edges[rows, columns].mean() - np.mean(shifted)) / spread)


def without_void(mask: Mask, classes: int) -> Mask:
    """Give every void pixel the nearest class."""
    if not (mask == VOID).any():
        return mask
    far = np.full(mask.shape, np.inf, np.float32)
    distances = []
    for label in range(classes):
        other = (mask != label).astype(np.uint8)
        distances.append(far if other.all() else cv2.distanceTransform(other, cv2.DIST_L2, 3))
    return np.asarray(np.argmin(np.stack(distances), axis=0), np.uint8)


def _edges(photo: Image) -> NDArray[np.float32]:
    """Strength of the strongest colour edge at each pixel or next to it, (h, w) float32."""
    lab = cv2.GaussianBlur(cv2.cvtColor(photo, cv2.COLOR_RGB2LAB).astype(np.float32), (0, 0), 0.8)
    steps = [cv2.Sobel(lab, cv2.CV_32F, right, 1 - right) / 8 for right in (1, 0)]
    strength = np.sqrt(sum((step**2).sum(axis=2) for step in steps))
    strength = np.minimum(strength, np.quantile(strength, _STRONGEST)).astype(np.float32)
    return np.asarray(cv2.dilate(strength, _REACH), np.float32)


def _outline(labels: Mask) -> NDArray[np.bool_]:
    """Pixels with another class above or to the left, without the photo's frame."""
    line = np.zeros(labels.shape, bool)
    line[1:] |= labels[1:] != labels[:-1]
    line[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    line[[0, -1]] = False
    line[:, [0, -1]] = False
    return line
