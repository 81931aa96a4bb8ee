"""Zeros in place of the rest of TIFF, BMP and PPM files."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from PIL import Image as PilImage

from maskwright.data.photo import read_photo
from maskwright.errors import DataError
from tests.support.data_folders import picture
from tests.support.tiffs import grey, tiff

BASE = picture(2, 90, 120) // 2 + np.random.default_rng(0).integers(1, 99, (90, 120, 1), np.uint8)


def stored(kind: str, pixels: np.ndarray = BASE) -> bytes:
    file = io.BytesIO()
    PilImage.fromarray(pixels).save(file, kind)
    return file.getvalue()


def deflated(pixels: np.ndarray) -> bytes:
    """A file with its only strip before its directory, of deflated rows."""
    return tiff([grey(*pixels.shape) | {259: (8,)}], zlib.compress(pixels.tobytes()))


def test_zeros_in_deflated_strips_are_damage_unless_they_were_written() -> None:
    flat = np.zeros((400, 500), np.uint8)
    assert bytes(64) in deflated(flat)
    assert not read_photo(deflated(flat)).pixels.any()
    whole = deflated(BASE[..., 0].copy())
    assert read_photo(whole).size == (90, 120)
    length = len(zlib.compress(BASE[..., 0].tobytes()))
    for share in (0.5, 0.9):
        at = 8 + int(length * share)
        with pytest.raises(DataError, match="again from its source"):
            read_photo(whole[:at] + bytes(8 + length - at) + whole[8 + length :])


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits"])
def test_zeros_in_other_compressed_strips_are_damage(compression: str) -> None:
    file = io.BytesIO()
    PilImage.fromarray(BASE).save(file, "TIFF", compression=compression)
    whole = file.getvalue()
    assert read_photo(whole).size == (90, 120)
    with pytest.raises(DataError, match="again from its source"):
        read_photo(whole[:5000] + bytes(600) + whole[5600:])


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "PPM"])
def test_an_uncompressed_picture_that_ends_within_a_row_is_told(kind: str) -> None:
    whole = stored(kind)
    assert read_photo(whole).notes == ()
    for share in (0.53, 0.98):
        at = int(len(whole) * share)
        (note,) = read_photo(whole[:at] + bytes(len(whole) - at)).notes
        assert "of 90 rows are zero, and a part of the row before" in note
    for first in (0, 45, 89):  # black borders end with a row
        pixels = BASE.copy()
        pixels[first:] = 0
        assert read_photo(stored(kind, pixels)).notes == ()
        assert read_photo(stored(kind, pixels[::-1])).notes == ()
    turned = np.where(np.tri(90, 120, dtype=np.uint8)[..., None] > 0, np.uint8(0), BASE)
    assert read_photo(stored(kind, turned)).notes == ()
