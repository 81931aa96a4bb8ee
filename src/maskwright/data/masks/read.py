"""Read a mask as stored, before its values have a meaning, and count its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

from maskwright.data.decode import (
    ImageSource,
    Limits,
    convert,
    load,
    name_of,
    opened,
    stored_orientation,
)
from maskwright.data.pixels import upright
from maskwright.errors import DataError

MOST_COLOURS = 255
"""A mask with more colours than this is a picture, not a mask."""

EDGE_LOW, EDGE_HIGH = 32, 223
"""Grey values up to the one and from the other on are near black and near white."""

Bytes = NDArray[np.uint8]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class RawMask:
    """A mask file's pixels, upright, before their meaning is decided.

    Attributes:
        pixels: (H, W) uint8 grey values or palette indices, or (H, W, 3) uint8 colours; 1-bit
            masks are 0 and 255.
        palette: (N, 3) uint8 colours of the indices, None where there is no palette.
        alpha: (H, W) uint8, None where the file has no alpha channel or an opaque one.
        bilevel: the file has one bit per pixel.
        lossy: the file is a JPEG, whose values are only near what was drawn.
    """

    pixels: Bytes
    palette: Bytes | None
    alpha: Bytes | None
    bilevel: bool
    lossy: bool

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""
        height, width = self.pixels.shape[:2]
        return height, width

    def seen(self) -> Bytes:
        """What a viewer shows: palette indices become their grey values or colours."""
        if self.palette is None:
            return self.pixels
        table = _full_palette(self.palette)
        if (table == table[:, :1]).all():
            return np.asarray(table[:, 0][self.pixels], np.uint8)
        return np.asarray(table[self.pixels], np.uint8)


@dataclass(frozen=True)
class MaskCounts:
    """The values of one mask, counted: enough to decide the encoding and for the doctor.

    Attributes:
        size: (height, width), upright.
        stored: (256,) pixels per stored grey value or palette index; None for colour masks.
        seen: pixels per colour 0xRRGGBB that a viewer shows, transparent pixels left out;
            None when there are more than `MOST_COLOURS`.
        alpha: (256,) pixels per alpha value; None for opaque masks.
        flat: pixels of middle grey whose eight neighbours are the same: areas, not soft edges.
        border: (256,) like `stored`, along the image border only; None for colour masks.
        palette: colour 0xRRGGBB of each palette index in use; None where there is no palette.
        bilevel, lossy: as in `RawMask`.
    """

    size: tuple[int, int]
    stored: Counts | None
    seen: Mapping[int, int] | None
    alpha: Counts | None
    flat: int
    border: Counts | None
    palette: Mapping[int, int] | None
    bilevel: bool
    lossy: bool


def read_mask(source: ImageSource, limits: Limits) -> RawMask:
    """Read a mask of any common format, upright, its values untouched.

    Raises:
        DataError: the file is missing, damaged, too large, no image, or has deeper values than 8
            bits that are neither small numbers nor multiples of 257.
    """
    name = name_of(source)
    with opened(source, limits) as (image, header):
        load(image, name)
        orientation = stored_orientation(image)
        palette = alpha = None
        bilevel = image.mode == "1"
        if image.mode in ("La", "RGBa", "PA"):
            image = convert(image, "LA" if image.mode == "La" else "RGBA", name)
        if image.mode in ("LA", "RGBA"):
            alpha = upright(np.asarray(image.getchannel("A"), np.uint8), orientation)
            alpha = None if alpha.min() == 255 else alpha
        if image.mode == "P":
            palette = np.array(image.getpalette("RGB") or [], np.uint8).reshape(-1, 3)
        pixels = upright(_values(image, name), orientation)
        if pixels.ndim == 3 and _is_grey(pixels):
            pixels = np.ascontiguousarray(pixels[..., 0])
        return RawMask(pixels, palette, alpha, bilevel, header.format in ("JPEG", "MPO"))


def count(mask: RawMask) -> MaskCounts:
    """Count what occurs in a mask."""
    grey = mask.pixels if mask.pixels.ndim == 2 else None
    stored = None if grey is None else histogram(grey)
    palette = None
    if mask.palette is not None and stored is not None:
        colours = _colour_table(mask)
        palette = {int(index): int(colours[index]) for index in np.flatnonzero(stored)}
    return MaskCounts(
        size=mask.size,
        stored=stored,
        seen=_colours(mask),
        alpha=None if mask.alpha is None else histogram(mask.alpha),
        flat=0 if grey is None else _flat_middle(grey),
        border=None if grey is None else histogram(border(grey)),
        palette=palette,
        bilevel=mask.bilevel,
        lossy=mask.lossy,
    )


def histogram(values: Bytes) -> Counts:
    """(256,) pixels per value."""
    flat = values.reshape(-1)
    counts = np.zeros(256, np.int64)
    # In parts: bincount makes eight bytes of each pixel.
    for start in range(0, flat.size, 2**20):
        counts += np.bincount(flat[start : start + 2**20], minlength=256)
    return counts


def border(values: Bytes) -> Bytes:
    """The pixels along the four sides, in no order that matters."""
    return np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])


def packed(colours: Bytes) -> NDArray[np.uint32]:
    """(..., 3) uint8 colours as numbers 0xRRGGBB."""
    wide = colours.astype(np.uint32)
    return np.asarray(wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2], np.uint32)


def _values(image: PilImage.Image, name: str) -> Bytes:
    if image.mode in ("L", "P"):
        return np.asarray(image, np.uint8)
    if image.mode == "1":
        return np.asarray(image, np.uint8) * np.uint8(255)
    if image.mode == "LA":
        return np.asarray(image.getchannel("L"), np.uint8)
    if image.mode.startswith("I") or image.mode == "F":
        return _small_numbers(np.asarray(image), name)
    return np.asarray(convert(image, "RGB", name), np.uint8)


def _small_numbers(deep: NDArray[np.generic], name: str) -> Bytes:
    """Deep masks mean the numbers they hold, or those 257 times as large."""
    numbers = np.asarray(deep, np.float64)
    for factor in (1, 257):
        shallow = numbers / factor
        if shallow.min() >= 0 and shallow.max() <= 255 and (shallow == np.rint(shallow)).all():
            return shallow.astype(np.uint8)
    raise DataError(
        f"{name}: a mask with values from {numbers.min():g} to {numbers.max():g}: "
        "save it as an 8-bit PNG of class indices"
    )


def _is_grey(pixels: Bytes) -> bool:
    red = pixels[..., 0]
    return bool((red == pixels[..., 1]).all() and (red == pixels[..., 2]).all())


def _colours(mask: RawMask) -> dict[int, int] | None:
    visible = slice(None) if mask.alpha is None else mask.alpha >= 128
    if mask.pixels.ndim == 3:
        return _runs(packed(mask.pixels[visible]).reshape(-1))
    per_value = histogram(mask.pixels[visible])
    colours = _colour_table(mask)
    found: dict[int, int] = {}
    for value in np.flatnonzero(per_value):
        colour = int(colours[value])
        found[colour] = found.get(colour, 0) + int(per_value[value])
    return found


def _colour_table(mask: RawMask) -> NDArray[np.uint32]:
    """(256,) the colour 0xRRGGBB of each grey value or palette index."""
    if mask.palette is None:
        return np.arange(256, dtype=np.uint32) * np.uint32(0x010101)
    return packed(_full_palette(mask.palette))


def _full_palette(palette: Bytes) -> Bytes:
    """(256, 3) colours of all indices, black where the palette has none."""
    table = np.zeros((256, 3), np.uint8)
    table[: len(palette)] = palette[:256]
    return table


def _runs(numbers: NDArray[np.uint32]) -> dict[int, int] | None:
    """Pixels per number, by runs of equal neighbours: masks have few, and sorting all is slow."""
    if not numbers.size:
        return {}
    starts = np.flatnonzero(np.concatenate([[True], numbers[1:] != numbers[:-1]]))
    lengths = np.diff(starts, append=numbers.size)
    values, where = np.unique(numbers[starts], return_inverse=True)
    if len(values) > MOST_COLOURS:
        return None
    totals = np.bincount(where, weights=lengths)
    return {int(value): int(total) for value, total in zip(values, totals, strict=True)}


def _flat_middle(grey: Bytes) -> int:
    middle = (grey > EDGE_LOW) & (grey < EDGE_HIGH)
    if not middle.any():
        return 0
    window = np.ones((3, 3), np.uint8)
    flat = cv2.erode(grey, window) == cv2.dilate(grey, window)
    return int(np.count_nonzero(middle & flat))
