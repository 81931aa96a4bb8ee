"""Decoded pixels as arrays."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as Pictures

from maskwright.data.decoding import pixels
from tests.support.data_folders import picture


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "CMYK", "F"])
def test_a_large_image_gives_the_same_in_strips(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setattr(pixels, "_LARGE", 100)
    monkeypatch.setattr(pixels, "_AT_ONCE", 640)
    image = Pictures.fromarray(picture(1)).convert("L" if mode == "F" else "RGB").convert(mode)
    found = pixels.as_array(image)
    assert found.dtype == np.asarray(image).dtype and (found == np.asarray(image)).all()
    assert (pixels.as_array(image, "L") == np.asarray(image.convert("L"))).all()
