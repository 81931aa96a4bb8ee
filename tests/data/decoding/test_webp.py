"""WebP files with zeros in place of the rest are errors; flat pictures with many zeros are not."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image as PilImage

from maskwright.data.photo import read_photo
from maskwright.errors import DataError
from tests.support.data_folders import picture

BASE = picture(2, 160, 240) // 2 + np.random.default_rng(0).integers(0, 99, (160, 240, 1), np.uint8)
LOSSY, LOSSLESS = {"quality": 80}, {"lossless": True, "method": 0, "quality": 0}


def webp(pixels: np.ndarray, **options: Any) -> bytes:
    file = io.BytesIO()
    PilImage.fromarray(pixels).save(file, "WEBP", **options)
    return file.getvalue()


@pytest.mark.parametrize("options", [LOSSY, LOSSLESS])
@pytest.mark.parametrize("opaque", [False, True])
def test_zeros_in_place_of_the_picture_are_damage(options: dict[str, Any], opaque: bool) -> None:
    pixels = BASE if opaque else np.dstack([BASE, BASE[..., 0] | 1])
    whole = webp(pixels, **options)
    assert read_photo(whole + bytes(99)).size == (160, 240)
    for share in (0.7, 0.9) if opaque else (0.9,):
        at = int(len(whole) * share)
        with pytest.raises(DataError, match="copy it again from its source"):
            read_photo(whole[:at] + bytes(len(whole) - at))


def test_flat_pictures_with_many_zeros_are_sound() -> None:
    flat = np.full((1600, 1600, 3), 255, np.uint8)
    partly = flat.copy()
    partly[:160, :240] = BASE
    for whole in (webp(flat, quality=30), webp(partly, **LOSSLESS)):
        assert bytes(64) in whole
        assert read_photo(whole).size == (1600, 1600)
