"""Enlarges probabilities from the working size to the photo's size, strip by strip.

The float probabilities of a 200-megapixel photo would take gigabytes. So only a strip of rows is
enlarged at once, and each pixel keeps one small integer. Without a photo, interpolation is bilinear
as in `core.resized`; with a photo, outlines follow it (`guided`). Strips leave no seams.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image, Mask, Probs
from maskwright.refine.guided import ColourFits, fit_colours
from maskwright.refine.strips import Floats, enlarged_rows, strips

_STRIP = 2**20  # floats of one strip


def enlarge_mask(
    probs: Probs,
    height: int,
    width: int,
    *,
    photo: Image | None = None,
    fits: ColourFits | None = None,
) -> Mask:
    """Return the most probable class of every pixel at the photo's size.

    Args:
        probs: (h, w, K) float32 at the working size.
        height: rows of the photo.
        width: columns of the photo.
        photo: (height, width, 3) uint8; outlines then follow it.
        fits: the result of `fit_colours` for `probs` and the photo, if known.

    Returns:
        (height, width) uint8 class indices; the first of equally probable classes.
    """
    mask = np.empty((height, width), np.uint8)
    if photo is None and probs.shape[2] == 2:  # one plane instead of two takes half the time
        for rows, strip in _bilinear(probs[:, :, 1] - probs[:, :, 0], height, width):
            np.greater(strip, 0, out=mask[rows], casting="unsafe")
        return mask
    for rows, strip in _enlarged(probs, height, width, photo, fits):
        if probs.shape[2] == 2:
            np.greater(strip[:, :, 1], 0.5, out=mask[rows], casting="unsafe")
        else:
            mask[rows] = strip.argmax(axis=2)
    return mask


def enlarge_plane(
    probs: Probs,
    channel: int,
    height: int,
    width: int,
    *,
    top: Literal[255, 65535],
    photo: Image | None = None,
    fits: ColourFits | None = None,
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Return the probabilities of one class at the photo's size, as integers.

    Args:
        probs: (h, w, K) float32 in [0, 1] at the working size.
        channel: index of the class; the K planes sum to `top`, except for rounding.
        height: rows of the photo.
        width: columns of the photo.
        top: the integer for probability 1. Values are not stretched: 0 stays 0, and 0.5 becomes
            half of `top`.
        photo: (height, width, 3) uint8; outlines then follow it.
        fits: the result of `fit_colours` for `probs` and the photo, if known.

    Returns:
        (height, width), uint8 when `top` is 255, else uint16.
    """
    whole = np.empty((height, width), np.uint8 if top == 255 else np.uint16)
    if photo is None:
        for rows, strip in _bilinear(probs[:, :, channel], height, width):
            whole[rows] = np.rint(np.clip(strip, 0, 1) * top)
        return whole
    for rows, strip in _enlarged(probs, height, width, photo, fits):
        whole[rows] = np.rint(strip[:, :, channel] * top)
    return whole


def _enlarged(
    probs: Probs, height: int, width: int, photo: Image | None, fits: ColourFits | None
) -> Iterator[tuple[slice, Probs]]:
    # At the working size, outlines already follow the photo if they should.
    if photo is None or probs.shape[:2] == (height, width):
        yield from _bilinear(probs, height, width)
        return
    yield from (fits or fit_colours(probs, photo)).enlarged(photo)


def _bilinear(values: Floats, height: int, width: int) -> Iterator[tuple[slice, Floats]]:
    """Enlarge (h, w) or (h, w, K) values to (height, width), a few rows at a time."""
    depth = values.shape[2] if values.ndim == 3 else 1
    for rows in strips(height, max(width, values.shape[1]) * depth, _STRIP):
        yield rows, enlarged_rows(values, rows, height, width)
