"""Photos of more than 8 bits: which of their 16 bits hold the picture.

Cameras of 10, 12 or 14 bits write their values into 16-bit files as they are, and the file does
not tell. A photo read with all 16 bits is then nearly black. So the largest value decides: of all
photos of a data set or batch, since a darker photo among them is to stay darker.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage
from PIL import TiffImagePlugin

from maskwright.core import Image
from maskwright.data.decoding.decode import ImageSource, Limits, load, name_of, opened, pixels_of
from maskwright.data.threads import in_threads
from maskwright.errors import DataError, UsageError
from maskwright.files import open_regular

BITS = (8, 10, 12, 14, 16)
"""How many bits a value in a 16-bit file may have."""

_MOST_ABOVE = 0.01
"""Share of the pixels that may lie above the range: hot pixels and scale bars."""

_DARK = 0.999
"""A photo in which this share of the pixels is in the lowest quarter of the range is dark."""

_ROWS = 256
"""Rows that are scaled at once: the numbers between take four times the memory."""

_SIXTEEN = (";16B", ";16L", ";16N")
_JPEG2000_SIZES = b"\xff\x4f\xff\x51"


@dataclass(frozen=True)
class Depth:
    """How the values of a photo are stored.

    Attributes:
        bits: how many hold the picture; 16 may be fewer, where the file declares nothing.
        declared: the file says so.
        colour: they are colours, of which Pillow decodes the higher byte only.
    """

    bits: int = 16
    declared: bool = False
    colour: bool = False


def check_bits(bits: int | None) -> None:
    """Refuse a number of bits.

    Raises:
        UsageError: it is none of `BITS`.
    """
    if bits not in (None, *BITS):
        raise UsageError(f"--bits {bits}: choose {', '.join(map(str, BITS))}")


def read_with(bits: int) -> str:
    """What is said of photos that are read with fewer bits than 16."""
    return (
        f"no value exceeds {2**bits - 1}: read with {bits} bits (--bits 16 takes the whole range)"
    )


def bits_of(largest: int) -> int:
    """The smallest of `BITS` that holds a value."""
    return next((bits for bits in BITS if largest < 2**bits), 16)


def depth_of(image: PilImage.Image) -> Depth | None:
    """The depth of an image that is opened and not decoded yet; None for up to 8 bits."""
    if image.mode == "I" or image.mode.startswith("I;16"):
        return _grey_depth(image)
    if image.mode in ("RGB", "RGBA") and image.format in ("PNG", "TIFF", "PPM"):
        layouts = {_layout(one) for one in _tiles(image)}
        # Premultiplied colours cannot be put together from two bytes.
        if layouts and all(text.endswith(_SIXTEEN) and "a" not in text for text in layouts):
            return Depth(colour=True)
    return None


def colour_values(source: ImageSource, limits: Limits) -> NDArray[np.uint16]:
    """The colours of a photo in which `depth_of` found 16-bit ones, (H, W, 3), as stored.

    Raises:
        DataError: the file is damaged.
    """
    values = _decoded(source, limits, low=False).astype(np.uint16)
    values <<= np.uint16(8)  # in place: of a large photo, each copy takes more than a gigabyte
    values |= _decoded(source, limits, low=True)
    return values


def eight_bit(deep: NDArray[Any], name: str, bits: int = 16) -> tuple[NDArray[np.uint8], list[str]]:
    """Pixels of any depth as uint8, scaled, and what a person should know of it.

    Integers count from 0 to 2**bits - 1, floating point from 0 to 1. Up to 1 % of the pixels may
    lie above the range, and become white.

    Args:
        deep: one channel or three, as stored.
        name: of the photo, for messages.
        bits: one of `BITS`, or what the file declares.

    Raises:
        DataError: the range of the values is unknown, or more pixels lie above it.
    """
    kind = deep.dtype.kind
    if kind == "f" and np.isfinite(deep).all() and 0 <= deep.min() <= deep.max() <= 1:
        return np.asarray(np.rint(deep * 255), np.uint8), []
    if kind == "f" or deep.min() < 0 or deep.max() > 65535:
        raise DataError(
            f"{name}: values from {deep.min()} to {deep.max()} have no agreed meaning as "
            "brightness: scale them to 0 to 255 and save them with 8 bits per channel"
        )
    top, notes = 2**bits - 1, []
    largest = int(deep.max())
    if largest > top:
        above = float(np.mean(deep > top))
        if above > _MOST_ABOVE:
            raise DataError(
                f"{name}: values up to {largest}, but 16-bit photos are read with {bits} bits, "
                f"up to {top}: say --bits {bits_of(largest)}, or leave this photo out"
            )
        notes.append(f"{above:.2%} of the pixels lie above {bits} bits ({top}): they become white")
    scaled = np.empty(deep.shape, np.uint8)
    for first in range(0, len(deep), _ROWS):
        some = np.minimum(deep[first : first + _ROWS], top).astype(np.uint32)
        scaled[first : first + _ROWS] = (some * 255 + top // 2) // top
    if np.count_nonzero(scaled > 64) <= (1 - _DARK) * scaled.size:
        notes.append(
            f"nearly black: its values, up to {largest}, lie in the lowest quarter of {bits} bits "
            f"({top}); if they have fewer bits, say --bits"
        )
    return scaled, notes


def content_of(image: PilImage.Image) -> bytes:
    """The file of an image that is opened and not decoded yet."""
    file = _file(image)
    before = file.tell()
    file.seek(0)
    content = file.read()
    file.seek(before)
    return content


def bits_of_photos(photos: Iterable[ImageSource], limits: Limits) -> int | None:
    """How many bits the 16-bit photos among these have: the largest value of all decides.

    Photos that cannot be read do not count.

    Returns:
        One of `BITS`; None where no file leaves it open.
    """
    found = in_threads(lambda photo: largest_value(photo, limits), list(photos))
    return max((bits_of(largest) for largest in found if largest is not None), default=None)


def has_open_depth(photo: ImageSource, limits: Limits) -> bool:
    """Whether a file has 16-bit values and does not say how many of the bits are used."""
    if isinstance(photo, str | Path) and not may_be_deep(Path(photo)):
        return False
    try:
        with opened(photo, limits) as (image, _):
            depth = depth_of(image)
            return depth is not None and not depth.declared
    except DataError:
        return False


def largest_value(source: ImageSource, limits: Limits) -> int | None:
    """The largest value of a 16-bit photo; None for others, and for those that cannot be read."""
    if isinstance(source, str | Path) and not may_be_deep(Path(source)):
        return None
    try:
        with opened(source, limits) as (image, _):
            depth = depth_of(image)
            if depth is None or depth.declared:
                return None
            load(image, name_of(source))
            values = np.asarray(image)
    except DataError:
        return None
    return largest_colour(values, image.format) if depth.colour else int(values.max())


def largest_colour(decoded: NDArray[np.uint8], kind: str | None) -> int:
    """About the largest value of 16-bit colours, which tells all of `BITS` apart.

    Args:
        decoded: (H, W, 3) or with opacity (H, W, 4), what Pillow made of them.
        kind: the format of the file: of PPM files Pillow makes rounded values, of others the
            higher byte.
    """
    top = int(decoded[..., :3].max())
    return max(0, top * 257 - 128) if kind == "PPM" else top * 256 + 255


def may_be_deep(path: Path) -> bool:
    """Whether a file may hold 16-bit values, by its first bytes: False for ordinary photos."""
    try:
        with open_regular(path) as file:
            start = file.read(25)
    except OSError:
        return False
    if start.startswith(b"\x89PNG"):
        return start[24:] == b"\x10"
    return start.startswith(
        (b"II", b"MM", b"P2", b"P3", b"P5", b"P6", b"\0\0\0\x0cjP", b"\xff\x4f")
    )


def _grey_depth(image: PilImage.Image) -> Depth:
    if image.format == "PPM":
        tile = _tiles(image)[0]
        # Pillow scales all but the largest range to 16 bits.
        return Depth(declared=isinstance(tile[3], tuple) and tile[3][-1] != 65535)
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        declared = max(image.tag_v2.get(258, (16,)))
        return Depth(declared, declared=True) if declared < 16 else Depth()
    if image.format == "JPEG2000":
        return Depth(declared=_precision(image) < 16)
    return Depth()


def _precision(image: PilImage.Image) -> int:
    """Bits of a value of a JPEG 2000 file, which Pillow scales to 16."""
    file = _file(image)
    before = file.tell()
    file.seek(0)
    start = file.read(2**16)
    file.seek(before)
    at = start.find(_JPEG2000_SIZES)
    return (start[at + 42] & 127) + 1 if 0 <= at < len(start) - 42 else 16


def _decoded(source: ImageSource, limits: Limits, *, low: bool) -> Image:
    """One byte of each colour, (H, W, 3)."""
    name = name_of(source)
    with opened(source, limits) as (image, _):
        layout = _layout(_tiles(image)[0])
        grey = layout.startswith("LA")
        tiles = [
            _with_layout(one, "RGBA" if grey else _bytes_of(one, low=low)) for one in _tiles(image)
        ]
        cast(Any, image).tile = tiles
        load(image, name)
        values = pixels_of(image, name)
    # Grey with opacity, four bytes a pixel, is decoded as if they were four channels.
    return np.repeat(values[..., [int(low)]], 3, axis=2) if grey else values[..., :3]


def _file(image: PilImage.Image) -> BinaryIO:
    return cast(BinaryIO, cast(Any, image).fp)


def _tiles(image: PilImage.Image) -> list[tuple[Any, ...]]:
    return cast(list[tuple[Any, ...]], cast(Any, image).tile)


def _layout(tile: tuple[Any, ...]) -> str:
    decoder, arguments = tile[0], tile[3]
    if decoder == "ppm":
        return "RGB;16B" if arguments == ("RGB", 65535) else ""
    return str(arguments[0] if isinstance(arguments, tuple) else arguments)


def _bytes_of(tile: tuple[Any, ...], *, low: bool) -> str:
    """The layout by which Pillow takes the higher byte of each colour, or the lower one."""
    layout = _layout(tile)
    if not low:
        return layout
    native = {"little": "B", "big": "L"}[sys.byteorder]
    return layout[:-1] + {"B": "L", "L": "B", "N": native}[layout[-1]]


def _with_layout(tile: tuple[Any, ...], layout: str) -> tuple[Any, ...]:
    decoder, extents, offset, arguments = tile
    if decoder == "ppm":
        decoder, arguments = "raw", ("", 0, 1)
    changed = (layout, *arguments[1:]) if isinstance(arguments, tuple) else layout
    make = getattr(type(tile), "_make", tuple)  # newer versions of Pillow name the four
    return cast(tuple[Any, ...], make((decoder, extents, offset, changed)))
