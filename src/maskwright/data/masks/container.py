"""What the container of a mask says: lossy compression, and how many pictures are in it."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import BinaryIO, TypeAlias, cast

from PIL import Image as PilImage
from PIL import TiffImagePlugin

_Look: TypeAlias = Callable[[BinaryIO], bool]

_MOST_STEPS = 4096  # chunks, boxes or markers before a file is given up

_COMPRESSION, _STRIPS, _TILES = 259, 273, 324
_SUBFILE, _OLD_SUBFILE, _DESCRIPTION = 254, 255, 270
_JPEG_IN_TIFF = frozenset({6, 7, 34892})
_WEBP_IN_TIFF = frozenset({34927, 50001})
_REDUCED, _TRANSPARENCY = 1, 4  # bits of NewSubfileType: no pages of their own
_MOST_PAGES_LOOKED_AT = 1000


def lossy_format(image: PilImage.Image) -> str | None:
    """The format of an opened image if it keeps values only nearly; None if it keeps them.

    AVIF and HEIC count as lossy: their files do not say whether they are.
    """
    name = image.format or ""
    if name in ("JPEG", "MPO"):
        return "JPEG"
    if name in ("AVIF", "HEIF"):
        return "HEIC" if name == "HEIF" else name
    if name == "WEBP":
        return "lossy WebP" if _peek(image, 0, _is_lossy_webp) else None
    if name == "JPEG2000":
        return "lossy JPEG 2000" if _peek(image, 0, _is_lossy_jpeg2000) else None
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return _lossy_tiff(image)
    return None


def pages(image: PilImage.Image, frames: int) -> int:
    """How many pictures of its own an opened image holds; it is at the first one afterwards.

    Reduced copies (thumbnails, the levels of a pyramid) and transparency masks of a TIFF file are
    no pictures of their own. ImageJ writes stacks with only one directory: its description counts.

    Args:
        image: as `opened` gave it, not yet loaded.
        frames: what the header says.
    """
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return frames
    description = str(image.tag_v2.get(_DESCRIPTION, ""))
    if description.startswith("ImageJ="):
        stack = re.search(r"^images=(\d{1,9})\s*$", description, re.MULTILINE)
        frames = max(frames, int(stack[1])) if stack else frames
    counted = image.n_frames if frames > 1 else 1
    if counted == 1 or counted > _MOST_PAGES_LOOKED_AT:
        return frames
    own = 0
    for page in range(counted):
        image.seek(page)
        kind = int(image.tag_v2.get(_SUBFILE, 0)) & (_REDUCED | _TRANSPARENCY)
        own += not kind and int(image.tag_v2.get(_OLD_SUBFILE, 1)) != 2
    image.seek(0)
    return max(1, own)


def _lossy_tiff(image: TiffImagePlugin.TiffImageFile) -> str | None:
    compression = image.tag_v2.get(_COMPRESSION, 1)
    if compression in _JPEG_IN_TIFF:
        return "JPEG in TIFF"
    if compression in _WEBP_IN_TIFF:
        starts = image.tag_v2.get(_STRIPS) or image.tag_v2.get(_TILES) or (0,)
        return "lossy WebP in TIFF" if _peek(image, int(starts[0]), _is_lossy_webp) else None
    return None


def _peek(image: PilImage.Image, start: int, look: _Look) -> bool:
    """What `look` says of the image's file from `start` on; the file stays where it was."""
    file = cast(BinaryIO, getattr(image, "fp", None))
    if file is None:
        return True
    before = file.tell()
    try:
        file.seek(start)
        return look(file)
    except (struct.error, LookupError, OSError, ValueError, OverflowError):
        return True  # not understood: as a file that keeps nothing exactly
    finally:
        file.seek(before)


def _is_lossy_webp(file: BinaryIO) -> bool:
    """Whether the first picture of a WebP stream is VP8, which is lossy; VP8L is not."""
    if file.read(12)[8:12] != b"WEBP":
        raise ValueError("no WebP")
    for _ in range(_MOST_STEPS):
        name, size = struct.unpack("<4sI", file.read(8))
        if name in (b"VP8 ", b"VP8L"):
            return bool(name == b"VP8 ")
        # The chunks of a frame lie inside it, behind 16 bytes.
        file.seek(16 if name == b"ANMF" else size + size % 2, 1)
    raise ValueError("no picture")


def _is_lossy_jpeg2000(file: BinaryIO) -> bool:
    """Whether a JPEG 2000 file uses the 9/7 wavelet, which is irreversible; 5/3 is not."""
    if file.read(2) != b"\xff\x4f":  # a JP2 file: boxes, and the codestream in one of them
        file.seek(-2, 1)
        for _ in range(_MOST_STEPS):
            size, name = struct.unpack(">I4s", file.read(8))
            head = 8
            if size == 1:
                (size,), head = struct.unpack(">Q", file.read(8)), 16
            if name == b"jp2c":
                file.seek(2, 1)
                break
            file.seek(size - head, 1)
    for _ in range(_MOST_STEPS):
        marker, size = struct.unpack(">HH", file.read(4))
        if marker == 0xFF52:  # COD: the last of its ten fixed bytes names the wavelet
            return file.read(10)[9] == 0
        file.seek(size - 2, 1)
    raise ValueError("no coding style")
