"""Each step from scattered pixels to an area, against plain loops and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from maskwright.classical.siox_shape import (
    dilate,
    erode,
    fill_colour_regions,
    keep_components,
    smooth,
)
from tests.support import siox_reference

SHAPES = [(1, 1), (1, 7), (2, 2), (7, 1), (3, 3), (12, 17)]


def confidence(shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random(shape).astype(np.float32)


@pytest.mark.parametrize("shape", SHAPES)
def test_smooths_as_sweeps_do(shape: tuple[int, int]) -> None:
    np.testing.assert_array_equal(
        smooth(confidence(shape)), siox_reference.smooth(confidence(shape))
    )


def test_smoothing_is_a_blur_of_five_pixels_scaled_to_one() -> None:
    point = np.zeros((11, 11), np.float32)
    point[5, 5] = 0.25
    row = np.array([1, 2, 3, 2, 1]) / 3
    np.testing.assert_allclose(smooth(point)[3:8, 3:8], np.outer(row, row), rtol=1e-5)
    assert not smooth(np.zeros((4, 5), np.float32)).any()


@pytest.mark.parametrize("shape", SHAPES)
def test_erodes_and_dilates_by_the_pixels_around(shape: tuple[int, int]) -> None:
    given = confidence(shape)
    np.testing.assert_array_equal(erode(given), siox_reference.around(given, min))
    np.testing.assert_array_equal(dilate(given), siox_reference.around(given, max))


@pytest.mark.parametrize("factor", [0, 1, 2, 4, 50])
@pytest.mark.parametrize("seed", range(3))
def test_keeps_the_components_that_plain_search_keeps(seed: int, factor: float) -> None:
    given = confidence((14, 19), seed)
    certain = np.random.default_rng(seed).random((14, 19)) > 0.97
    expected = siox_reference.keep_components(given, certain, factor)
    if factor == 0:  # of several largest ones the program keeps the first
        largest = siox_reference.components(given)
        assert sorted(map(len, largest))[-1] > sorted(map(len, largest))[-2]
    np.testing.assert_array_equal(keep_components(given, certain, factor), expected)


def test_components_hang_together_by_sides_and_count_from_one_half() -> None:
    given = np.array([[0.8, 1, 0, 0], [0.7, 0, 0.5, 0.4], [0, 0, 0.4, 0.9]], np.float32)
    nothing = np.zeros((3, 4), bool)
    largest_alone = np.array([[1, 1, 0, 0], [1, 0, 0, 0.4], [0, 0, 0.4, 0]], np.float32)
    np.testing.assert_array_equal(keep_components(given, nothing, 0), largest_alone)
    certain = nothing.copy()
    certain[2, 3] = True
    largest_alone[2, 3] = np.float32(0.9)
    np.testing.assert_array_equal(keep_components(given, certain, 0), largest_alone)
    assert not keep_components(given * 0, certain, 4).any()


def flood(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    area = np.zeros(shape, bool)
    area[1, 1] = True
    return area, np.zeros(shape, bool)


def test_floods_reach_what_looks_the_same_and_hangs_together() -> None:
    colours = np.zeros((4, 8, 3))
    colours[:, 4] = 30  # a wall
    colours[0, 2] = 0.9
    colours[0, 3] = 1.1
    area, barred = flood((4, 8))
    barred[3, 0] = True
    expected = np.ones((4, 8), bool)
    expected[:, 4:] = expected[0, 3] = expected[3, 0] = False
    colours[0, 2, 1:] = colours[0, 3, 1:] = 0
    np.testing.assert_array_equal(fill_colour_regions(area, colours, barred), expected)
    assert area.sum() == 1


def test_floods_do_not_creep_along_a_gradient() -> None:
    colours = np.zeros((3, 20, 3))
    colours[..., 0] = np.arange(20) * 0.3
    area, barred = flood((3, 20))
    found = fill_colour_regions(area, colours, barred)
    assert found[1].nonzero()[0].tolist() == [0, 1, 2, 3, 4]  # up to 0.9 apart from where it began


def test_floods_end_at_the_sides_of_the_photo() -> None:
    area = np.zeros((3, 4), bool)
    area[0, 3] = True
    barred = np.zeros((3, 4), bool)
    barred[:, 1] = True
    found = fill_colour_regions(area, np.zeros((3, 4, 3)), barred)
    np.testing.assert_array_equal(found, [[False, False, True, True]] * 3)


def test_a_barred_pixel_of_the_area_stays_in_it() -> None:
    area, barred = flood((3, 3))
    barred[:] = True
    np.testing.assert_array_equal(fill_colour_regions(area, np.zeros((3, 3, 3)), barred), area)
