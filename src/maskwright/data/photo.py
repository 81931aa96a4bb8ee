"""Photos: find them on disk, and read any of them as an upright (H, W, 3) uint8 array."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

from maskwright.core import Image
from maskwright.data.decoding.colour import (
    UnusableProfileError,
    image_to_srgb,
    lab_to_srgb,
    srgb_of,
    stated_profile,
)
from maskwright.data.decoding.decode import (
    DEFAULT_LIMITS,
    Header,
    ImageSource,
    Limits,
    convert,
    load,
    name_of,
    opened,
    pixels_of,
    stored_orientation,
)
from maskwright.data.decoding.depth import (
    Depth,
    bits_of,
    check_bits,
    colour_values,
    content_of,
    depth_of,
    eight_bit,
    largest_colour,
    read_with,
)
from maskwright.data.decoding.holes import zero_tail
from maskwright.data.decoding.opacity import TRANSPARENT, UNSEEN, opacity_of, transparent_key
from maskwright.data.decoding.pixels import upright
from maskwright.data.walk import PHOTO_ENDINGS, FoundPhoto, find_photos

__all__ = ["PHOTO_ENDINGS", "FoundPhoto", "Limits", "Photo", "find_photos", "read_photo"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Photo:
    """A decoded photo.

    Attributes:
        pixels: (H, W, 3) uint8, upright, in the file's own colours, also where they are
            transparent.
        icc: the profile of those colours; None means sRGB.
        notes: what a person should know of how the file was read.
        of: (height, width) of the upright photo in its file, where `pixels` may be fewer.
        alpha: (H, W) uint8, how opaque the pixels are in the file, 255 for fully; None where all
            of them are.
    """

    pixels: Image
    icc: bytes | None = None
    notes: tuple[str, ...] = ()
    of: tuple[int, int] | None = None
    alpha: NDArray[np.uint8] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the upright photo, whether or not it was shrunk when it was read."""
        return self.of or (self.pixels.shape[0], self.pixels.shape[1])

    def srgb(self) -> Image:
        """The pixels in sRGB, (H, W, 3) uint8: converted when the profile is another one."""
        return self.pixels if self.icc is None else srgb_of(self.pixels, self.icc)


def read_photo(
    source: ImageSource,
    *,
    limits: Limits = DEFAULT_LIMITS,
    shrink_to: int | None = None,
    bits: int | None = None,
) -> Photo:
    """Read a photo of any common format, upright.

    The pixels that a segmenter takes are `read_photo("photo.jpg").srgb()`. EXIF orientation is
    applied; grey, palette, CMYK, Lab and 16-bit photos become 8-bit RGB by scaling; of several
    frames or pages the first is taken.

    Args:
        source: a path, the bytes of a file, or an open binary file, which is read from its
            beginning and stays open. The content decides the format, not the name.
        limits: checked before any pixel is decoded.
        shrink_to: the caller needs no more than this long side: JPEG files are then decoded at
            1/2, 1/4 or 1/8 where that still gives as much, which is several times faster. The
            result may be larger than asked for.
        bits: how many bits the values of 16-bit files have: 8, 10, 12, 14 or 16 [default: the
            fewest that hold the largest value of this photo]. Nothing else depends on it.

    Raises:
        DataError: the file is missing, damaged, too large, no image, or needs an extra; values
            of a 16-bit photo do not fit into the bits.
        UsageError: no such number of bits.
    """
    check_bits(bits)
    name = name_of(source)
    with opened(source, limits) as (image, header):
        depth = depth_of(image)
        if depth is not None and depth.colour and not isinstance(source, str | Path | bytes):
            source = content_of(image)  # 16-bit colours are read twice
        stored = _Stored(source, name, limits, header, depth, bits)
        key = transparent_key(image)
        load(image, name, shrink_to=shrink_to)
        # Only now: Pillow turns TIFF files upright while it loads them, and then forgets the tag.
        orientation = stored_orientation(image)
        read = _pixels(image, stored)
        tail = zero_tail(image)
        deep = colour_values(source, limits) if key and stored.has_deep_colours else None
        alpha = opacity_of(image, key, deep)
        image.close()  # its memory is given back before pixels are copied to be upright
    notes = [*read.notes, *([] if tail is None else [tail])]
    if header.frames > 1:
        notes.append(f"{header.frames} frames or pages: the first one is used")
    if alpha is not None:
        notes.append(TRANSPARENT if alpha.any() else UNSEEN)
    return replace(
        read,
        pixels=upright(read.pixels, orientation),
        notes=tuple(notes),
        of=(header.height, header.width),
        alpha=None if alpha is None or not alpha.any() else upright(alpha, orientation),
    )


@dataclass(frozen=True)
class _Stored:
    """A file, and how its values are stored."""

    source: ImageSource
    name: str
    limits: Limits
    header: Header
    depth: Depth | None
    bits: int | None

    @property
    def has_deep_colours(self) -> bool:
        return self.depth is not None and self.depth.colour

    def eight_bit(self, values: NDArray[Any]) -> tuple[Image, tuple[str, ...]]:
        """Deep values as they are, and what a person should know of it."""
        bits = 16
        if self.depth is not None and values.dtype.kind != "f":
            bits = self.depth.bits if self.depth.declared else self.bits_of(int(values.max()))
        scaled, notes = eight_bit(values, self.name, bits)
        if self.bits is None and bits < 16 and not (self.depth and self.depth.declared):
            notes.insert(0, f"16 bits: {read_with(bits)}")
        if self.header.from_white:
            scaled = np.subtract(np.uint8(255), scaled)
        return scaled, tuple(notes)

    def bits_of(self, largest: int) -> int:
        """How many bits of 16 hold the picture."""
        return self.bits or bits_of(largest)


def _pixels(image: PilImage.Image, stored: _Stored) -> Photo:
    """8-bit RGB pixels as stored, and the file's profile where it still describes them."""
    mode, name = image.mode, stored.name
    icc = image.info.get("icc_profile") or None
    stated = stated_profile(image)
    if stated is not None and mode in ("L", "LA", "1"):
        return Photo(pixels_of(image, name, "RGB"), stated)
    if mode.startswith("I") or mode == "F":
        grey, notes = stored.eight_bit(pixels_of(image, name))
        return Photo(np.repeat(grey[..., None], 3, axis=2), stated, notes)
    if mode in ("RGB", "RGBA", "RGBX", "P", "PA"):
        if mode == "PA":
            image = convert(image, "RGBA", name)
        pixels = pixels_of(image, name, "RGB")
        # Pillow's are the higher bytes, which is right if these hold the picture.
        if stored.has_deep_colours and stored.bits_of(largest_colour(pixels, image.format)) < 16:
            pixels, notes = stored.eight_bit(colour_values(stored.source, stored.limits))
            return Photo(pixels, icc or stated, notes)
        return Photo(pixels, icc or stated)
    if mode in ("La", "RGBa"):  # premultiplied
        image = convert(image, "LA" if mode == "La" else "RGBA", name)
    if mode == "LAB":
        return Photo(lab_to_srgb(image))
    if icc is not None and mode in ("L", "LA", "CMYK"):
        if mode == "LA":
            image = convert(image, "L", name)
        try:  # a grey or CMYK profile does not fit RGB pixels: use it now
            return Photo(image_to_srgb(image, icc))
        except UnusableProfileError as error:
            _log.warning("%s: its colour profile cannot be used (%s)", name, error)
    return Photo(pixels_of(image, name, "RGB"))
