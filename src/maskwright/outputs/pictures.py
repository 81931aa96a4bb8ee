"""Masks, probabilities, cut-outs and overlays as the bytes of picture files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import VOID, Image, Mask
from maskwright.data.write import png

# For pictures with photographic content: higher levels take two to four times as long and save
# less than five per cent.
_QUICK = 1
_QUALITY = 90
_TINT = 0.45
# Class colours of overlays, told apart with the usual kinds of colour blindness (Okabe and Ito).
_COLOURS = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
)
_STRIP = 256

Encoded: TypeAlias = bytes | memoryview
"""The bytes of a file."""


def mask_png(mask: Mask, classes: int) -> Encoded:
    """Encode a mask: 0 and 255 for two classes, else class indices.

    Args:
        mask: (H, W) uint8 class indices.
        classes: how many classes there are.
    """
    return _encoded(".png", np.minimum(mask, 1) * np.uint8(255) if classes == 2 else mask)


def probability_png(plane: NDArray[np.uint16] | NDArray[np.uint8]) -> Encoded:
    """Encode a probability of each pixel, (H, W) uint16 with 65535 for 1, as a 16-bit PNG."""
    return _encoded(".png", plane, cv2.IMWRITE_PNG_COMPRESSION, _QUICK)


def cutout_png(rgba: NDArray[np.uint8], icc: bytes | None) -> Encoded:
    """Encode a cut-out: pixel values under an alpha channel.

    Args:
        rgba: (H, W, 4) uint8 in the photo's own colours, as `refine.foreground.cut_out` makes it.
        icc: the photo's colour profile, which the file keeps.
    """
    return png(rgba, icc=icc, level=_QUICK)


def compose(
    colours: Iterable[tuple[slice, Image]], alpha: NDArray[np.uint8], canvas: Image
) -> None:
    """Put an object on a background, in place.

    Args:
        colours: rows of the canvas and their colours, (rows, W, 3) uint8 sRGB, all rows once.
        alpha: (H, W) uint8, 255 is opaque.
        canvas: (H, W, 3) uint8 sRGB, the background; it becomes the composition.
    """
    for rows, strip in colours:
        share = alpha[rows, :, None].astype(np.uint16)
        blend = strip * share + canvas[rows] * (np.uint16(255) - share)
        canvas[rows] = (blend + np.uint16(127)) // np.uint16(255)


def composed_png(image: Image) -> Encoded:
    """Encode a composition, (H, W, 3) uint8 sRGB, which it turns around in place."""
    for first in range(0, len(image), _STRIP):  # a second copy of a large photo would be too much
        rows = image[first : first + _STRIP]
        rows[:] = rows[:, :, ::-1].copy()  # blue first, as OpenCV has it
    return _encoded(".png", image, cv2.IMWRITE_PNG_COMPRESSION, _QUICK)


def overlay_jpg(image: Image, mask: Mask) -> Encoded:
    """Encode a photo with its mask drawn on it, for looking at."""
    return _encoded(".jpg", overlaid(image, mask)[:, :, ::-1], cv2.IMWRITE_JPEG_QUALITY, _QUALITY)


def overlaid(image: Image, mask: Mask) -> Image:
    """Draw a mask on its photo: each class tinted, with an outline.

    Args:
        image: (H, W, 3) uint8 sRGB.
        mask: (H, W) uint8 class indices; background and `VOID` stay as they are.
    """
    drawn = image.copy()
    kernel = np.ones((3, 3), np.uint8)
    for label in np.unique(mask[(mask > 0) & (mask != VOID)]):
        colour = class_colour(int(label))
        inside = (mask == label).astype(np.uint8)
        tinted = drawn[inside > 0] * (1 - _TINT) + np.array(colour) * _TINT
        drawn[inside > 0] = np.rint(tinted).astype(np.uint8)
        drawn[cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, kernel) > 0] = colour
    return drawn


def class_colour(label: int) -> tuple[int, int, int]:
    """The colour of a class in overlays, R, G, B; they repeat after the seventh."""
    return _COLOURS[(label - 1) % len(_COLOURS)]


def covering(background: Image, height: int, width: int) -> Image:
    """Scale a background until it covers (height, width) and cut what stands over, centred.

    Args:
        background: (h, w, 3) uint8; one pixel is a plain colour.
        height: rows of the photo.
        width: columns of the photo.

    Returns:
        (height, width, 3) uint8, to be written over at will.
    """
    if background.shape[:2] == (1, 1):
        return np.broadcast_to(background, (height, width, 3)).copy()
    scale = max(height / background.shape[0], width / background.shape[1])
    cut_height = min(background.shape[0], max(1, round(height / scale)))
    cut_width = min(background.shape[1], max(1, round(width / scale)))
    top = (background.shape[0] - cut_height) // 2
    left = (background.shape[1] - cut_width) // 2
    cut = np.ascontiguousarray(background[top : top + cut_height, left : left + cut_width])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(cut, (width, height), interpolation=how), np.uint8)


def _encoded(ending: str, pixels: NDArray[Any], *options: int) -> Encoded:
    done, data = cv2.imencode(ending, pixels, list(options))
    if not done:
        raise ValueError(f"OpenCV cannot write {pixels.shape} {pixels.dtype} as {ending}")
    # Not as bytes: that would be a second copy.
    return data.data
