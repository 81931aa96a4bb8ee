"""Estimates the object's own colours along its soft edge, for cut-outs without a halo.

A pixel at the outline mixes the colours of object and background. Under a soft alpha channel, the
old background would stay visible as a halo. So in the edge band, colours come from the nearest
pixels that are certainly inside the object.

They are filled in by a pyramid of weighted means, known as push-pull: S. Gortler, R. Grzeszczuk,
R. Szeliski, M. Cohen: The Lumigraph (SIGGRAPH 1996).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image, Mask, shrunk
from maskwright.refine.strips import Floats, enlarged_rows, resized_by_area, strips

_SIDE = 1024
"""Long side at which colours are filled in; filled colours are smooth."""

_BAND = 0.02
"""Width of the edge band on each side of the outline, as a fraction of the long side."""

_SURE = 0.8
"""Opacity from which a pixel counts as inside the object."""

_STRIP = 2**18  # pixels processed at once

Box: TypeAlias = tuple[slice, slice]
"""Slices of rows and columns of a photo, with start and stop."""


def cut_out(
    pixels: Image, alpha: NDArray[np.uint8], *, box: Box | None = None
) -> NDArray[np.uint8]:
    """Combine a photo with its alpha channel, without a halo of the old background.

    Args:
        pixels: (H, W, 3) uint8.
        alpha: (H, W) uint8, 255 is opaque.
        box: return only this part of the result [default: all]; colours still come from the
            whole photo, so that the part is the same.

    Returns:
        (H, W, 4) uint8, or the size of the box. Opaque and invisible pixels keep their colours.
        The less opaque a pixel near the outline is, the more of the object's inner colours it
        gets.
    """
    shown = alpha if box is None else alpha[box]
    rgba = np.empty((*shown.shape, 4), np.uint8)
    for rows, colours in object_colours(pixels, alpha, box=box):
        rgba[rows, :, :3] = colours
    rgba[:, :, 3] = shown
    return rgba


def bounding_box(mask: Mask) -> tuple[slice, slice]:
    """Find the smallest box of rows and columns that holds all foreground; all if there is none."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return slice(0, mask.shape[0]), slice(0, mask.shape[1])
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def object_colours(
    pixels: Image, alpha: NDArray[np.uint8], *, box: Box | None = None
) -> Iterator[tuple[slice, Image]]:
    """Yield the colours of `cut_out`, a few rows at a time.

    Yields:
        The rows of the box, and their colours: (rows, width of the box, 3) uint8.
    """
    height, width = alpha.shape
    across = slice(0, width) if box is None else box[1]
    top, bottom = (0, height) if box is None else (box[0].start, box[0].stop)
    inside: Floats | None = None
    for rows in strips(bottom - top, width, _STRIP):
        of_photo = slice(top + rows.start, top + rows.stop)
        own, opacity = pixels[of_photo, across], alpha[of_photo, across]
        if np.any((opacity > 0) & (opacity < 255)):
            if inside is None:
                inside = _inside(pixels, alpha)
            near = enlarged_rows(inside, of_photo, height, width)[:, across]
            own = _blended(own, opacity, near)
        yield rows, own


def _blended(own: Image, alpha: NDArray[np.uint8], inside: Floats) -> Image:
    colours, band = inside[:, :, :3], inside[:, :, 3]
    # A pixel's own colour weighs from 0 at half opaque to 1 at opaque.
    own_weight = np.clip(alpha * np.float32(2 / 255) - 1, 0, 1)
    foreign = ((1 - own_weight) * band * (alpha > 0))[:, :, None]
    return np.rint(own + (colours - own) * foreign).astype(np.uint8)


def _inside(pixels: Image, alpha: NDArray[np.uint8]) -> Floats:
    """Return the inner colours of the object, filled in everywhere, and the edge band.

    Returns:
        (h, w, 4) float32, long side at most `_SIDE`: colours 0 to 255, and the band 0 to 1.
    """
    small = shrunk(pixels, _SIDE)
    height, width = small.shape[:2]
    opacity = resized_by_area(alpha, height, width)[:, :, None] / np.float32(255)
    weight = np.clip((opacity - _SURE) / (1 - _SURE), 0, 1, dtype=np.float32)
    # If nothing is certainly inside, all pixels keep their colours.
    colours = small.astype(np.float32)
    if weight.any():
        colours = _filled(colours * weight, weight)
    return np.dstack([colours, _band(opacity < 0.5, weight > 0)])


def _band(outside: NDArray[np.bool_], sure: NDArray[np.bool_]) -> Floats:
    """Return where the inside and the outside are near each other: (h, w) float32 in [0, 1].

    Farther away, an alpha between 0 and 1 is uncertainty, not a mixture of colours.
    """
    reach = max(2, round(_BAND * max(outside.shape)))
    kernel = np.ones((4 * reach + 1, 4 * reach + 1), np.uint8)
    both = [cv2.dilate(side.astype(np.uint8), kernel) for side in (outside, sure)]
    near = np.asarray(cv2.min(*both), np.float32)
    size = (2 * reach + 1, 2 * reach + 1)
    return np.asarray(cv2.blur(near, size, borderType=cv2.BORDER_REFLECT), np.float32)


def _filled(total: Floats, weight: Floats) -> Floats:
    """Fill in pixels of little weight from a copy of half the size, recursively.

    Args:
        total: (h, w, 3) colours times their weights.
        weight: (h, w, 1) in [0, 1].

    Returns:
        (h, w, 3) colours.
    """
    height, width = weight.shape[:2]
    if height == width == 1 or weight.min() == 1:
        return np.asarray(total / np.maximum(weight, 1e-6), np.float32)
    half = (height + 1) // 2, (width + 1) // 2
    sums, weights = resized_by_area(total, *half), resized_by_area(weight, *half)
    # One certain pixel of four is enough to fill the others.
    enough = np.minimum(4 * weights, 1)
    sums *= enough / np.maximum(weights, np.float32(1e-6))
    coarse = cv2.resize(_filled(sums, enough), (width, height), interpolation=cv2.INTER_LINEAR)
    near = np.asarray(coarse, np.float32).reshape(total.shape)
    return np.asarray(total + near * (1 - weight), np.float32)
