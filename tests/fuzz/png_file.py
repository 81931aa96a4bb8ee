"""Writes PNG files of every kind, Adam7 among them, which Pillow cannot write."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np

from tests.fuzz.chance import Bytes

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
_CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
_ADAM7 = (
    (0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
    (1, 0, 2, 1),
)  # fmt: skip
"""First row and column of each pass, and the steps down and to the right."""


def chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk with its length and a right CRC."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def chunks_of(data: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a PNG file, as far as they are whole."""
    found, at = [], len(SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if len(body) < length:
            break
        found.append((kind, body))
        at += 12 + length
    return found


def joined(chunks: list[tuple[bytes, bytes]]) -> bytes:
    """A PNG file of chunks."""
    return SIGNATURE + b"".join(chunk(kind, body) for kind, body in chunks)


def png_file(
    seed: int, kind: int, bits: int, *, interlaced: bool = False, trns: bool = False
) -> bytes:
    """A PNG file of 29 x 37 random blocks.

    Args:
        seed: of its pixels.
        kind: `GREY`, `RGB`, `PALETTE`, `GREY_ALPHA` or `RGBA`.
        bits: of a sample: 1, 2, 4, 8 or 16.
        interlaced: in the seven passes of Adam7.
        trns: with a chunk of transparency.
    """
    height, width = 29, 37
    coarse = np.random.default_rng(seed).integers(0, 2**bits, (4, 5, _CHANNELS[kind]))
    pixels = coarse.repeat(8, axis=0).repeat(8, axis=1)[:height, :width]
    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, int(interlaced))
    chunks = [(b"IHDR", header)]
    if kind == PALETTE:
        colours = min(2**bits, 200)
        pixels = pixels % colours
        chunks.append((b"PLTE", bytes(range(colours * 3 % 256)) + bytes(colours * 3 // 256 * 256)))
    if trns:
        sample = struct.pack(">H", int(pixels[0, 0, 0]))
        chunks.append((b"tRNS", {GREY: sample, RGB: sample * 3}.get(kind, bytes([0, 128]))))
    steps = _ADAM7 if interlaced else ((0, 0, 1, 1),)
    parts = (pixels[top::down, left::right] for top, left, down, right in steps)
    raw = b"".join(row for part in parts if part.size for row in _rows(part, bits))
    return joined([*chunks, (b"IDAT", zlib.compress(raw)), (b"IEND", b"")])


def _rows(pixels: Bytes, bits: int) -> Iterator[bytes]:
    for row in pixels.reshape(len(pixels), -1):
        if bits == 16:
            packed = row.astype(">u2").tobytes()
        elif bits == 8:
            packed = row.astype(np.uint8).tobytes()
        else:
            spread = (row[:, None] >> np.arange(bits - 1, -1, -1)) & 1
            packed = np.packbits(spread.astype(np.uint8)).tobytes()
        yield b"\0" + packed
