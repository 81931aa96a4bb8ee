"""What is known of a photo before it is looked at, as a prior: boxes and strokes.

A prior holds exactly 0 or 1 where a pixel is certain, and 0.5 where nothing is known.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from maskwright.core import Probs

Box: TypeAlias = tuple[int, int, int, int]
"""(x0, y0, x1, y1) in pixels, from 0; x1 and y1 are just outside."""

NONE, FOREGROUND, BACKGROUND = 0, 1, 2
"""What a pixel of a picture of strokes means."""

_FRAME = 0.02
_MARGIN = 0.1


def as_prior(foreground: NDArray[np.float32]) -> Probs:
    """(H, W) float32 probabilities of foreground as a prior (H, W, 2)."""
    return np.stack([1 - foreground, foreground], axis=2)


def foreground_of(prior: Probs | None, height: int, width: int) -> NDArray[np.float32]:
    """What a prior says of the foreground of a photo; without one, what a centred box says.

    Returns:
        (height, width) float32, a copy.

    Raises:
        ValueError: the prior has another size, or holds what is no probability, such as NaN.
    """
    if prior is None:
        prior = box_prior(height, width, [centred_box(height, width)])
    if prior.shape != (height, width, 2):
        raise ValueError(f"a prior of {prior.shape} for a photo of ({height}, {width}): (H, W, 2)")
    foreground = np.array(prior[:, :, 1], np.float32, order="C")
    if not ((foreground >= 0) & (foreground <= 1)).all():  # NaN is neither
        raise ValueError("a prior holds probabilities, from 0 to 1; this one has something else")
    return foreground


def box_prior(height: int, width: int, boxes: Sequence[Box]) -> Probs:
    """What boxes around the objects say: outside all of them is background, inside is unknown.

    Args:
        height: rows of the photo.
        width: columns of the photo.
        boxes: one or more; parts outside the photo count nowhere. Where they leave nothing outside,
            the photo's outermost fiftieth on each side is background: something must be known.

    Returns:
        (height, width, 2) float32: foreground 0 outside and 0.5 inside.
    """
    foreground = np.zeros((height, width), np.float32)
    for x0, y0, x1, y1 in boxes:
        foreground[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)] = 0.5
    if foreground.all() and min(height, width) > 2:
        rows, columns = math.ceil(height * _FRAME), math.ceil(width * _FRAME)
        inside = np.zeros((height, width), bool)
        inside[rows : height - rows, columns : width - columns] = True
        foreground[~inside] = 0
    return as_prior(foreground)


def centred_box(height: int, width: int) -> Box:
    """The box that is assumed where none is given: a tenth of each side is background."""
    left, top = int(width * _MARGIN), int(height * _MARGIN)
    return left, top, width - left, height - top


def stroke_prior(strokes: NDArray[np.uint8]) -> Probs:
    """What strokes say: they are certain, all else is unknown.

    Args:
        strokes: (H, W) uint8: 0 no stroke, 1 foreground, 2 background.

    Returns:
        (H, W, 2) float32: foreground 1 and 0 on the strokes, 0.5 elsewhere.
    """
    levels = np.array([0.5, 1, 0], np.float32)
    return as_prior(levels[strokes])
