"""Priors from boxes, strokes, points and probabilities in memory."""

from __future__ import annotations

import numpy as np
import pytest

from maskwright.classical.grabcut import grabcut
from maskwright.classical.seeds.priors import (
    Box,
    centred_box,
    foreground_of,
    prior_from_boxes,
    prior_from_points,
    prior_from_probabilities,
    prior_from_strokes,
    two_class_probs,
)
from maskwright.classical.siox import siox


def test_a_box_is_unknown_inside_and_background_outside() -> None:
    prior = prior_from_boxes([(1, 2, 3, 4)], 4, 6)
    assert prior.shape == (4, 6, 2)
    assert prior.dtype == np.float32
    inside = np.zeros((4, 6), bool)
    inside[2:4, 1:3] = True
    np.testing.assert_array_equal(prior[..., 1], np.where(inside, 0.5, 0))
    np.testing.assert_array_equal(prior.sum(axis=2), 1)


def test_several_boxes_are_joined_and_cut_to_the_photo() -> None:
    prior = prior_from_boxes([(-4, -1, 1, 1), (3, 1, 9, 9)], 3, 5)
    expected = [[0.5, 0, 0, 0, 0], [0, 0, 0, 0.5, 0.5], [0, 0, 0, 0.5, 0.5]]
    np.testing.assert_array_equal(prior[..., 1], expected)


def test_fractions_of_a_box_are_rounded_outwards() -> None:
    expected = prior_from_boxes([(1, 2, 4, 4)], 5, 6)
    np.testing.assert_array_equal(prior_from_boxes([(1.9, 2.5, 3.1, 3.5)], 5, 6), expected)


@pytest.mark.parametrize(
    "box",
    [(7, 7, 9, 9), (-4, -4, -1, -1), (2, 1, 2, 3), (3, 1, 2, 3), (0, 0, np.nan, 2)],
    ids=["right", "left", "empty", "reversed", "NaN"],
)
def test_a_box_that_marks_nothing_is_refused(box: Box) -> None:
    with pytest.raises(ValueError, match="is empty or outside the photo of 5 x 3 pixels"):
        prior_from_boxes([(0, 0, 2, 2), box], 3, 5)


def test_no_box_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one box"):
        prior_from_boxes([], 3, 5)


