"""Bring what a segmenter found at its working size to the photo's own size, strip by strip.

The float probabilities of a 200-megapixel photo would take gigabytes. Here only a strip of rows
is ever enlarged at once, and what stays is one small integer per pixel. Without a photo the
interpolation is that of `core.resized` (bilinear, pixel centres aligned), with one outlines follow
it (`guided`); either way strips leave no seam.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image, Mask, Probs
from maskwright.refine.guided import ColourFits, fit_colours, guided_strips
from maskwright.refine.strips import Floats, enlarged_rows, strips

_STRIP = 2**20  # floats that one strip may hold


def enlarge_mask(
    probs: Probs,
    height: int,
    width: int,
    *,
    photo: Image | None = None,
    fits: ColourFits | None = None,
) -> Mask:
    """Find the most probable class of every pixel of the full-size photo.

    Args:
        probs: (h, w, K) float32 at the working size.
        height: rows of the photo.
        width: columns of the photo.
        photo: (height, width, 3) uint8; outlines then follow it.
        fits: what `fit_colours` makes of `probs` and the photo, where it is at hand.

    Returns:
        (height, width) uint8 class indices; of equally probable classes the first.
    """
    mask = np.empty((height, width), np.uint8)
    if photo is None and probs.shape[2] == 2:  # one plane instead of two: in half the time
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
    """Turn the probabilities of one class into integers at the full size of the photo.

    Args:
        probs: (h, w, K) float32 in [0, 1] at the working size.
        channel: which of the K; all together sum to `top`, but for rounding.
        height: rows of the photo.
        width: columns of the photo.
        top: the integer that probability 1 becomes. Nothing is stretched: 0 stays 0, 1/2 is
            half of `top`, whatever else the photo holds.
        photo: (height, width, 3) uint8; outlines then follow it.
        fits: what `fit_colours` makes of `probs` and the photo, where it is at hand.

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
    # Where nothing is enlarged, outlines are those of the working size: they follow the photo
    # already if they are to.
    if photo is None or probs.shape[:2] == (height, width):
        yield from _bilinear(probs, height, width)
        return
    fits = fits or fit_colours(probs, photo)
    for rows in guided_strips(height, width):
        yield rows, fits.rows(photo, rows)


def _bilinear(values: Floats, height: int, width: int) -> Iterator[tuple[slice, Floats]]:
    """Enlarge (h, w) or (h, w, K) values to (height, width); yields some rows at a time."""
    depth = values.shape[2] if values.ndim == 3 else 1
    for rows in strips(height, max(1, _STRIP // (max(width, values.shape[1]) * depth))):
        yield rows, enlarged_rows(values, rows, height, width)
