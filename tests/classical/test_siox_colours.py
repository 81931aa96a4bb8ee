"""Colours of SIOX: CIELAB against OpenCV's, and trees and distances against plain loops."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from maskwright.classical import siox_colours
from maskwright.classical.siox_colours import (
    LIMITS,
    cells,
    coarse_centroids,
    fine_centroids,
    lab_of,
    signature,
    squared_distances,
)
from tests.support import siox_reference


def colours(seed: int, number: int = 400) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal((50, 0, 10), (12, 6, 9), (number, 3))


def sorted_rows(rows: object) -> np.ndarray:
    table = np.asarray(rows)
    return table[np.lexsort(table.T)]


def test_lab_is_that_of_an_independent_library() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (2000, 3)).astype(np.uint8)
    theirs = cv2.cvtColor(rgb[None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0]
    np.testing.assert_allclose(lab_of(rgb), theirs, atol=0.4)  # OpenCV looks up tables


@pytest.mark.parametrize(
    ("rgb", "expected"),
    [
        ((255, 255, 255), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
        ((5, 5, 5), (1.37, 0, 0)),  # below the knee of both curves
    ],
)
def test_lab_of_known_colours(rgb: tuple[int, ...], expected: tuple[float, ...]) -> None:
    np.testing.assert_allclose(lab_of(np.array([rgb], np.uint8))[0], expected, atol=0.03)


@pytest.mark.parametrize("seed", range(4))
def test_cells_are_the_leaves_of_plain_recursion(seed: int) -> None:
    points = colours(seed)
    found = cells(points)
    by_cell = {frozenset(np.flatnonzero(found == number)) for number in np.unique(found)}
    numbered = [(tuple(colour), at) for at, colour in enumerate(points)]
    leaves = {frozenset(at for _, at in leaf) for leaf in siox_reference.leaves(numbered)}
    assert by_cell == leaves
    assert sorted(np.unique(found)) == list(range(len(leaves)))


def test_a_node_is_a_cell_as_soon_as_its_own_axis_fits() -> None:
    """Lightness is looked at first: where it fits, a and b may be as far apart as they like."""
    same_light = np.array([[50.0, -40, 0], [50.1, 40, 60]])
    assert (cells(same_light) == 0).all()
    other_light = np.array([[50.0, 0, 0], [50.0 + 1.01 * LIMITS[0], 0, 0]])
    assert len(set(cells(other_light))) == 2


def test_nodes_are_halved_in_the_middle_of_their_range_not_at_the_median() -> None:
    lightness = np.array([10.0, 10.1, 10.2, 10.3, 11.5])
    points = np.stack([lightness, np.zeros(5), np.zeros(5)], axis=1)
    assert [len(np.unique(part)) for part in (cells(points)[:4], cells(points))] == [1, 2]


def test_counts_stand_for_pixels() -> None:
    points = colours(9, 60)
    counts = np.random.default_rng(0).integers(1, 5, 60)
    one_by_one = [tuple(p) for p, n in zip(points, counts, strict=True) for _ in range(n)]
    np.testing.assert_allclose(
        sorted_rows(signature(points, counts)), sorted_rows(siox_reference.signature(one_by_one))
    )


def test_a_centroid_weighs_pixels_first_and_centroids_then() -> None:
    points = np.array([[50.0, 0, 0], [50.3, 0, 0]])
    centroids, sizes = fine_centroids(points, np.array([3, 1]))
    np.testing.assert_allclose(centroids, [[50.075, 0, 0]])
    assert sizes.tolist() == [4]
    coarse = coarse_centroids(np.array([[50.0, 0, 0], [50.4, 0, 0]]), np.array([3000, 1]))
    np.testing.assert_allclose(coarse, [[50.2, 0, 0]])


def test_rare_colours_are_dropped_but_never_all() -> None:
    far_apart = np.array([[10.0, 0, 0], [90.0, 0, 0]])
    assert len(coarse_centroids(far_apart, np.array([999, 1]))) == 2
    assert len(coarse_centroids(far_apart, np.array([1000, 1]))) == 1
    many = np.random.default_rng(0).uniform(-100, 100, (20_000, 3))
    assert len(coarse_centroids(many, np.ones(20_000, np.int64))) == 1000


@pytest.mark.parametrize("number", [1, 1351, 1352, 4000])
def test_distances_are_those_of_the_nearest_centroid(number: int) -> None:
    points, centroids = colours(1, number), colours(2, 37)
    expected = ((points[:, None] - centroids[None]) ** 2).sum(axis=2).min(axis=1)
    np.testing.assert_allclose(squared_distances(points, centroids), expected, rtol=1e-12)


def test_a_shared_centroid_is_equally_near_whatever_else_there_is() -> None:
    shared = colours(3, 1)
    near = squared_distances(shared, np.concatenate([colours(4, 9), shared]))
    also = squared_distances(shared, np.concatenate([shared, colours(5, 150)]))
    assert near[0] == also[0] == 0


def test_constants_are_the_published_ones() -> None:
    assert siox_colours.LIMITS == (0.64, 1.28, 2.56)
    assert siox_colours.LEAST_SHARE == 0.001
