import sys

import numpy as np
import pytest

from maskwright.demo.photos import filled, outlined_photos, scikit_photo
from maskwright.errors import UsageError


def test_every_photo_has_its_object_outlined() -> None:
    pairs = outlined_photos()
    assert [pair.name for pair in pairs] == ["cat", "astronaut", "cameraman", "coffee"]
    for pair in pairs:
        assert pair.image.dtype == np.uint8 and pair.image.shape == (*pair.mask.shape, 3)
        assert set(np.unique(pair.mask)) == {0, 1}


def test_outlines_lie_where_the_objects_are() -> None:
    masks = {pair.name: pair for pair in outlined_photos()}
    astronaut = masks["astronaut"]
    inside = astronaut.image[astronaut.mask == 1].mean(axis=0)
    assert inside[0] > 1.5 * inside[2], "an orange suit"
    shuttle = astronaut.mask[60:180, 390:440]
    assert not shuttle.any(), "the model behind her is no part of her"
    cameraman = masks["cameraman"]
    dark = cameraman.image[cameraman.mask == 1].mean() / cameraman.image[cameraman.mask == 0].mean()
    assert dark < 0.5, "a dark coat before a grey sky"


def test_no_scikit_learn_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    assert outlined_photos()
    with pytest.raises(UsageError, match=r"maskwright\[demo-train\]"):
        scikit_photo("flower.jpg")


def test_without_scikit_image_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage.data", None)
    with pytest.raises(UsageError, match=r"pip install \"maskwright\[demo\]\""):
        outlined_photos()


def test_outlines_run_through_the_outermost_pixels() -> None:
    square = [2, 2, 7, 2, 7, 7, 2, 7]
    alpha = filled([square], 12, 12)
    rows, columns = np.nonzero(alpha >= 128)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (2, 7, 2, 7)
    hole = [4, 4, 5, 4, 5, 5, 4, 5]
    assert filled([square, hole], 12, 12)[4, 4] < alpha[4, 4]
