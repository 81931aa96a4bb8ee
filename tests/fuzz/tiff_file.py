"""Writes TIFF files of the kinds that Pillow cannot write: planes, tiles, odd depths, floats."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

import numpy as np

SHORT, LONG = 3, 4
_HEADER = 8


def tiff_file(
    strips: Sequence[bytes],
    tags: Mapping[int, Sequence[int]],
    *,
    tiled: bool = False,
    big_endian: bool = False,
) -> bytes:
    """A TIFF file of one directory.

    Args:
        strips: its strips, or tiles, as they are stored.
        tags: number -> values; those of the strips are added.
        tiled: the strips are tiles.
        big_endian: how its numbers are stored.
    """
    order = ">" if big_endian else "<"
    body = b"".join(strips)
    lengths = [len(strip) for strip in strips]
    starts = [_HEADER + sum(lengths[:at]) for at in range(len(strips))]
    known = dict(tags) | ({324: starts, 325: lengths} if tiled else {273: starts, 279: lengths})
    body += b"\0" * (len(body) % 2)
    directory = _HEADER + len(body)
    beyond = directory + 2 + 12 * len(known) + 4
    entries, values = b"", b""
    for number, given in sorted(known.items()):
        kind, letter = (LONG, "I") if max(given) > 65535 or number in (273, 324) else (SHORT, "H")
        packed = struct.pack(f"{order}{len(given)}{letter}", *given)
        if len(packed) > 4:
            values, packed = values + packed, struct.pack(f"{order}I", beyond + len(values))
        entries += struct.pack(f"{order}HHI", number, kind, len(given)) + packed.ljust(4, b"\0")
    start = (b"MM\0*" if big_endian else b"II*\0") + struct.pack(f"{order}I", directory)
    count = struct.pack(f"{order}H", len(known))
    return start + body + count + entries + b"\0\0\0\0" + values


def odd_tiffs() -> dict[str, bytes]:
    """TIFF files by what is special about them."""
    height, width = 24, 32
    rng = np.random.default_rng(3)
    grey = rng.integers(0, 256, (height, width), np.uint8)
    colour = rng.integers(0, 256, (3, height, width), np.uint8)
    deep = rng.integers(0, 4096, (height, width), np.uint16)

    def tags(
        bits: int, samples: int, photometric: int, **more: Sequence[int]
    ) -> dict[int, Sequence[int]]:
        base: dict[int, Sequence[int]] = {
            256: [width], 257: [height], 258: [bits] * samples, 259: [1], 262: [photometric],
            277: [samples], 278: [height],
        }  # fmt: skip
        return base | {int(name[1:]): value for name, value in more.items()}

    planes = [plane.tobytes() for plane in colour]
    deep_planes = [plane.astype("<u2").tobytes() for plane in colour]
    tile = grey[:16, :16].tobytes()
    floats = (grey / 255).astype("<f4").tobytes()
    return {
        "planar": tiff_file(planes, tags(8, 3, 2, t284=[2])),
        "planar-16": tiff_file(deep_planes, tags(16, 3, 2, t284=[2])),
        "rgb-16": tiff_file([np.stack(list(colour), 2).astype("<u2").tobytes()], tags(16, 3, 2)),
        "12-in-16": tiff_file([deep.astype("<u2").tobytes()], tags(16, 1, 1)),
        "white-is-zero-16": tiff_file([deep.astype("<u2").tobytes()], tags(16, 1, 0)),
        "signed-16": tiff_file([deep.astype("<i2").tobytes()], tags(16, 1, 1, t339=[2])),
        "32": tiff_file([deep.astype("<u4").tobytes()], tags(32, 1, 1)),
        "float": tiff_file([floats], tags(32, 1, 1, t339=[3])),
        "double": tiff_file([grey.astype("<f8").tobytes()], tags(64, 1, 1, t339=[3])),
        "big-endian": tiff_file([deep.astype(">u2").tobytes()], tags(16, 1, 1), big_endian=True),
        "tiles": tiff_file([tile] * 4, tags(8, 1, 1, t322=[16], t323=[16]), tiled=True),
        "five-bands": tiff_file([grey.tobytes() * 5], tags(8, 5, 1, t338=[0] * 4)),
        "4-bits": tiff_file([grey[:, : width // 2].tobytes()], tags(4, 1, 1)),
        "turned": tiff_file([grey.tobytes()], tags(8, 1, 1, t274=[6])),
        "thumbnail": tiff_file([grey.tobytes()], tags(8, 1, 1, t254=[1])),
        "strips": tiff_file([row.tobytes() for row in grey], tags(8, 1, 1, t278=[1])),
    }
