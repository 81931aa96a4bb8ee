"""Priors from values in memory: boxes, strokes, points and probabilities.

A prior is (H, W, 2) float32: the probabilities of background and foreground of each pixel. Exactly
0 and 1 are certain, 0.5 is unknown, and any other value is a leaning. GrabCut and SIOX learn from
what is certain, and need some background among it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from maskwright.core import Probs

Box: TypeAlias = tuple[float, float, float, float]
"""(x0, y0, x1, y1) in pixels of the upright photo, from 0; x1 and y1 are just outside the box."""

Point: TypeAlias = tuple[float, float, bool]
"""(x, y, is foreground): column and row in pixels of the upright photo, from 0."""

NONE, FOREGROUND, BACKGROUND = 0, 1, 2
"""Values of a pixel in an array of strokes."""

POINT_RADIUS = 0.01
"""Default radius of the disc around a point, as a fraction of the photo's long side."""

FRACTIONS = (
    "no number is above 1, so these look like fractions of the photo: give pixels, that is left "
    "and right times the photo's width, top and bottom times its height"
)
"""What is wrong with a box of `look_like_fractions`."""

_ONE = 1.01  # fractions of boxes along the edge may be rounded up
_TINY = 16  # pixels a side; in such photos, boxes of one pixel are meant
_FRAME = 0.02
_MARGIN = 0.1
_STROKE_LEVELS = np.array([0.5, 1, 0], np.float32)


def prior_from_boxes(boxes: Sequence[Box], height: int, width: int) -> Probs:
    """Make a prior from boxes around the objects.

    Args:
        boxes: one or more. Fractions of pixels are rounded outwards, and parts outside the photo
            are ignored.
        height: rows of the photo.
        width: columns of the photo.

    Returns:
        (height, width, 2) float32: certain background outside all boxes, unknown inside. If the
        boxes leave nothing outside, the photo's outermost 2 % on each side are background, because
        every method needs some.

    Raises:
        ValueError: no box, or a box that is empty, lies outside the photo, or is given in fractions
            of the photo.
    """
    for box in boxes:
        if look_like_fractions(box, height, width):
            raise ValueError(f"box {box}: {FRACTIONS}")
    return unchecked_prior(boxes, height, width)


def unchecked_prior(boxes: Sequence[Box], height: int, width: int) -> Probs:
    """Make the same for boxes scaled to a smaller copy, where they may be tiny."""
    if not boxes:
        raise ValueError("a prior from boxes needs at least one box")
    foreground = np.zeros((height, width), np.float32)
    for x0, y0, x1, y1 in boxes:
        if not (x0 < x1 and y0 < y1 and x0 < width and y0 < height and x1 > 0 and y1 > 0):
            raise ValueError(
                f"box ({x0}, {y0}, {x1}, {y1}) is empty or outside the photo of "
                f"{width} x {height} pixels"
            )
        rows = slice(math.floor(max(0, y0)), math.ceil(min(height, y1)))
        columns = slice(math.floor(max(0, x0)), math.ceil(min(width, x1)))
        foreground[rows, columns] = 0.5
    if foreground.all() and min(height, width) > 2:
        top, left = math.ceil(height * _FRAME), math.ceil(width * _FRAME)
        foreground[:] = 0
        foreground[top : height - top, left : width - left] = 0.5
    return two_class_probs(foreground)


def look_like_fractions(numbers: Sequence[float], height: int, width: int) -> bool:
    """Whether numbers are fractions of a photo of this size rather than pixels."""
    return -1 < min(numbers) <= max(numbers) <= _ONE and max(height, width) > _TINY


def centred_box(height: int, width: int) -> Box:
    """Return the default box of a photo without seeds: a margin of 10 % on each side."""
    left, top = int(width * _MARGIN), int(height * _MARGIN)
    return left, top, width - left, height - top