@pytest.mark.parametrize("size", [(1, 1), (1, 30), (9, 2), (10, 20), (333, 500)])
def test_the_centred_box_leaves_a_tenth_of_each_side(size: tuple[int, int]) -> None:
    x0, y0, x1, y1 = centred_box(*size)
    assert 0 <= x0 < x1 <= size[1]
    assert 0 <= y0 < y1 <= size[0]
    assert (x0, y0) == (size[1] // 10, size[0] // 10)
    assert (x0, y0) == (size[1] - x1, size[0] - y1)


def test_strokes_are_certain() -> None:
    prior = prior_from_strokes(np.array([[0, 1, 2]], np.uint8))
    assert prior.dtype == np.float32
    np.testing.assert_array_equal(prior, [[[0.5, 0.5], [0, 1], [1, 0]]])


@pytest.mark.parametrize(
    ("strokes", "problem"),
    [
        (np.zeros((2, 2, 3), np.uint8), r"not \(2, 2, 3\) uint8"),
        (np.zeros((2, 2), bool), r"not \(2, 2\) bool"),
        (np.full((2, 2), 3, np.uint8), "0 .none., 1 .foreground. and 2"),
        (np.full((2, 2), -1), "0 .none., 1 .foreground. and 2"),
    ],
)
def test_other_arrays_are_no_strokes(strokes: np.ndarray, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        prior_from_strokes(strokes)


def test_points_are_certain_discs() -> None:
    foreground = prior_from_points([(1, 2, True), (5.7, 2, False)], 5, 8, radius=1)[..., 1]
    expected = np.full((5, 8), 0.5)
    expected[2, 0:3] = expected[1:4, 1] = 1
    expected[2, 4:7] = expected[1:4, 5] = 0
    np.testing.assert_array_equal(foreground, expected)


def test_where_points_overlap_the_later_one_counts() -> None:
    foreground = prior_from_points([(3, 0, True), (4, 0, False)], 1, 8, radius=1)[0, :, 1]
    np.testing.assert_array_equal(foreground, [0.5, 0.5, 1, 0, 0, 0, 0.5, 0.5])


def test_discs_grow_with_the_photo() -> None:
    for size, radius in ((20, 1), (100, 1), (1000, 10)):
        row = prior_from_points([(size // 2, size // 2, True)], size, size)[size // 2, :, 1]
        assert (row == 1).sum() == 2 * radius + 1
    single = prior_from_points([(2, 1, True)], 3, 4, radius=0)[..., 1]
    assert (single == 1).sum() == 1 and single[1, 2] == 1


def test_points_that_mark_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one point"):
        prior_from_points([], 3, 5)
    for x, y in ((5, 0), (-1, 0), (0, 3), (np.nan, 0)):
        with pytest.raises(ValueError, match="is outside the photo of 5 x 3 pixels"):
            prior_from_points([(x, y, True)], 3, 5)
    with pytest.raises(ValueError, match="radius"):
        prior_from_points([(0, 0, True)], 3, 5, radius=-1)


def test_fractions_of_a_photo_are_no_pixels() -> None:
    for points in ([(0.5, 0.5, True)], [(0, 0, False), (0.9, 1, True)]):
        with pytest.raises(ValueError, match="look like fractions"):
            prior_from_points(points, 60, 80)
    prior_from_points([(0, 0, False), (1, 1, True)], 60, 80)
    prior_from_points([(0.5, 0.5, True)], 3, 5)  # in the first pixel of a tiny photo
    with pytest.raises(ValueError, match="look like fractions of the photo"):
        prior_from_boxes([(0.1, 0.1, 0.9, 0.9)], 60, 80)


def test_points_are_enough_for_grabcut_and_siox() -> None:
    image = np.full((60, 80, 3), (40, 90, 40), np.uint8)
    image[15:45, 20:60] = (200, 60, 50)
    prior = prior_from_points([(40, 30, True), (5, 5, False), (75, 55, False)], 60, 80)
    for segmenter in (grabcut(), siox()):
        found = segmenter(image, prior)[..., 1] > 0.5
        assert (found != (image[..., 0] == 200)).mean() < 0.01  # SIOX rounds corners


def test_probabilities_are_kept_as_they_are() -> None:
    foreground = np.array([[0, 0.25, 0.5, 1]])
    prior = prior_from_probabilities(foreground)
    assert prior.dtype == np.float32
    np.testing.assert_array_equal(prior[..., 1], foreground)
    np.testing.assert_array_equal(prior[..., 0], 1 - foreground)
    with pytest.raises(ValueError, match=r"are \(H, W\), not \(2, 2, 2\)"):
        prior_from_probabilities(np.zeros((2, 2, 2)))
    for wrong in (np.nan, -0.1, 1.1):
        with pytest.raises(ValueError, match="from 0 to 1"):
            prior_from_probabilities(np.full((2, 2), wrong))


def test_without_a_prior_there_is_a_centred_box() -> None:
    expected = prior_from_boxes([centred_box(20, 30)], 20, 30)[..., 1]
    np.testing.assert_array_equal(foreground_of(None, 20, 30), expected)
    given = prior_from_strokes(np.array([[0, 1, 2]], np.uint8))
    np.testing.assert_array_equal(foreground_of(given, 1, 3), [[0.5, 1, 0]])


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -0.1, 1.1])
def test_a_prior_of_something_else_is_refused(wrong: float) -> None:
    foreground = np.full((4, 5), 0.5, np.float32)
    with pytest.raises(ValueError, match=r"\(4, 5, 2\) for a photo of \(5, 4\)"):
        foreground_of(two_class_probs(foreground), 5, 4)
    foreground[2, 2] = wrong
    with pytest.raises(ValueError, match="from 0 to 1"):
        foreground_of(two_class_probs(foreground), 4, 5)
