"""IoU against the number of photos, and the sentence on more of them."""

from __future__ import annotations

import numpy as np
import pytest

from maskwright.metrics.study_results import LearningCurve
from maskwright.study.learning_curve import learning_curve

PHOTOS, FOLDS = 60, 5


def drawn(errors: list[float], noise: float, seed: int = 0) -> np.ndarray:
    """IoU of each photo at each number of photos, with these mean errors."""
    rng = np.random.default_rng(seed)
    hard = rng.normal(0, 0.05, PHOTOS)
    rows = [1 - error + hard + rng.normal(0, noise, PHOTOS) for error in errors]
    return np.clip(np.array(rows), 0, 1)


def curve(errors: list[float], noise: float = 0.02, labelled: int = PHOTOS) -> LearningCurve:
    folds = [n % FOLDS for n in range(PHOTOS)]
    return learning_curve(
        [12, 24, 48],
        drawn(errors, noise),
        folds,
        [str(n) for n in range(PHOTOS)],
        labelled=labelled,
    )


def power(factor: float, exponent: float) -> list[float]:
    return [factor * n**-exponent for n in (12, 24, 48)]


def test_points_are_means_with_intervals() -> None:
    found = curve(power(1.0, 0.5))
    assert [one.photos for one in found.points] == [12, 24, 48]
    for one, error in zip(found.points, power(1.0, 0.5), strict=True):
        assert one.iou == pytest.approx(1 - error, abs=0.03)
        assert one.low < one.iou < one.high


def test_a_steep_curve_states_the_gain_of_more_photos() -> None:
    found = curve(power(1.5, 0.5))
    expected = 1.5 * (60**-0.5 - 80**-0.5)
    assert found.sentence.startswith("Labelling pays: 20 photos more than the current 60")
    said = float(found.sentence.split("about ")[1].split(" points")[0])
    assert said == pytest.approx(100 * expected, abs=1)


def test_a_flat_curve_is_called_flat() -> None:
    assert curve([0.2, 0.2, 0.2]).sentence.startswith("The curve is flat")


def test_a_fall_is_not_called_flat() -> None:
    sentence = curve([0.2, 0.3, 0.4]).sentence
    assert sentence.startswith("With more photos the models scored worse")
    assert "same few steps" in sentence and "-" in sentence.split("bring ")[1]


def test_a_possible_fall_is_not_called_flat() -> None:
    """No gain of a point, but perhaps a loss of several."""
    found = [curve([0.2, 0.2 + rise, 0.2 + 2 * rise], noise=0.1).sentence for rise in (0.005, 0.01)]
    assert not any(one.startswith("The curve is flat") for one in found)


def test_noise_is_called_unclear() -> None:
    found = curve([0.45, 0.5, 0.4], noise=0.3)
    assert found.sentence.startswith("It is unclear whether more photos would help")


def test_models_that_differ_from_fold_to_fold_make_it_less_sure() -> None:
    folds = np.arange(PHOTOS) % FOLDS
    names = [str(n) for n in range(PHOTOS)]
    steady = drawn(power(1.5, 0.5), 0.0)
    shaken = steady.copy()
    shaken[2] += np.array([-0.15, 0.15, 0, 0.1, -0.1])[folds]
    width = []
    for ious in (steady, shaken):
        sentence = learning_curve([12, 24, 48], ious, folds.tolist(), names, labelled=60).sentence
        low, high = sentence.split("interval ")[1].split(")")[0].split(" to ")
        width.append(float(high) - float(low))
    assert width[1] > 3 * width[0]


def test_perfect_scores_have_no_infinite_gain() -> None:
    found = learning_curve([2, 4], np.ones((2, 6)), [0, 0, 1, 1, 2, 2], list("abcdef"), labelled=6)
    assert "flat" in found.sentence


def test_one_point_is_no_curve() -> None:
    with pytest.raises(ValueError, match="two points"):
        learning_curve([2], np.ones((1, 6)), [0, 0, 1, 1, 2, 2], list("abcdef"), labelled=6)
