"""PNG files: what lies behind the pixels, found without decoding them, and damage in them."""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

from PIL import PngImagePlugin

from maskwright.errors import DataError

_SIGNATURE = 8
_TEXT = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt"})
_MOST_CHUNKS = 200_000
_PIECE = 2**20  # bytes that are read at once


def has_late_text(image: PngImagePlugin.PngImageFile) -> bool:
    """Whether EXIF data or text, which may hold the orientation, follow the pixels of a file.

    Args:
        image: an image whose pixels are not decoded yet; False for one that is.
    """
    file = image.fp
    if file is None:
        return False
    before = file.tell()
    try:
        file.seek(_SIGNATURE)
        behind = False
        for _ in range(_MOST_CHUNKS):
            head = file.read(8)
            if len(head) < 8:
                return False
            length, kind = struct.unpack(">I4s", head)
            if behind and kind in _TEXT:
                return True
            behind |= kind == b"IDAT"
            if kind == b"IEND":
                return False
            file.seek(length + 4, 1)
        return False
    finally:
        file.seek(before)


def refuse_wrong_sums(file: BinaryIO, name: str) -> None:
    """Refuse a PNG file whose pixels do not have the checksums that it states.

    Pillow does not test them: zeros in place of the rest are decoded to smears or black.

    Args:
        file: the file, which is read from its beginning.
        name: of the file, for messages.

    Raises:
        DataError: a checksum is wrong.
    """
    file.seek(_SIGNATURE)
    seen = False
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind != b"IDAT":
            if seen:  # frames of an animation, text and the end follow
                return
            file.seek(length + 4, 1)
            continue
        seen = True
        found = zlib.crc32(kind)
        while length and (piece := file.read(min(length, _PIECE))):
            found = zlib.crc32(piece, found)
            length -= len(piece)
        if length or file.read(4) != struct.pack(">I", found):
            raise DataError(
                f"{name}: damaged (a wrong checksum): copy it again from its source, or remove it"
            )
