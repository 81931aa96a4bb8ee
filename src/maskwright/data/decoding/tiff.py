"""TIFF files: refuses those in which the first picture is not the photo, and explains the rest.

Camera raw files are TIFF files too, and their first picture is a thumbnail or half developed.
Directories are read here, not by Pillow: it gives up on files that deserve a better message.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from maskwright.errors import DataError

_SUBFILE, _OLD_SUBFILE, _WIDTH, _HEIGHT, _BITS = 254, 255, 256, 257, 258
_PHOTOMETRIC, _BANDS, _PLANES, _SUB_DIRECTORIES, _FORMAT = 262, 277, 284, 330, 339
_DNG_VERSION = 50706
_READ = frozenset(
    {_SUBFILE, _OLD_SUBFILE, _WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _BANDS, _PLANES}
    | {_SUB_DIRECTORIES, _FORMAT, _DNG_VERSION}
)
_CODES = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_SENSOR = frozenset({32803, 34892})  # a colour filter array; linear values of a sensor
_TWICE, _SAME_PROPORTIONS = 1.9, 0.03  # sides of small copies are rounded
_MOST_ENTRIES, _MOST_VALUES, _MOST_DIRECTORIES = 4096, 64, 16

_RAW_STARTS = (
    *(b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"IIII", b"MMMM"),  # ORF, RW2, IIQ
    *(b"FOVb", b"\0MRM", b"FUJIFILMCCD-RAW"),  # X3F, MRW, RAF
)

RAW = (
    "a camera raw file, in which the first picture is a preview or undeveloped: develop it, and "
    "export it as JPEG, PNG or TIFF"
)
"""What is said of camera raw files, and the cure."""


class UnreadTiff(DataError):
    """An undamaged TIFF file that holds what is not read.

    Attributes:
        held: what that is, e.g. "5 bands".
    """

    def __init__(self, name: str, held: str, cure: str) -> None:
        super().__init__(f"{name}: a TIFF file of {held}: {cure}")
        self.held = held


@dataclass(frozen=True)
class Directory:
    """A TIFF directory: one picture of the file.

    Attributes:
        values: of the tags that matter here, by number.
        photometric_at: where in the file a PhotometricInterpretation of 0, "white is zero",
            lies; None for others.
    """

    values: Mapping[int, tuple[int, ...]]
    photometric_at: int | None

    def first(self, tag: int, default: int = 0) -> int:
        """The first value of a tag."""
        return self.values.get(tag, (default,))[0]

    @property
    def bits(self) -> int:
        """Bits of a value, of the deepest band."""
        return max(self.values.get(_BITS, (1,)))

    @property
    def is_reduced(self) -> bool:
        """The picture is a reduced copy of another one in the file."""
        return bool(self.first(_SUBFILE) & 1) or self.first(_OLD_SUBFILE) == 2

    @property
    def pixels(self) -> int:
        """Height times width."""
        return self.first(_HEIGHT) * self.first(_WIDTH)

    @property
    def deep_from_white(self) -> bool:
        """One band of more than 8 bits in which 0 is white; Pillow turns round only less deep."""
        one_band = self.first(_BANDS, 1) == 1
        return one_band and self.bits > 8 and self.photometric_at is not None


@dataclass(frozen=True)
class Pages:
    """The first picture of a TIFF file, and what is known of the others.

    Attributes:
        first: the picture that readers take.
        inside: pictures that the first directory has below it.
        following: the first of the pages behind it.
    """

    first: Directory
    inside: tuple[Directory, ...]
    following: tuple[Directory, ...]


def is_raw(start: bytes) -> bool:
    """Whether a file that starts with these 32 bytes is a camera raw file by its signature."""
    return (
        start.startswith(_RAW_STARTS)
        or (start[:4] in (b"II*\0", b"MM\0*") and start[8:10] == b"CR")
        or start[4:12] == b"ftypcrx "
    )


def read_pages(file: BinaryIO) -> Pages | None:
    """Read the first directory of a TIFF file and those inside it; the file ends where it was.

    Returns:
        None where the file is no TIFF file, or too damaged to say.
    """
    before = file.tell()
    try:
        return _pages(file)
    except (struct.error, OverflowError, OSError, ValueError):
        return None
    finally:
        file.seek(before)


def refuse_wrong_picture(pages: Pages, name: str) -> None:
    """Refuse a file in which the first picture is not the photo, or is not read rightly.

    Raises:
        DataError: a camera raw file; a reduced copy before the photo; deep values in planes.
    """
    first = pages.first
    every = (first, *pages.inside)
    if _DNG_VERSION in first.values or any(one.first(_PHOTOMETRIC, 1) in _SENSOR for one in every):
        raise DataError(f"{name}: {RAW}")
    # A lone picture that calls itself reduced is all there is.
    larger = any(one.pixels > first.pixels and not one.is_reduced for one in pages.inside)
    larger |= any(_is_enlarged(one, first) for one in pages.following)
    if larger or (first.is_reduced and (pages.following or pages.inside)):
        size = f"{first.first(_WIDTH)} x {first.first(_HEIGHT)}"
        raise DataError(
            f"{name}: the first picture of this TIFF file, {size} pixels, is a reduced "
            "copy of another one in it: save the full picture alone, as TIFF or PNG; if this is "
            "a camera raw file, develop it and export it"
        )
    # Pillow reads such files as if they had 8 bits: wrong pixels without an error.
    if first.first(_PLANES, 1) == 2 and first.first(_BANDS, 1) > 1 and first.bits > 8:
        raise DataError(
            f"{name}: a 16-bit TIFF with its colours in separate planes: save it with "
            "interleaved colours, or as PNG"
        )


def _is_enlarged(page: Directory, first: Directory) -> bool:
    """Whether a page is at least twice the first one, in the same proportions."""
    sides = (first.first(_WIDTH), first.first(_HEIGHT))
    if not all(sides) or page.is_reduced:
        return False
    across, down = page.first(_WIDTH) / sides[0], page.first(_HEIGHT) / sides[1]
    return min(across, down) >= _TWICE and abs(across / down - 1) <= _SAME_PROPORTIONS


def explain(pages: Pages) -> tuple[str, str] | None:
    """What an undamaged file holds that is not read, and what to do with a photo."""
    first = pages.first
    bands = first.first(_BANDS, 1)
    formats = first.values.get(_FORMAT, (1,))
    if set(formats) & {5, 6}:
        return "complex numbers", "save their magnitude as 8 or 16 bits"
    if 3 in formats:
        held = f"{bands} band{'s' * (bands > 1)} of {first.bits}-bit floating point numbers"
        return held, "scale them to 0 to 255 and save them with 8 bits per channel"
    if bands > 4 or bands == 2 or (bands > 1 and first.first(_PHOTOMETRIC, 1) == 1):
        return f"{bands} bands", "save the three that show the scene as an RGB picture"
    if first.bits not in (1, 2, 4, 8, 16) or 2 in formats:
        signed = "signed " if 2 in formats else ""
        return f"{signed}values of {first.bits} bits", "save it with 8 or 16 bits per channel"
    if first.first(_PHOTOMETRIC, 1) == 0:
        return "values that count from white in several bands", "save it as PNG"
    return None


def counted_from_black(content: bytes, directory: Directory) -> bytes:
    """The same file with PhotometricInterpretation 1: Pillow reads deep values only so."""
    at = directory.photometric_at
    if at is None:
        return content
    one = b"\1\0" if content[:2] == b"II" else b"\0\1"
    return content[:at] + one + content[at + 2 :]


def _pages(file: BinaryIO) -> Pages | None:
    file.seek(0)
    start = file.read(16)
    order = {b"II": "<", b"MM": ">"}.get(start[:2])
    if order is None or len(start) < 8:
        return None
    (version,) = struct.unpack_from(f"{order}H", start, 2)
    if version not in (42, 43):
        return None
    big = version == 43
    (at,) = struct.unpack_from(order + ("Q" if big else "I"), start, 8 if big else 4)
    first, after = _directory(file, at, order, big=big)
    below = first.values.get(_SUB_DIRECTORIES, ())[:_MOST_DIRECTORIES]
    inside = tuple(_readable(file, below, order, big=big))
    return Pages(first, inside, tuple(_following(file, after, order, big=big)))


def _following(file: BinaryIO, at: int, order: str, *, big: bool) -> Iterator[Directory]:
    for _ in range(_MOST_DIRECTORIES):
        if at == 0:
            return
        try:
            page, at = _directory(file, at, order, big=big)
        except (struct.error, OverflowError, OSError, ValueError):
            return
        yield page


def _readable(
    file: BinaryIO, offsets: tuple[int, ...], order: str, *, big: bool
) -> Iterator[Directory]:
    for at in offsets:
        try:
            yield _directory(file, at, order, big=big)[0]
        except (struct.error, OverflowError, OSError, ValueError):
            continue


def _directory(file: BinaryIO, at: int, order: str, *, big: bool) -> tuple[Directory, int]:
    """The directory at an offset, and the offset of the next one, or 0."""
    head, size, room = ("Q", 20, 8) if big else ("H", 12, 4)
    file.seek(at)
    (number,) = struct.unpack(order + head, file.read(struct.calcsize(order + head)))
    if number > _MOST_ENTRIES:
        raise ValueError("too many entries")
    start = at + struct.calcsize(order + head)
    table = file.read(number * size + room)
    values: dict[int, tuple[int, ...]] = {}
    photometric = None
    for entry in range(0, number * size, size):
        tag, kind = struct.unpack_from(f"{order}HH", table, entry)
        (count,) = struct.unpack_from(order + ("Q" if big else "I"), table, entry + 4)
        if tag not in _READ or kind not in _CODES or not count:
            continue
        own = entry + size - room
        code = f"{order}{min(count, _MOST_VALUES)}{_CODES[kind]}"
        place = start + own
        if count * struct.calcsize(order + _CODES[kind]) > room:
            (place,) = struct.unpack_from(order + ("Q" if big else "I"), table, own)
        file.seek(place)
        values[tag] = struct.unpack(code, file.read(struct.calcsize(code)))
        if tag == _PHOTOMETRIC and kind == 3 and values[tag] == (0,):
            photometric = place
    (after,) = struct.unpack_from(order + ("Q" if big else "I"), table, number * size)
    return Directory(values, photometric), int(after)
