"""JPEG files that end early are errors; flat and grey pictures that do not are none."""

from __future__ import annotations

import io
from itertools import product
from typing import Any

import numpy as np
import pytest
from PIL import Image as PilImage

from maskwright.data.photo import read_photo
from maskwright.errors import DataError
from tests.support.data_folders import picture

END = b"\xff\xd9"
BASE = picture(2, 80, 120) // 2 + np.random.default_rng(0).integers(0, 99, (80, 120, 1), np.uint8)


def jpeg(pixels: np.ndarray = BASE, mode: str = "RGB", **options: Any) -> bytes:
    file = io.BytesIO()
    PilImage.fromarray(pixels).convert(mode).save(file, "JPEG", **options)
    return file.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("shrink_to", [None, 20])
def test_an_early_end_is_told_with_the_rows_that_are_there(
    mode: str, shrink_to: int | None
) -> None:
    for optimize, blocks in product((False, True), (0, 3)):
        whole = jpeg(mode=mode, optimize=optimize, restart_marker_blocks=blocks)
        assert read_photo(whole, shrink_to=shrink_to).size == (80, 120)
        for share in (0.5, 0.9, 0.95):
            start = whole[: int(len(whole) * share)]
            hole = bytes(max(64, len(whole) - len(start)))
            for ends_early in (start + END, start + hole + END):
                with pytest.raises(DataError, match=r"ends after \d+ of 80 rows"):
                    read_photo(ends_early, shrink_to=shrink_to)
            with pytest.raises(DataError):  # by Pillow, or as a hole
                read_photo(start + hole, shrink_to=shrink_to)


def test_the_rows_are_counted() -> None:
    whole = jpeg(quality=90)
    with pytest.raises(DataError, match=r"ends after (3[2-9]|4\d|5\d) of 80 rows"):
        read_photo(whole[: len(whole) * 55 // 100] + END)


def test_a_tail_of_zeros_that_decodes_is_a_hole() -> None:
    """Zeros are code words too: about one file in six lasts to its last row."""
    whole = jpeg()
    cut = whole[: len(whole) // 2]
    with pytest.raises(DataError):
        read_photo(cut + bytes(20 * len(whole)))


def test_progressive_files_need_their_scans() -> None:
    whole = jpeg(progressive=True)
    assert read_photo(whole).size == (80, 120)
    for share in (0.2, 0.4):
        with pytest.raises(DataError, match="the scans that give the picture its detail"):
            read_photo(whole[: int(len(whole) * share)] + END)


@pytest.mark.parametrize("colour", [(128, 128, 128), (127, 127, 127), (0, 0, 0), (255, 255, 255)])
def test_flat_rests_are_no_early_ends(colour: tuple[int, int, int]) -> None:
    for share, optimize, progressive in product((0.5, 1.0), (False, True), (False, True)):
        pixels = np.tile(BASE, (4, 4, 1))
        pixels[int(len(pixels) * (1 - share)) :] = colour
        for mode in ("RGB", "L"):
            content = jpeg(pixels, mode, optimize=optimize, progressive=progressive)
            assert read_photo(content).size == (320, 480)


def test_what_lies_behind_the_picture_does_not_count() -> None:
    whole = jpeg()
    for behind in (bytes(500), b"a trailer" * 50, whole):
        np.testing.assert_array_equal(read_photo(whole + behind).pixels, read_photo(whole).pixels)


def test_zeros_behind_a_complete_picture_are_padding() -> None:
    for mode in ("RGB", "L"):
        whole = jpeg(mode=mode)
        for padded in (whole[:-2] + bytes(80) + END, whole[:-2] + bytes(4000)):
            pixels = read_photo(padded).pixels
            np.testing.assert_array_equal(pixels, read_photo(whole).pixels)
