"""PNG files: what lies behind the pixels, found without decoding them, and damage in them."""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

import numpy as np
from PIL import Image as PilImage
from PIL import PngImagePlugin

from maskwright.errors import DataError

_SIGNATURE = 8
_TEXT = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt"})
_MOST_CHUNKS = 200_000
_PIECE = 2**20  # bytes that are read at once
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by the type of colour
# First column and row, and steps, of the passes of an interlaced file.
_PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)


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


def refuse_damage(file: BinaryIO, image: PilImage.Image, name: str) -> None:
    """Refuse a PNG file whose pixels have wrong checksums, or end early.

    Pillow tests neither: what is missing is decoded to smears or black.

    Args:
        file: the file, which is read from its beginning.
        image: what it was decoded to.
        name: of the file, for messages.

    Raises:
        DataError: a checksum is wrong, or there are fewer pixels than the file states.
    """
    file.seek(_SIGNATURE)
    header = b""
    pixels = _Inflated() if _may_end_early(image) else None
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IHDR" and not header:
            header = file.read(length)
            file.seek(4, 1)
        elif kind == b"IDAT":
            _check_chunk(file, length, pixels, name)
        elif pixels is None or not pixels.size:
            file.seek(length + 4, 1)
        else:  # frames of an animation, text and the end follow
            break
    if pixels is not None and pixels.size < _stated_size(header):
        raise DataError(
            f"{name}: ends early, and the rest would be black: copy it again from its source, or "
            "remove it"
        )


class _Inflated:
    """Counts the bytes of a compressed stream without keeping them."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj()
        self.size = 0

    def add(self, piece: bytes) -> None:
        """Take the next piece of the stream; nothing behind its end or its first fault counts."""
        try:
            while not self._stream.eof:
                found = self._stream.decompress(piece, _PIECE)
                self.size += len(found)
                piece = self._stream.unconsumed_tail
                if not piece and len(found) < _PIECE:
                    return
        except zlib.error:
            return


def _check_chunk(file: BinaryIO, length: int, pixels: _Inflated | None, name: str) -> None:
    found = zlib.crc32(b"IDAT")
    while length and (piece := file.read(min(length, _PIECE))):
        found = zlib.crc32(piece, found)
        length -= len(piece)
        if pixels is not None:
            pixels.add(piece)
    if length or file.read(4) != struct.pack(">I", found):
        raise DataError(
            f"{name}: damaged (a wrong checksum): copy it again from its source, or remove it"
        )


def _may_end_early(image: PilImage.Image) -> bool:
    """Whether the last row is black, or the rows are not stored one after another."""
    width, height = image.size
    last = image.crop((0, height - 1, width, height))
    return bool(image.info.get("interlace")) or not np.asarray(last).any()


def _stated_size(header: bytes) -> int:
    """Bytes of all rows before compression, each with the byte that names its filter.

    0 for a header that is not as the format wants it, which Pillow may take all the same.
    """
    if len(header) < 13:
        return 0
    width, height, bits, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header[:13])
    size = 0
    for x, y, across, down in _PASSES if interlaced else ((0, 0, 1, 1),):
        columns, rows = -((x - width) // across), -((y - height) // down)
        if columns > 0:
            size += max(rows, 0) * (1 + -(-columns * bits * _CHANNELS.get(colour, 0) // 8))
    return size
