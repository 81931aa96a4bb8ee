"""TIFF files: which picture is the photo, and what is said of files that hold none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PilImage

from maskwright.data.decoding.decode import DEFAULT_LIMITS, read_header
from maskwright.data.photo import read_photo
from maskwright.errors import DataError
from tests.support.data_folders import picture
from tests.support.tiffs import grey, tiff

SMALL = bytes(range(12))  # 3 x 4 pixels
_SENSOR, _LINEAR = 32803, 34892


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_reduced_copy_before_the_photo_is_refused(order: str) -> None:
    full = grey(30, 40)
    reduced = grey(3, 4, subfile=1)
    for content in (
        tiff([reduced, full], SMALL, order=order),
        tiff([reduced], SMALL, order=order, inside=[full]),
        tiff([grey(3, 4)], SMALL, order=order, inside=[full]),
        tiff([grey(3, 4) | {255: (2,)}, full], SMALL, order=order),
        tiff([grey(3, 4), full], SMALL, order=order),
    ):
        with pytest.raises(DataError, match=r"4 x 3 pixels, is a reduced copy.*save the full"):
            read_photo(content)
        with pytest.raises(DataError, match="reduced copy"):
            read_header(content, DEFAULT_LIMITS)


def test_the_photo_before_its_reduced_copies_is_read() -> None:
    """Pyramids, and a lone picture that calls itself reduced."""
    for content in (
        tiff([grey(3, 4), grey(1, 2, subfile=1)], SMALL),
        tiff([grey(3, 4)], SMALL, inside=[grey(1, 2, subfile=1)]),
        tiff([grey(3, 4, subfile=1)], SMALL),
        tiff([grey(3, 4), grey(3, 4, subfile=4)], SMALL),
        tiff([grey(3, 4, subfile=2), grey(3, 4, subfile=2)], SMALL),
        tiff([grey(3, 4), grey(9, 9), grey(4, 5)], SMALL),  # pages of other pictures
    ):
        assert read_photo(content).pixels[..., 0].tobytes() == SMALL


def test_camera_raw_files_are_refused_by_name_with_the_cure() -> None:
    sensor = grey(30, 40, 16, photometric=_SENSOR)
    for content in (
        tiff([grey(3, 4, subfile=1)], SMALL, inside=[grey(9, 9, subfile=1), sensor]),
        tiff([sensor], SMALL),
        tiff([grey(3, 4, photometric=_LINEAR)], SMALL),
        tiff([grey(3, 4) | {50706: (1, 4, 0, 0)}], SMALL),
        b"IIRO" + bytes(60),
        b"IIU\0" + bytes(60),
        b"II*\0\x10\0\0\0CR\x02\0" + bytes(60),
        b"\0\0\0\x18ftypcrx " + bytes(60),
        b"FUJIFILMCCD-RAW 0201" + bytes(60),
        b"FOVb" + bytes(60),
    ):
        with pytest.raises(DataError, match=r"camera raw file.*develop it, and export"):
            read_photo(content)


def test_undamaged_files_that_hold_no_photo_are_not_called_damaged() -> None:
    cases = {
        "5 bands: save the three": tiff([grey(3, 4, 16, bands=5)], SMALL * 10),
        "4 bands: save the three": tiff([grey(3, 4, 8, bands=4)], SMALL * 4),
        "complex numbers": tiff([grey(3, 4, 64, format=6)], SMALL * 8),
        "3 bands of 32-bit floating": tiff([grey(3, 4, 32, bands=3, format=3)], SMALL * 12),
        "1 band of 64-bit floating": tiff([grey(3, 4, 64, format=3)], SMALL * 8),
        "values of 64 bits": tiff([grey(3, 4, 64)], SMALL * 8),
    }
    for said, content in cases.items():
        with pytest.raises(DataError, match=f"a TIFF file of {said}") as error:
            read_photo(content)
        assert "damaged" not in str(error.value)


def test_floats_beyond_0_to_1_are_refused_with_what_to_do() -> None:
    values = np.linspace(-3, 900, 12, dtype="<f4").tobytes()
    with pytest.raises(DataError, match="scale them to 0 to 255 and save them with 8 bits"):
        read_photo(tiff([grey(3, 4, 32, format=3)], values))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_deep_values_that_count_from_white_are_turned_round(order: str, orientation: int) -> None:
    values = np.arange(12).reshape(3, 4) * 65535 // 11

    def stored(kind: str, values: np.ndarray, bits: int, **more: int) -> np.ndarray:
        page = grey(3, 4, bits, **more) | {274: (orientation,)}
        return read_photo(tiff([page], values.astype(order + kind).tobytes(), order=order)).pixels

    black = stored("u2", values, 16)
    np.testing.assert_array_equal(stored("u2", 65535 - values, 16, photometric=0), black)
    np.testing.assert_array_equal(
        stored("u1", 255 - (values + 128) // 257, 8, photometric=0), black
    )
    floats = stored("f4", 1 - values / 65535, 32, photometric=0, format=3)
    assert np.abs(floats.astype(int) - black).max() <= 1
    # Counted from white in 12 bits, without a word of it in the file.
    few = stored("u2", 4095 - values * 4095 // 65535, 16, photometric=0)
    assert np.abs(few.astype(int) - black).max() <= 1


def test_pages_as_pillow_writes_them_are_read(tmp_path: Path) -> None:
    image = PilImage.fromarray(picture(1))
    for compression in (None, "tiff_lzw", "jpeg", "tiff_adobe_deflate"):
        path = tmp_path / "a.tif"
        image.save(path, compression=compression)
        assert np.abs(read_photo(path).pixels.astype(int) - picture(1)).mean() < 5
