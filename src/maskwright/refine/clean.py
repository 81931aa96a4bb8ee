"""Drops small pieces of foreground and fills small holes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image, Mask, Probs, Segmenter, from_function

_HALF = 0.5
_FRINGE = 0.02
"""Reach of the soft edge around a dropped piece, as a fraction of the photo's long side."""


@dataclass(frozen=True)
class Clean:
    """Which pieces and holes are small, as fractions of the largest piece's area.

    Attributes:
        components: smaller pieces of foreground are dropped; 0 drops none.
        holes: smaller holes are filled; 0 fills none. Background at the photo's border is no hole.
    """

    components: float
    holes: float


def cleaned(probs: Probs, clean: Clean) -> Probs:
    """Drop small pieces of foreground and fill small holes.

    Args:
        probs: (H, W, 2) float32.
        clean: which pieces and holes are small.

    Returns:
        (H, W, 2) float32. Dropped pieces and their soft edges get probability 0. Filled holes get
        the probability of background if it is higher, so at least 0.5.
    """
    foreground = np.ascontiguousarray(probs[:, :, 1])
    mask = (foreground > _HALF).astype(np.uint8)
    labels, areas = _pieces(mask, 8)
    if not len(areas):
        return probs
    small = areas < clean.components * areas.max()
    if small.any():
        dropped = _marked(labels, small)
        mask[dropped > 0] = 0
        foreground[(_grown(dropped, mask.shape) > 0) & (_grown(mask, mask.shape) == 0)] = 0
        foreground[dropped > 0] = 0
    if clean.holes:
        filled = _small_holes(mask, clean.holes * areas.max())
        foreground = np.where(filled, np.maximum(foreground, 1 - foreground), foreground)
    return np.asarray(cv2.merge([1 - foreground, foreground]), np.float32)


def cleaning(segmenter: Segmenter, clean: Clean) -> Segmenter:
    """Clean the output of a segmenter of two classes."""

    def run(image: Image, prior: Probs | None) -> Probs:
        return cleaned(segmenter(image, prior), clean)

    return from_function(segmenter.classes, run)


def _pieces(mask: Mask, connectivity: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the labels of connected pieces from 1, and the area of each piece."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=connectivity)
    return np.asarray(labels, np.int32), np.asarray(stats[1:, cv2.CC_STAT_AREA], np.int32)


def _marked(labels: NDArray[np.int32], chosen: NDArray[np.bool_]) -> Mask:
    """Return the mask of the chosen pieces, (H, W) uint8 of 0 and 1."""
    return np.concatenate([[False], chosen]).astype(np.uint8)[labels]


def _small_holes(mask: Mask, most: float) -> NDArray[np.bool_]:
    """Return the pieces of background under `most` pixels that do not touch the border."""
    labels, areas = _pieces(1 - mask, 4)
    small = areas < most
    frame = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    small[np.unique(frame[frame > 0]) - 1] = False
    return _marked(labels, small) > 0


def _grown(mask: Mask, shape: tuple[int, ...]) -> Mask:
    side = 2 * max(1, round(_FRINGE * max(shape))) + 1
    return np.asarray(cv2.dilate(mask, np.ones((side, side), np.uint8)), np.uint8)
