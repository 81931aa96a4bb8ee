"""Priors from boxes and strokes."""

from __future__ import annotations

import numpy as np
import pytest

from maskwright.classical.seeds.priors import (
    as_prior,
    box_prior,
    centred_box,
    foreground_of,
    stroke_prior,
)


def test_a_box_is_unknown_inside_and_background_outside() -> None:
    prior = box_prior(4, 6, [(1, 2, 3, 4)])
    assert prior.shape == (4, 6, 2)
    assert prior.dtype == np.float32
    inside = np.zeros((4, 6), bool)
    inside[2:4, 1:3] = True
    np.testing.assert_array_equal(prior[..., 1], np.where(inside, 0.5, 0))
    np.testing.assert_array_equal(prior.sum(axis=2), 1)


def test_several_boxes_are_joined_and_cut_to_the_photo() -> None:
    prior = box_prior(3, 5, [(-4, -1, 1, 1), (3, 1, 9, 9), (7, 7, 9, 9)])
    expected = [[0.5, 0, 0, 0, 0], [0, 0, 0, 0.5, 0.5], [0, 0, 0, 0.5, 0.5]]
    np.testing.assert_array_equal(prior[..., 1], expected)
    assert not box_prior(3, 5, [(-4, -4, -1, -1)])[..., 1].any()


@pytest.mark.parametrize("size", [(1, 1), (1, 30), (9, 2), (10, 20), (333, 500)])
def test_the_centred_box_leaves_a_tenth_of_each_side(size: tuple[int, int]) -> None:
    x0, y0, x1, y1 = centred_box(*size)
    assert 0 <= x0 < x1 <= size[1]
    assert 0 <= y0 < y1 <= size[0]
    assert (x0, y0) == (size[1] // 10, size[0] // 10)
    assert (x0, y0) == (size[1] - x1, size[0] - y1)


def test_strokes_are_certain() -> None:
    prior = stroke_prior(np.array([[0, 1, 2]], np.uint8))
    assert prior.dtype == np.float32
    np.testing.assert_array_equal(prior, [[[0.5, 0.5], [0, 1], [1, 0]]])


def test_without_a_prior_there_is_a_centred_box() -> None:
    expected = box_prior(20, 30, [centred_box(20, 30)])[..., 1]
    np.testing.assert_array_equal(foreground_of(None, 20, 30), expected)
    given = stroke_prior(np.array([[0, 1, 2]], np.uint8))
    np.testing.assert_array_equal(foreground_of(given, 1, 3), [[0.5, 1, 0]])


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -0.1, 1.1])
def test_a_prior_of_something_else_is_refused(wrong: float) -> None:
    foreground = np.full((4, 5), 0.5, np.float32)
    with pytest.raises(ValueError, match=r"\(4, 5, 2\) for a photo of \(5, 4\)"):
        foreground_of(as_prior(foreground), 5, 4)
    foreground[2, 2] = wrong
    with pytest.raises(ValueError, match="from 0 to 1"):
        foreground_of(as_prior(foreground), 4, 5)
