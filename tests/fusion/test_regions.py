"""The regions in which two masks differ."""

from __future__ import annotations

import numpy as np

from maskwright.fusion.regions import DisputedRegions

ONE = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]], bool)
OTHER = np.array([[1, 0, 0, 0], [1, 0, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]], bool)


def test_regions_are_connected_by_sides_and_either_added_or_removed() -> None:
    regions = DisputedRegions.between(ONE, OTHER)
    assert len(regions) == 3
    expected = [[0, 2, 0, 0], [0, 2, 1, 1], [0, 0, 0, 0], [0, 0, 0, 3]]
    np.testing.assert_array_equal(regions.labels, expected)
    np.testing.assert_array_equal(regions.areas, [11, 2, 2, 1])
    diagonal = DisputedRegions.between(np.eye(3, dtype=bool), np.zeros((3, 3), bool))
    assert len(diagonal) == 3


def test_means_over_regions() -> None:
    regions = DisputedRegions.between(ONE, OTHER)
    plane = np.arange(16, dtype=np.float32).reshape(4, 4)
    np.testing.assert_allclose(regions.means(plane), [6.5, 3, 15])
    np.testing.assert_allclose(regions.means(plane, plane < 7), [6, 3, 0])
    np.testing.assert_allclose(regions.means(OTHER), [1, 0, 0])


def test_mask_of_chosen_regions() -> None:
    regions = DisputedRegions.between(ONE, OTHER)
    np.testing.assert_array_equal(regions.mask(np.array([False, True, False])), regions.labels == 2)
    assert not regions.mask(np.zeros(3, bool)).any()


def test_the_nearest_region_at_another_size() -> None:
    regions = DisputedRegions.between(ONE, OTHER)
    same = regions.nearest(*ONE.shape)
    there = regions.labels > 0
    np.testing.assert_array_equal(same[there], regions.labels[there])
    assert same.min() >= 1
    height, width = ONE.shape
    large = regions.nearest(3 * height, 3 * width)
    np.testing.assert_array_equal(large, same.repeat(3, axis=0).repeat(3, axis=1))
    assert not DisputedRegions.between(ONE, ONE).nearest(7, 9).any()


def test_equal_masks_have_no_regions() -> None:
    regions = DisputedRegions.between(ONE, ONE)
    assert len(regions) == 0
    assert regions.means(ONE).shape == (0,)
    assert not regions.mask(np.zeros(0, bool)).any()
