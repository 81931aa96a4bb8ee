"""HEIC and AVIF files that lack a part of the picture: decoders make smears of it, and no error."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from maskwright.errors import DataError

_EMPTY = (bytes(64), b"\xff" * 64)
"""What an empty disk or card holds; no coded picture has it, not even a flat one."""

_PICTURES = frozenset({b"hvc1", b"hev1", b"av01"})
_NESTED = {b"meta": 4, b"iinf": 6}
"""Boxes that hold the lists of items, and how many bytes stand before what is in them."""


def refuse_heif_holes(file: BinaryIO, name: str) -> None:
    """Refuse a HEIC or AVIF file with an empty stretch in a coded picture.

    Args:
        file: the file, which is read from its beginning.
        name: of the file, for messages.

    Raises:
        DataError: there is one.
    """
    file.seek(0)
    content = file.read()
    if not any(empty in content for empty in _EMPTY):
        return
    try:
        pictures = list(_pictures(content))
    except (struct.error, ValueError, IndexError):  # the decoder has understood it
        return
    if any(content.find(empty, *place) >= 0 for place in pictures for empty in _EMPTY):
        raise DataError(
            f"{name}: an empty stretch stands in place of a part of the picture: copy it again "
            "from its source, or remove it"
        )


def _pictures(content: bytes) -> Iterator[tuple[int, int]]:
    """Where the coded pictures lie: a grid has several, and metadata lie elsewhere."""
    coded: set[int] = set()
    places: list[tuple[int, int, int]] = []
    for kind, at, end in _boxes(content, 0, len(content)):
        if kind == b"infe":
            wide = content[at] >= 3
            (item,) = struct.unpack_from(">I" if wide else ">H", content, at + 4)
            if content[at + (10 if wide else 8) :][:4] in _PICTURES:
                coded.add(item)
        elif kind == b"iloc":
            places += _places(content[at:end])
    yield from ((start, end) for item, start, end in places if item in coded)


def _boxes(content: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while at + 8 <= end:
        length, kind = struct.unpack_from(">I4s", content, at)
        body = at + 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", content, body)
            body += 8
        after = end if length == 0 else min(end, at + length)
        if after < body:
            raise ValueError("a box without room for its own header")
        if kind in _NESTED:
            wide = 2 if kind == b"iinf" and content[body] else 0
            yield from _boxes(content, body + _NESTED[kind] + wide, after)
        else:
            yield kind, body, after
        at = after


def _places(table: bytes) -> Iterator[tuple[int, int, int]]:
    """The item, the begin and the end of each part of the file that an item is in."""
    version, at = table[0], 6

    def number(size: int) -> int:
        nonlocal at
        at += size
        if at > len(table):
            raise ValueError("the table is cut short")
        return int.from_bytes(table[at - size : at], "big")

    offset, length, base, index = table[4] >> 4, table[4] & 15, table[5] >> 4, table[5] & 15
    for _ in range(number(2 if version < 2 else 4)):
        item = number(2 if version < 2 else 4)
        in_file = version == 0 or number(2) & 15 == 0
        number(2)
        begin = number(base)
        for _ in range(number(2)):
            number(index if version else 0)
            start = begin + number(offset)
            size = number(length)
            if in_file:
                yield item, start, start + size
