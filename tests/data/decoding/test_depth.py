"""Few bits in 16-bit files: one rule for a data set, said aloud, and kept."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from maskwright.data.dataset import open_dataset
from maskwright.data.decoding.decode import DEFAULT_LIMITS
from maskwright.data.decoding.depth import bits_of, bits_of_photos, largest_value
from maskwright.data.doctor.check import check
from maskwright.data.folder import DataFolder
from maskwright.data.photo import read_photo
from maskwright.errors import DataError, UsageError
from tests.support.data_folders import blob, picture, write
from tests.support.tiffs import grey, tiff

EIGHT = picture(4)


def deep(bits: int, pixels: np.ndarray = EIGHT) -> np.ndarray:
    """The picture in so many bits, its brightest value at the top of them."""
    scaled = np.rint(pixels / 255 * (2**bits - 1)).astype(np.uint16)
    scaled[0, 0] = 2**bits - 1
    return scaled


def grey_with_alpha(values: np.ndarray) -> bytes:
    pixels = np.stack([values, np.full_like(values, 65535)], axis=2).astype(">u2")

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, 4, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + row.tobytes() for row in pixels))
    body = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_values_of_few_bits_fill_the_8_bits(tmp_path: Path, bits: int) -> None:
    stored = deep(bits)
    expected = np.rint(stored / (2**bits - 1) * 255)
    opaque = np.full((*stored.shape[:2], 1), 65535, np.uint16)
    for name in ("c.png", "c.tif", "c.ppm", "a.png", "a.tif", "g.png", "g.tif", "g.pgm"):
        pixels = stored[..., ::-1] if name[0] != "g" else stored[..., 0]
        if name[0] == "a":
            pixels = np.dstack([pixels, opaque])
        cv2.imwrite(str(tmp_path / name), pixels)
        photo = read_photo(tmp_path / name)
        wanted = expected if name[0] != "g" else expected[..., :1]
        assert np.abs(photo.pixels - wanted).max() <= (0 if bits < 16 else 1), name
        assert bits_of(largest_value(tmp_path / name, DEFAULT_LIMITS) or 0) == bits, name
        assert [f"read with {bits} bits" in note for note in photo.notes] == [True] * (bits < 16)
        assert photo.alpha is None
        with (tmp_path / name).open("rb") as file:
            np.testing.assert_array_equal(read_photo(file).pixels, photo.pixels)
    photo = read_photo(grey_with_alpha(stored[..., 0]))
    assert np.abs(photo.pixels - expected[..., :1]).max() <= (0 if bits < 16 else 1)


def test_depth_that_a_file_states_goes_before_all(tmp_path: Path) -> None:
    for top in (1023, 4095):
        for bands, kind in ((1, 5), (3, 6)):
            values = np.rint(EIGHT[..., :bands] / 255 * top).astype(">u2")
            path = tmp_path / "a.pnm"
            path.write_bytes(f"P{kind}\n64 48\n{top}\n".encode() + values.tobytes())
            photo = read_photo(path, bits=16)
            assert np.abs(photo.pixels.astype(int) - EIGHT[..., :bands]).max() <= 1
            assert not photo.notes
            assert largest_value(path, DEFAULT_LIMITS) is None
    packed = np.packbits(
        np.unpackbits(np.array([0xFFF, 0x800], ">u2").view(np.uint8)).reshape(2, 16)[:, 4:]
    )
    twelve = read_photo(tiff([grey(1, 2, 12)], packed.tobytes()))
    assert twelve.pixels[0, :, 0].tolist() == [255, 128]


def test_the_largest_value_of_all_photos_decides(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{bits}.png", deep(bits)[..., 0]) for bits in (10, 12)]
    eight = write(tmp_path / "8.png", EIGHT)
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(paths[0].read_bytes()[:200])
    assert bits_of_photos([*paths, eight, damaged], DEFAULT_LIMITS) == 12
    assert bits_of_photos(paths[:1], DEFAULT_LIMITS) == 10
    assert bits_of_photos([eight, damaged], DEFAULT_LIMITS) is None


def test_nothing_is_clipped_in_silence(tmp_path: Path) -> None:
    stored = deep(10)[..., 0]
    with pytest.raises(DataError, match=r"values up to 1023.*say --bits 10, or leave"):
        read_photo(write(tmp_path / "a.png", stored), bits=8)
    stored[1, 1] = 65535  # a hot pixel
    path = write(tmp_path / "hot.png", stored)
    assert any("become white" in note for note in read_photo(path, bits=10).notes)
    dark = read_photo(path)
    assert any("nearly black" in note for note in dark.notes)
    assert np.sort(dark.pixels.ravel())[-4] < 64
    with pytest.raises(UsageError, match="--bits 11: choose 8, 10, 12, 14, 16"):
        read_photo(path, bits=11)


def test_a_data_folder_has_one_depth_that_is_said(tmp_path: Path) -> None:
    for number in range(10):
        bits = 12 if number else 10
        write(tmp_path / "images" / f"{number}.png", deep(bits, picture(number))[..., 0])
        write(tmp_path / "masks" / f"{number}.png", blob())
    dataset = open_dataset(tmp_path)
    assert dataset.bits == 12
    assert any("read with 12 bits" in note for note in dataset.notes)
    assert dataset.load(dataset.examples[1]).image.max() == 255
    assert dataset.load(dataset.examples[0]).image.max() <= 64
    findings = check(tmp_path).findings
    assert [f.kind for f in findings if "12 bits" in f.problem] == ["bits", "photo-read"]
    whole = open_dataset(DataFolder(tmp_path, bits=16))
    assert whole.bits == 16
    assert whole.load(whole.examples[1]).image.max() == 16
    assert dataset.fingerprint() != whole.fingerprint()
    with pytest.raises(UsageError, match="--bits 9"):
        DataFolder(tmp_path, bits=9)
    for path in (tmp_path / "images").iterdir():
        write(path, EIGHT)
    assert open_dataset(tmp_path).bits is None
