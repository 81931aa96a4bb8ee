"""TIFF files made entry by entry, for what no library writes."""

from __future__ import annotations

import struct
from collections.abc import Sequence

Entries = dict[int, tuple[int, ...]]
"""Tags and their values, as LONG."""


def tiff(
    directories: Sequence[Entries],
    data: bytes = b"",
    *,
    order: str = "<",
    inside: Sequence[Entries] = (),
) -> bytes:
    """A TIFF file: its pages, all with the same pixels, and directories inside the first.

    Args:
        directories: of the pages; their strips are added.
        data: the pixels.
        order: "<" or ">".
        inside: directories that SubIFDs of the first page names.
    """
    body = b"II*\0" if order == "<" else b"MM\0*"
    at = 8 + len(data)
    body += struct.pack(f"{order}I", at) + data
    pixels: Entries = {273: (8,), 279: (len(data),)}
    first = directories[0] | pixels
    if inside:
        first[330] = tuple(0 for _ in inside)
        length = len(_directory(first, at, order, following=False))
        offsets = []
        for each in inside:
            offsets.append(at + length)
            length += len(_directory(each, 0, order, following=False))
        first[330] = tuple(offsets)
    pages = [first, *(page | pixels for page in directories[1:])]
    for number, page in enumerate(pages):
        last = number == len(pages) - 1
        body += _directory(page, len(body), order, following=not last)
        if number == 0:
            for each in inside:
                body += _directory(each, len(body), order, following=False)
    return body


def grey(height: int, width: int, bits: int = 8, **more: int) -> Entries:
    """A grey page: `photometric`, `subfile`, `format` and `bands` change it."""
    bands = more.get("bands", 1)
    entries = {
        256: (width,),
        257: (height,),
        258: (bits,) * bands,
        259: (1,),
        262: (more.get("photometric", 1),),
        277: (bands,),
        278: (height,),
        339: (more.get("format", 1),) * bands,
    }
    return entries | ({254: (more["subfile"],)} if "subfile" in more else {})


def _directory(entries: Entries, at: int, order: str, *, following: bool) -> bytes:
    length = 2 + 12 * len(entries) + 4
    table, rest = struct.pack(f"{order}H", len(entries)), b""
    for tag, values in sorted(entries.items()):
        code = "I" if tag in (273, 279, 330) else "H"
        packed = struct.pack(f"{order}{len(values)}{code}", *values)
        if len(packed) > 4:
            table += struct.pack(
                f"{order}HHII", tag, 4 if code == "I" else 3, len(values), at + length + len(rest)
            )
            rest += packed + b"\0" * (len(packed) % 2)
        else:
            kind = 4 if code == "I" else 3
            table += struct.pack(f"{order}HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
    end = at + length + len(rest) if following else 0
    return table + struct.pack(f"{order}I", end) + rest
