"""Mutations that know image formats: what they change passes the first check of a reader."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from tests.fuzz import byte_mutants
from tests.fuzz.chance import Rng, extreme, one_of, place
from tests.fuzz.png_file import SIGNATURE, chunks_of, joined

_TIFF_TYPES = 13
_BOMB = 30 * 2**20  # bytes of a text or profile that is packed into some kilobytes


def mutated(data: bytes, others: list[bytes], rng: Rng) -> bytes:
    """Mutate a picture: mostly by its format, else its bytes, sometimes by another picture.

    Args:
        data: the file.
        others: files of the same purpose, one of which may be spliced in.
        rng: decides all.
    """
    chance = rng.random()
    if chance < 0.05:
        return byte_mutants.spliced(data, one_of(rng, others), rng)
    if chance < 0.35:
        return byte_mutants.mutated(data, rng)
    return _by_format(data)(data, rng)


def _by_format(data: bytes) -> Callable[[bytes, Rng], bytes]:
    if data.startswith(SIGNATURE):
        return _png
    if data[:4] in (b"II*\0", b"MM\0*"):
        return _tiff
    if data.startswith(b"\xff\xd8"):
        return _jpeg
    if data.startswith(b"RIFF"):
        return _riff
    if data[4:8] in (b"ftyp", b"jP  "):
        return _boxes
    return byte_mutants.mutated


def _png(data: bytes, rng: Rng) -> bytes:
    chunks = chunks_of(data)
    if not chunks:
        return byte_mutants.mutated(data, rng)
    at = int(rng.integers(len(chunks)))
    kind, body = chunks[at]
    change = int(rng.integers(9))
    if change < 2 and len(chunks[0][1]) == 13:
        chunks[0] = (b"IHDR", _header(chunks[0][1], rng))
    elif change < 4:
        chunks = [
            (kind, _repacked(body, rng) if kind == b"IDAT" else body) for kind, body in chunks
        ]
    elif change == 4:
        chunks[at] = (kind, byte_mutants.mutated(body, rng))
    elif change == 5:
        chunks.insert(int(rng.integers(len(chunks) + 1)), (kind, body))
    elif change == 6:
        del chunks[at]
    elif change == 7:
        other = int(rng.integers(len(chunks)))
        chunks[at], chunks[other] = chunks[other], chunks[at]
    else:
        chunks.insert(1, _made(rng))
    return joined(chunks)


def _header(body: bytes, rng: Rng) -> bytes:
    fields = list(struct.unpack(">IIBBBBB", body))
    at = int(rng.integers(7))
    fields[at] = extreme(rng) if at < 2 else one_of(rng, (0, 1, 2, 3, 4, 6, 8, 16, 255))
    return struct.pack(">IIBBBBB", *fields)


def _repacked(body: bytes, rng: Rng) -> bytes:
    """The compressed rows, changed and compressed again."""
    try:
        rows = zlib.decompress(body)
    except zlib.error:
        return byte_mutants.mutated(body, rng)
    return zlib.compress(byte_mutants.mutated(rows, rng))


def _made(rng: Rng) -> tuple[bytes, bytes]:
    """A chunk that was not there."""
    packed = zlib.compress(bytes(_BOMB), 9) if rng.random() < 0.1 else zlib.compress(b"text")
    frames = struct.pack(">II", extreme(rng), extreme(rng))
    frame = struct.pack(">IIIIIHHBB", 0, extreme(rng), extreme(rng), 0, 0, 1, 1, 0, 0)
    made = {
        b"zTXt": b"a\0\0" + packed,
        b"iCCP": b"a\0\0" + packed,
        b"iTXt": b"a\0\1\0\0\0" + packed,
        b"tRNS": rng.bytes(int(rng.integers(7))),
        b"acTL": frames,
        b"fcTL": frame,
        b"eXIf": b"MM\0*\0\0\0\x08" + rng.bytes(40),
        b"PLTE": rng.bytes(3 * int(rng.integers(300))),
        b"gAMA": struct.pack(">I", extreme(rng)),
        b"cHRM": rng.bytes(32),
        b"sBIT": rng.bytes(4),
    }
    return one_of(rng, list(made.items()))


def _tiff(data: bytes, rng: Rng) -> bytes:
    """A tag has another number, type, count or value, or the directories go round in a circle."""
    order = "<" if data[:2] == b"II" else ">"
    changed = bytearray(data)
    try:
        (start,) = struct.unpack_from(f"{order}I", changed, 4)
        (count,) = struct.unpack_from(f"{order}H", changed, start)
        if rng.random() < 0.05:
            struct.pack_into(f"{order}I", changed, start + 2 + 12 * count, start)
            return bytes(changed)
        for _ in range(int(rng.integers(1, 4))):
            entry = start + 2 + 12 * int(rng.integers(max(1, count)))
            field = int(rng.integers(6))
            if field == 0:
                struct.pack_into(f"{order}H", changed, entry, int(rng.integers(250, 350)))
            elif field == 1:
                struct.pack_into(f"{order}H", changed, entry + 2, int(rng.integers(_TIFF_TYPES)))
            elif field == 2:
                struct.pack_into(f"{order}I", changed, entry + 4, extreme(rng))
            elif field < 5:
                struct.pack_into(f"{order}H", changed, entry + 8, extreme(rng, 16))
            else:
                struct.pack_into(f"{order}I", changed, entry + 8, extreme(rng))
    except struct.error:
        return byte_mutants.mutated(data, rng)
    return bytes(changed)


def _jpeg(data: bytes, rng: Rng) -> bytes:
    """A segment is changed, missing, there twice, or at another place."""
    segments, at = [], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        segments.append(data[at:end])
        at = end
    rest = data[at:]
    if not segments:
        return byte_mutants.mutated(data, rng)
    one = int(rng.integers(len(segments)))
    change = int(rng.integers(6))
    if change < 2:
        body = byte_mutants.mutated(segments[one][4:], rng)[: 2**16 - 3]
        segments[one] = segments[one][:2] + struct.pack(">H", len(body) + 2) + body
    elif change == 2:
        frames = [i for i, segment in enumerate(segments) if segment[1] in (0xC0, 0xC1, 0xC2)]
        for i in frames:  # height and width of the frame
            sides = struct.pack(">HH", extreme(rng, 16), extreme(rng, 16))
            segments[i] = segments[i][:5] + sides + segments[i][9:]
    elif change == 3:
        del segments[one]
    elif change == 4:
        segments.insert(int(rng.integers(len(segments) + 1)), segments[one])
    else:
        rest = byte_mutants.mutated(rest, rng)
    return b"\xff\xd8" + b"".join(segments) + rest


def _riff(data: bytes, rng: Rng) -> bytes:
    return _parts(data, 12, "<", 4, rng)


def _boxes(data: bytes, rng: Rng) -> bytes:
    return _parts(data, 0, ">", 0, rng)


def _parts(data: bytes, start: int, order: str, size_at: int, rng: Rng) -> bytes:
    """Mutate a file of parts that begin with their size and kind, or with kind and size."""
    parts, at = [], start
    while at + 8 <= len(data):
        (size,) = struct.unpack_from(f"{order}I", data, at + size_at)
        end = at + (size + size % 2 + 8 if size_at else max(8, size))
        parts.append(data[at:end])
        at = end
    if not parts:
        return byte_mutants.mutated(data, rng)
    one = int(rng.integers(len(parts)))
    change = int(rng.integers(5))
    if change == 0:
        del parts[one]
    elif change == 1:
        parts.insert(int(rng.integers(len(parts) + 1)), parts[one])
    elif change == 2:
        size = struct.pack(f"{order}I", extreme(rng))
        parts[one] = parts[one][:size_at] + size + parts[one][size_at + 4 :]
    else:  # a number inside a part, which keeps its size
        inside = bytearray(parts[one])
        at = 8 + place(rng, max(1, len(inside) - 12))
        if at + 4 <= len(inside):
            struct.pack_into(">I", inside, at, extreme(rng))
        parts[one] = bytes(inside)
    return data[:start] + b"".join(parts)
