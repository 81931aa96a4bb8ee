"""Transparency of a photo in every form that files know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PilImage

from maskwright.data.photo import Photo, read_photo
from tests.support.data_folders import orientation_exif, picture, write

CLEAR = np.zeros((48, 64), np.bool_)
CLEAR[:20, :30] = True
ALPHA = np.where(CLEAR, 0, 255).astype(np.uint8)
FLAT = np.where(CLEAR[..., None], 9, picture(1) | 16).astype(np.uint8)


def forms(folder: Path) -> list[Path]:
    """The same photo with a transparent corner, stored in every way."""
    folder.mkdir()
    rgba, rgb = PilImage.fromarray(np.dstack([FLAT, ALPHA])), PilImage.fromarray(FLAT)
    for name in ("rgba.png", "rgba.tif", "rgba.webp", "rgba.jp2"):
        rgba.save(folder / name, lossless=True)
    PilImage.fromarray(np.dstack([FLAT[..., 0], ALPHA])).save(folder / "la.png")
    rgb.save(folder / "key.png", transparency=(9, 9, 9))
    PilImage.fromarray(FLAT[..., 0]).save(folder / "grey-key.png", transparency=9)
    PilImage.fromarray(FLAT[..., 0].astype(np.uint16) * 257).save(
        folder / "deep-key.png", transparency=9 * 257
    )
    indices = PilImage.fromarray(np.where(CLEAR, 3, FLAT[..., 0] // 8 % 3).astype(np.uint8), "P")
    indices.putpalette([0, 0, 0, 90, 90, 90, 200, 200, 200, 1, 2, 3])
    indices.save(folder / "index.png", transparency=3)
    indices.save(folder / "table.png", transparency=bytes([255, 255, 255, 0]))
    indices.save(folder / "index.gif", transparency=3)
    PilImage.fromarray(~CLEAR).save(folder / "one-bit.png", transparency=0)
    return sorted(folder.iterdir())


def test_all_forms_give_the_same_opacity(tmp_path: Path) -> None:
    for path in forms(tmp_path / "photos"):
        photo = read_photo(path)
        assert photo.alpha is not None, path.name
        np.testing.assert_array_equal(photo.alpha, ALPHA, err_msg=path.name)
        assert any("stay transparent" in note for note in photo.notes)
        assert photo.pixels.shape == (48, 64, 3)


def test_opaque_photos_have_none_and_wholly_transparent_ones_neither(tmp_path: Path) -> None:
    opaque = np.dstack([FLAT, np.full_like(ALPHA, 255)])
    assert read_photo(write(tmp_path / "a.png", opaque)).alpha is None
    unused = PilImage.fromarray(FLAT)
    unused.save(tmp_path / "unused.png", transparency=(1, 2, 3))
    assert read_photo(tmp_path / "unused.png").alpha is None
    photo = read_photo(write(tmp_path / "b.png", np.dstack([FLAT, np.zeros_like(ALPHA)])))
    assert photo.alpha is None
    assert "every pixel is transparent" in photo.notes[0]


@pytest.mark.parametrize("orientation", [3, 6])
def test_opacity_turns_with_the_photo(tmp_path: Path, orientation: int) -> None:
    pixels = np.dstack([FLAT, ALPHA])
    path = write(tmp_path / "a.png", pixels, exif=orientation_exif(orientation))
    upright = np.rot90(ALPHA, 2 if orientation == 3 else -1)
    np.testing.assert_array_equal(read_photo(path).alpha, upright)


def test_small_grey_values_of_a_png_are_scaled_as_its_pixels_are(tmp_path: Path) -> None:
    four = PilImage.fromarray(np.where(CLEAR, 0, 255).astype(np.uint8))
    four.save(tmp_path / "a.png", bits=4, transparency=0)
    photo: Photo = read_photo(tmp_path / "a.png")
    np.testing.assert_array_equal(photo.alpha, ALPHA)
