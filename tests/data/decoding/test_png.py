"""PNG files: nothing is decoded for the header, and orientation behind the pixels counts."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import PngImagePlugin

from maskwright.data.decoding.decode import DEFAULT_LIMITS, Limits, read_header
from maskwright.data.photo import read_photo
from maskwright.errors import DataError
from tests.support.data_folders import orientation_exif, picture, write


def chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def claims(width: int, height: int) -> bytes:
    """A PNG file of 68 bytes that says it has this size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_limits_hold_before_anything_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def decoding(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", decoding)
    for width, height, said in (
        (1, 2**31 - 1, "more than the limit of 200,000,000"),
        (55_000, 55_000, "more than the limit of 200,000,000"),
        (1, 199_999_999, "a side is longer than the limit of 1,000,000"),
        (1_000_001, 1, "a side is longer"),
    ):
        for read in (read_photo, lambda source: read_header(source, DEFAULT_LIMITS)):
            with pytest.raises(DataError, match=said):
                read(claims(width, height))
    assert read_header(claims(1, 1_000_000), DEFAULT_LIMITS).height == 1_000_000
    assert read_header(claims(9, 9), DEFAULT_LIMITS).orientation == 1


def test_sides_have_a_limit_of_their_own(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jpg", picture(0))
    with pytest.raises(DataError, match="64 x 48 pixels: a side is longer than the limit of 60"):
        read_photo(path, limits=Limits(side=60))


def test_orientation_behind_the_pixels_still_counts(tmp_path: Path) -> None:
    """Some writers put EXIF data last."""
    path = write(tmp_path / "a.png", picture(0), exif=orientation_exif(6))
    content = path.read_bytes()
    at = content.index(b"eXIf") - 4
    length = 12 + int.from_bytes(content[at : at + 4], "big")
    exif, end = content[at : at + length], content.index(b"IEND") - 4
    late = content[:at] + content[at + length : end] + exif + content[end:]
    assert read_header(late, DEFAULT_LIMITS) == read_header(content, DEFAULT_LIMITS)
    assert read_photo(late).size == read_photo(late).pixels.shape[:2] == (64, 48)


def test_pixels_with_a_wrong_checksum_are_damage(tmp_path: Path) -> None:
    """Zeros are code words too: a broken copy is often decoded to its last row."""
    rng = np.random.default_rng(0)
    pixels = picture(0, 90, 120) // 2 + rng.integers(0, 99, (90, 120, 1), np.uint8)
    whole = write(tmp_path / "a.png", pixels).read_bytes()
    for share in (0.3, 0.6, 0.9, 0.98):
        at = int(len(whole) * share)
        for ends in (bytes(len(whole) - at), bytes(64) + whole[at + 64 :], b""):
            with pytest.raises(DataError, match="copy it again"):
                read_photo(whole[:at] + ends)
    for behind in (bytes(500), whole, chunk(b"IDAT", b"no more")):
        np.testing.assert_array_equal(read_photo(whole + behind).pixels, read_photo(whole).pixels)


@pytest.mark.parametrize("colour", [0, 2, 4, 6])
@pytest.mark.parametrize("interlaced", [0, 1])
def test_pixels_that_end_early_are_damage(colour: int, interlaced: int) -> None:
    """The stream ends in order, and its checksums are right: Pillow takes the rest as black."""
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    seven = [(3, 2), (2, 2), (5, 1), (4, 3), (9, 2), (9, 5), (18, 5)]
    passes = seven if interlaced else [(18, 10)]
    rows = [
        b"\0" + bytes([9] * columns * channels) for columns, count in passes for _ in range(count)
    ]

    def file(rows: list[bytes]) -> bytes:
        header = struct.pack(">IIBBBBB", 18, 10, 8, colour, 0, 0, interlaced)
        body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(rows)))
        return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")

    assert (read_photo(file(rows)).pixels == 9).all()
    with pytest.raises(DataError, match="ends early, and the rest would be black"):
        read_photo(file(rows[:-1]))
    odd = file(rows[:-1]).replace(chunk(b"IEND", b""), chunk(b"IHDR", b"odd") + chunk(b"IEND", b""))
    with pytest.raises(DataError):
        read_photo(odd)
