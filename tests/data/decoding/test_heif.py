"""HEIC and AVIF files with zeros in place of a part are errors; zeros in metadata are not."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as PilImage

from maskwright.data.photo import read_photo
from maskwright.errors import DataError
from tests.support.data_folders import picture

BASE = picture(2, 90, 120) // 2 + np.random.default_rng(0).integers(0, 99, (90, 120, 1), np.uint8)


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_zeros_in_place_of_the_picture_are_damage(kind: str) -> None:
    file, image = io.BytesIO(), PilImage.fromarray(BASE)
    exif = b"Exif\0\0II*\0\x08\0\0\0" + bytes(300)
    if kind == "HEIF":
        heif = pytest.importorskip("pillow_heif")
        heif.from_pillow(image).save(file, quality=80, exif=exif)
    else:
        try:
            image.save(file, kind, quality=80, exif=exif)
        except KeyError:
            pytest.skip("AVIF needs a newer Pillow")
    whole = file.getvalue()
    assert bytes(64) in whole
    assert read_photo(whole).size == read_photo(whole + bytes(99)).size == (90, 120)
    middle = len(whole) // 2
    for filling in (bytes(99), b"\xff" * 99):
        with pytest.raises(DataError, match="stands in place of a part of the picture"):
            read_photo(whole[:middle] + filling + whole[middle + 99 :])
