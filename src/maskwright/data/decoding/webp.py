"""WebP files with zeros in place of the rest: libwebp decodes them to smears, and raises nothing.

Zeros are code words too, and large flat areas may have many. But a picture uses its data up: where
it needs less than there is, and zeros are among them, they were not written by an encoder.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import BinaryIO

from PIL import WebPImagePlugin

from maskwright.errors import DataError

_ZEROS = bytes(64)
"""So many zeros in a row may be a hole."""

_SPARE = 32
"""Bytes at the end without which a sound picture cannot be decoded."""

_PICTURES = frozenset({b"VP8 ", b"VP8L"})


def refuse_holes(file: BinaryIO, name: str) -> None:
    """Refuse a WebP file with zeros that its picture has no use for.

    Args:
        file: the file, which is read from its beginning.
        name: of the file, for messages.

    Raises:
        DataError: there are such zeros.
    """
    file.seek(0)
    content = file.read()
    if content.find(_ZEROS) < 0:
        return
    for kind, start, end in _chunks(content):
        if kind in _PICTURES:
            if content.find(_ZEROS, start, end) >= 0 and _is_spare(kind, content[start:end]):
                raise DataError(
                    f"{name}: zeros stand in place of a part of the picture: copy it again from "
                    "its source, or remove it"
                )
            return


def _chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The chunks of a file: kind, and where their content begins and ends."""
    at = 12
    while at + 8 <= len(content):
        kind, length = struct.unpack_from("<4sI", content, at)
        if kind == b"ANMF":  # a frame, which has chunks of its own behind 16 bytes
            at += 24
            continue
        yield kind, at + 8, min(at + 8 + length, len(content))
        at += 8 + length + length % 2


def _is_spare(kind: bytes, coded: bytes) -> bool:
    """Whether a picture is decoded without the end of its data."""
    less = coded[: -(_SPARE + len(coded) % 2)]
    body = b"WEBP" + struct.pack("<4sI", kind, len(less)) + less
    try:
        with WebPImagePlugin.WebPImageFile(
            io.BytesIO(b"RIFF" + struct.pack("<I", len(body)) + body)
        ) as image:
            image.load()
    except Exception:  # it needs all its data
        return False
    return True
