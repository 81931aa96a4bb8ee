"""The combinators: what each does to the probabilities of the segmenter it wraps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from maskwright.core import (
    Image,
    Probs,
    Segmenter,
    at_size,
    chain,
    flips,
    from_function,
    normalised,
    resized,
    shrunk,
    thresholded,
)

TWO = ("background", "foreground")


def flat(height: int, width: int, foreground: float) -> Probs:
    """The same probabilities everywhere."""
    return np.full((height, width, 2), (1 - foreground, foreground), np.float32)


def recording(seen: list[tuple[Image, Probs | None]]) -> Segmenter:
    """A segmenter that keeps what it was given."""

    def run(image: Image, prior: Probs | None) -> Probs:
        seen.append((image, prior))
        return flat(image.shape[0], image.shape[1], 0.75)

    return from_function(TWO, run)


def test_from_function_is_the_function() -> None:
    segmenter = from_function(TWO, lambda image, prior: flat(image.shape[0], image.shape[1], 0.25))
    assert segmenter.classes == TWO
    np.testing.assert_array_equal(segmenter(np.zeros((2, 3, 3), np.uint8)), flat(2, 3, 0.25))


@given(hnp.arrays(np.float32, (3, 2, 3), elements=st.floats(0, 2.0**100, width=32)))
def test_normalised_sums_to_one_and_keeps_the_order(values: Probs) -> None:
    probs = normalised(values)
    assert probs.dtype == np.float32
    np.testing.assert_allclose(probs.sum(axis=2), 1, atol=1e-5)
    assert probs.min() >= 0
    best = np.take_along_axis(probs, values.argmax(axis=2, keepdims=True), axis=2)[:, :, 0]
    np.testing.assert_array_equal(best, probs.max(axis=2))


def test_normalised_makes_nothing_uniform_and_keeps_certainty() -> None:
    values = np.array([[[0, 0], [0, 3], [1e-20, 0], [2, 6]]], np.float32)
    expected = [[[0.5, 0.5], [0, 1], [1, 0], [0.25, 0.75]]]
    np.testing.assert_array_equal(normalised(values), np.array(expected, np.float32))


def test_resized_is_bilinear_and_one_pixel_fills_any_size() -> None:
    ramp = np.array([[[1, 0], [0, 1]]], np.float32)
    np.testing.assert_allclose(resized(ramp, 1, 4)[0, :, 1], [0, 0.25, 0.75, 1])
    np.testing.assert_allclose(resized(flat(1, 1, 0.3), 5, 7), flat(5, 7, 0.3), atol=1e-6)
    assert resized(ramp, 1, 2) is ramp


@pytest.mark.parametrize("classes", [2, 3, 5, 200])
def test_resized_takes_any_number_of_classes(classes: int) -> None:
    probs = normalised(np.random.default_rng(0).random((4, 6, classes), np.float32))
    grown = resized(probs, 9, 7)
    assert grown.shape == (9, 7, classes)
    np.testing.assert_allclose(grown.sum(axis=2), 1, atol=1e-5)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 30), st.integers(1, 30))
def test_resized_keeps_what_is_certain_and_what_is_unknown(
    height: int, width: int, new_height: int, new_width: int
) -> None:
    for foreground in (0, 0.5, 1):
        prior = resized(flat(height, width, foreground), new_height, new_width)
        np.testing.assert_array_equal(prior, flat(new_height, new_width, foreground))


@given(st.integers(1, 80), st.integers(1, 80), st.integers(1, 60))
def test_shrunk_fits_the_long_side_and_never_enlarges(
    height: int, width: int, long_side: int
) -> None:
    image = np.zeros((height, width, 3), np.uint8)
    small = shrunk(image, long_side)
    if max(height, width) <= long_side:
        assert small is image
        return
    assert max(small.shape[:2]) == long_side
    scale = long_side / max(height, width)
    for side, whole in zip(small.shape[:2], image.shape[:2], strict=True):
        assert side >= 1
        assert abs(side - whole * scale) <= 1


def test_shrunk_averages_pixel_areas() -> None:
    checks = np.indices((8, 8)).sum(axis=0) % 2 * 200
    image = np.repeat(checks[:, :, None], 3, axis=2).astype(np.uint8)
    np.testing.assert_array_equal(shrunk(image, 4), np.full((4, 4, 3), 100, np.uint8))


def test_at_size_shrinks_photo_and_prior_and_enlarges_the_result() -> None:
    seen: list[tuple[Image, Probs | None]] = []
    probs = at_size(recording(seen), 8)(np.zeros((20, 40, 3), np.uint8), flat(20, 40, 1))
    image, prior = seen[0]
    assert image.shape == (4, 8, 3)
    assert prior is not None
    np.testing.assert_array_equal(prior, flat(4, 8, 1))
    np.testing.assert_array_equal(probs, flat(20, 40, 0.75))


def test_at_size_leaves_small_photos_alone() -> None:
    seen: list[tuple[Image, Probs | None]] = []
    image, prior = np.zeros((5, 8, 3), np.uint8), flat(5, 8, 0.5)
    at_size(recording(seen), 8)(image, prior)
    assert seen[0][0] is image
    assert seen[0][1] is prior


def test_flips_average_photo_and_mirror_and_mirror_the_prior() -> None:
    def left_is_foreground(image: Image, prior: Probs | None) -> Probs:
        height, width = image.shape[:2]
        probs = flat(height, width, 0.5 if prior is None else 0.0)
        probs[:, 0] = (0, 1)
        return probs if prior is None else normalised(probs + prior)

    segmenter = flips(from_function(TWO, left_is_foreground))
    image = np.zeros((1, 3, 3), np.uint8)
    np.testing.assert_allclose(segmenter(image)[0, :, 1], [0.75, 0.5, 0.75])
    prior = flat(1, 3, 0)
    prior[0, 2] = (0, 1)
    # Straight: 1/2, 0, 1/2; mirrored with the mirrored prior: 1, 0, 0, turned back to 0, 0, 1.
    np.testing.assert_allclose(segmenter(image, prior)[0, :, 1], [0.25, 0, 0.75])


def test_flips_of_a_mirrored_photo_are_the_mirrored_result() -> None:
    def by_column(image: Image, _prior: Probs | None) -> Probs:
        share = (image[:, :, 0] / 255 * np.linspace(0.2, 1, image.shape[1])).astype(np.float32)
        return np.stack([1 - share, share], axis=2)

    segmenter = flips(from_function(TWO, by_column))
    image = np.random.default_rng(0).integers(0, 256, (6, 9, 3)).astype(np.uint8)
    np.testing.assert_array_equal(segmenter(image[:, ::-1])[:, ::-1], segmenter(image))


def test_chain_hands_on_what_the_first_found() -> None:
    seen: list[tuple[Image, Probs | None]] = []
    first_prior: list[Probs | None] = []

    def first(image: Image, prior: Probs | None) -> Probs:
        first_prior.append(prior)
        return flat(image.shape[0], image.shape[1], 0.125)

    image, prior = np.zeros((2, 2, 3), np.uint8), flat(2, 2, 1)
    chained = chain(from_function(TWO, first), recording(seen))
    np.testing.assert_array_equal(chained(image, prior), flat(2, 2, 0.75))
    assert first_prior[0] is prior
    assert seen[0][1] is not None
    np.testing.assert_array_equal(seen[0][1], flat(2, 2, 0.125))


def test_chain_refuses_different_numbers_of_classes() -> None:
    three = from_function(("background", "leaf", "stem"), lambda image, prior: flat(1, 1, 0))
    with pytest.raises(ValueError, match="leaf"):
        chain(three, recording([]))


@given(st.floats(0.01, 0.99), hnp.arrays(np.float32, (4, 5), elements=st.floats(0, 1, width=32)))
def test_thresholded_moves_the_argmax_to_the_threshold(
    threshold: float, foreground: np.ndarray
) -> None:
    probs = np.stack([1 - foreground, foreground], axis=2)
    shifted = thresholded(from_function(TWO, lambda image, prior: probs), threshold)
    result = shifted(np.zeros((4, 5, 3), np.uint8))
    np.testing.assert_allclose(result.sum(axis=2), 1, atol=1e-5)
    clear = np.abs(foreground - threshold) > 1e-5
    np.testing.assert_array_equal(
        result.argmax(axis=2)[clear], (foreground > threshold)[clear].astype(int)
    )


def test_thresholded_at_one_half_changes_no_pixel() -> None:
    steps = np.linspace(0, 1, 257, dtype=np.float32)[None]
    probs = np.stack([1 - steps, steps], axis=2)
    same = thresholded(from_function(TWO, lambda image, prior: probs), 0.5)
    result = same(np.zeros((1, 257, 3), np.uint8))
    np.testing.assert_array_equal(result.argmax(axis=2), probs.argmax(axis=2))


@pytest.mark.parametrize("threshold", [0, 1, -0.1, 1.5, float("nan")])
def test_thresholded_refuses_thresholds_that_are_none(threshold: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        thresholded(recording([]), threshold)


def test_thresholded_refuses_more_than_two_classes() -> None:
    three = from_function(("a", "b", "c"), lambda image, prior: flat(1, 1, 0))
    with pytest.raises(ValueError, match="exactly two classes"):
        thresholded(three, 0.5)