def prior_from_strokes(strokes: NDArray[Any]) -> Probs:
    """Make a prior from strokes.

    Args:
        strokes: (H, W) integers: 0 no stroke, 1 foreground, 2 background.

    Returns:
        (H, W, 2) float32: certain on the strokes, unknown elsewhere.

    Raises:
        ValueError: another shape or type, or other values.
    """
    if strokes.ndim != 2 or strokes.dtype.kind not in "ui":
        raise ValueError(f"strokes are (H, W) integers, not {strokes.shape} {strokes.dtype}")
    if strokes.size and not (strokes.min() >= NONE and strokes.max() <= BACKGROUND):
        raise ValueError("strokes are 0 (none), 1 (foreground) and 2 (background)")
    return two_class_probs(_STROKE_LEVELS[strokes])


def prior_from_points(
    points: Sequence[Point], height: int, width: int, *, radius: float | None = None
) -> Probs:
    """Make a prior from points that a person clicked: each becomes a small certain disc.

    Args:
        points: one or more; where discs overlap, the later point counts.
        height: rows of the photo.
        width: columns of the photo.
        radius: of the discs, in pixels; 0 marks single pixels [default: `POINT_RADIUS` of the long
            side, at least 1].

    Returns:
        (height, width, 2) float32: certain on the discs, unknown elsewhere.

    Raises:
        ValueError: no point, a point outside the photo or in fractions of it, or a negative radius.
    """
    if not points:
        raise ValueError("a prior from points needs at least one point")
    if radius is None:
        radius = max(1.0, POINT_RADIUS * max(height, width))
    if not radius >= 0:
        raise ValueError(f"the radius of a point is a number of pixels from 0, not {radius}")
    places = [at for x, y, _ in points for at in (x, y)]
    if look_like_fractions(places, height, width) and any(at % 1 for at in places):
        raise ValueError(
            "no number of the points is above 1, so these look like fractions of the photo: give "
            "pixels, that is x times the photo's width and y times its height"
        )
    foreground = np.full((height, width), 0.5, np.float32)
    rows, columns = np.ogrid[:height, :width]
    for x, y, is_foreground in points:
        if not (0 <= x < width and 0 <= y < height):
            raise ValueError(f"point ({x}, {y}) is outside the photo of {width} x {height} pixels")
        distance = (rows - int(y)) ** 2 + (columns - int(x)) ** 2
        foreground[distance <= radius**2] = is_foreground
    return two_class_probs(foreground)


def prior_from_probabilities(foreground: NDArray[Any]) -> Probs:
    """Make a prior from probabilities of foreground.

    Args:
        foreground: (H, W) floats in [0, 1]; exactly 0 and 1 are certain, 0.5 is unknown.

    Returns:
        (H, W, 2) float32.

    Raises:
        ValueError: another shape, or values that are not in [0, 1], such as NaN.
    """
    if foreground.ndim != 2:
        raise ValueError(f"probabilities of foreground are (H, W), not {foreground.shape}")
    return two_class_probs(_checked(foreground.astype(np.float32)))


def two_class_probs(foreground: NDArray[np.float32]) -> Probs:
    """Return probabilities (H, W, 2) of background and foreground from those of foreground."""
    return np.stack([1 - foreground, foreground], axis=2)


def foreground_of(prior: Probs | None, height: int, width: int) -> NDArray[np.float32]:
    """Return the probability of foreground in a prior, or in a centred box if there is no prior.

    Returns:
        (height, width) float32, a copy.

    Raises:
        ValueError: the prior has another size, or values that are not in [0, 1], such as NaN.
    """
    if prior is None:
        prior = prior_from_boxes([centred_box(height, width)], height, width)
    if prior.shape != (height, width, 2):
        raise ValueError(f"a prior of {prior.shape} for a photo of ({height}, {width}): (H, W, 2)")
    return _checked(np.array(prior[:, :, 1], np.float32, order="C"))


def _checked(foreground: NDArray[np.float32]) -> NDArray[np.float32]:
    if not ((foreground >= 0) & (foreground <= 1)).all():  # NaN is neither
        raise ValueError("a prior holds probabilities from 0 to 1; this one has other values")
    return foreground
