"""Read a mask as stored, before its values have a meaning."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

from maskwright.data.decoding.decode import (
    ImageSource,
    Limits,
    convert,
    load,
    name_of,
    opened,
    pixels_of,
    stored_orientation,
)
from maskwright.data.decoding.pixels import upright
from maskwright.data.decoding.tiff import UnreadTiff
from maskwright.data.masks.container import lossy_format, pages
from maskwright.data.masks.numbers import small_numbers
from maskwright.data.masks.unusable import UnusableMask

Bytes = NDArray[np.uint8]

_NEARLY_GREY = 16
"""Channels of a grey picture differ by no more than this in lossy formats that store colours."""


_LOOK = 16  # every so many pixels
_AT_ONCE = 2**22  # pixels that are compared at once


@dataclass(frozen=True)
class RawMask:
    """A mask file's pixels, upright, before their meaning is decided.

    Attributes:
        pixels: (H, W) uint8 grey values or palette indices, or (H, W, 3) uint8 colours; 1-bit
            masks are 0 and 255.
        palette: (N, 3) uint8 colours of the indices, None where there is no palette.
        alpha: (H, W) uint8, None where nothing is transparent. It does not matter how the file
            stores it: as a channel, as one transparent value, or in its palette.
        bilevel: the file has one bit per pixel.
        lossy: the name of a lossy format, in which values are only near those that were drawn;
            None for others.
        top: the largest number in a mask of more than 8 bits if it is above 255, which `pixels`
            then has in place of all larger ones; else 0.
    """

    pixels: Bytes
    palette: Bytes | None = None
    alpha: Bytes | None = None
    bilevel: bool = False
    lossy: str | None = None
    top: int = 0

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""
        height, width = self.pixels.shape[:2]
        return height, width

    def seen(self) -> Bytes:
        """What a viewer shows: palette indices become their grey values or colours."""
        if self.palette is None:
            return self.pixels
        table = full_palette(self.palette)
        if (table == table[:, :1]).all():
            return np.asarray(table[:, 0][self.pixels], np.uint8)
        return np.asarray(table[self.pixels], np.uint8)


def read_mask(source: ImageSource, limits: Limits) -> RawMask:
    """Read a mask of any common format, upright, its values untouched.

    Raises:
        DataError: the file is missing, damaged, too large or no image.
        UnusableMask: it has several pages or frames, or values that are no whole numbers from 0.
    """
    name = name_of(source)
    try:
        return _read(source, limits, name)
    except UnreadTiff as error:
        problem = f"masks in TIFF files of {error.held}"
        cure = "save them as 8-bit PNG of class indices"
        raise UnusableMask(name, "not-a-mask", problem, cure) from error


def _read(source: ImageSource, limits: Limits, name: str) -> RawMask:
    with opened(source, limits) as (image, header):
        _refuse_pages(image, header.frames, name)
        lossy = lossy_format(image)
        load(image, name)
        orientation = stored_orientation(image)
        palette = None
        bilevel = image.mode == "1"
        if image.mode in ("La", "RGBa", "PA"):
            image = convert(image, "LA" if image.mode == "La" else "RGBA", name)
        if image.mode == "P":
            palette = np.array(image.getpalette("RGB") or [], np.uint8).reshape(-1, 3)
        pixels, top = _values(image, name)
        if header.from_white and not top and _holds_brightness(image):
            pixels = np.uint8(255) - pixels
        alpha = _alpha(image, pixels)
        image.close()  # its memory is given back before pixels are copied to be upright
        pixels = upright(pixels, orientation)
        alpha = None if alpha is None else upright(alpha, orientation)
        if pixels.ndim == 3 and _is_grey(pixels, _NEARLY_GREY if lossy else 0):
            # Lossy formats spread one grey over the channels: green is the nearest to it.
            pixels = np.ascontiguousarray(pixels[..., 1])
        return RawMask(pixels, palette, alpha, bilevel, lossy, top)


def full_palette(palette: Bytes) -> Bytes:
    """(256, 3) colours of all indices, black where the palette has none."""
    table = np.zeros((256, 3), np.uint8)
    table[: len(palette)] = palette[:256]
    return table


def _refuse_pages(image: PilImage.Image, frames: int, name: str) -> None:
    number = pages(image, frames)
    if number > 1:
        problem = f"masks of {number} pages or frames: a mask is one picture"
        cure = (
            "save each mask with one page; if every page shows one object, join them by their "
            "maximum (ImageJ: Z Project; ImageMagick: -evaluate-sequence max)"
        )
        raise UnusableMask(name, "several-pages", problem, cure)


def _values(image: PilImage.Image, name: str) -> tuple[Bytes, int]:
    """Stored values, and the largest number if it is above 255, else 0."""
    if image.mode in ("L", "P"):
        return pixels_of(image, name), 0
    if image.mode == "1":
        return np.asarray(image, np.uint8) * np.uint8(255), 0
    if image.mode == "LA":
        return np.asarray(image.getchannel("L"), np.uint8), 0
    if image.mode.startswith("I") or image.mode == "F":
        return small_numbers(pixels_of(image, name), name)
    if image.mode == "RGBA":  # not by converting, which would mind the alpha
        return np.ascontiguousarray(pixels_of(image, name)[..., :3]), 0
    return pixels_of(image, name, "RGB"), 0


def _holds_brightness(image: PilImage.Image) -> bool:
    """Whether deep values are shades of grey; small ones are numbers, from wherever they count."""
    return int(np.asarray(image).max()) > 255


def _alpha(image: PilImage.Image, pixels: Bytes) -> Bytes | None:
    """(H, W) uint8 as stored, from wherever the file has it; None for opaque masks."""
    alpha: Bytes
    clear = image.info.get("transparency")
    if image.mode in ("LA", "RGBA"):
        alpha = np.asarray(image.getchannel("A"), np.uint8)
    elif clear is None:
        return None
    elif image.mode == "P":
        table = np.full(256, 255, np.uint8)
        if isinstance(clear, bytes):
            table[: len(clear)] = np.frombuffer(clear[:256], np.uint8)
        else:
            table[int(clear) & 255] = 0
        alpha = table[pixels]
    else:
        alpha = np.where(_same_as(clear, image, pixels), np.uint8(0), np.uint8(255))
    return None if alpha.min() == 255 else alpha


def _same_as(clear: object, image: PilImage.Image, pixels: Bytes) -> NDArray[np.bool_]:
    """Where a grey or RGB image has its one transparent value."""
    if isinstance(clear, tuple):
        if pixels.ndim != 3:
            return np.zeros(pixels.shape, bool)
        same = [pixels[..., channel] == value for channel, value in enumerate(clear[:3])]
        return np.asarray(same[0] & same[1] & same[2])
    if not isinstance(clear, int) or pixels.ndim != 2:
        return np.zeros(pixels.shape[:2], bool)
    if image.mode == "1":
        return np.asarray(pixels == (255 if clear else 0))
    if image.mode != "L":  # deep values as they were, before they became small
        return np.asarray(np.asarray(image) == clear)
    return np.asarray(pixels == clear)


def _is_grey(pixels: Bytes, tolerance: int) -> bool:
    if tolerance == 0:
        some = pixels[::_LOOK, ::_LOOK]
        if (some[..., 0] != some[..., 1]).any():  # most colour masks need no closer look
            return False
    rows = max(1, _AT_ONCE // pixels.shape[1])
    strips = (pixels[top : top + rows] for top in range(0, len(pixels), rows))
    return all(_differ_by(strip) <= tolerance for strip in strips)


def _differ_by(pixels: Bytes) -> int:
    """The largest difference of red or blue from green."""
    red, green, blue = cv2.split(pixels)
    return max(int(cv2.absdiff(green, other).max()) for other in (red, blue))
