"""Methods compared by photo: against a plain loop and SciPy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from scipy import stats

from maskwright.core import Mask
from maskwright.metrics.bootstrap import BootstrapFigures, bootstrap_figures
from maskwright.metrics.comparison import COMPARED, Comparison, compare
from maskwright.metrics.counts import MetricCounts
from maskwright.metrics.intervals import DRAWS, percentile_interval
from maskwright.metrics.photo import PhotoScores, measure_photo

CLASSES = ("background", "foreground")
PHOTOS = 40


def _photos(seed: int, share: float) -> list[tuple[Mask, Mask]]:
    """True masks (the same for every seed) and predictions with some pixels wrong."""
    rng, wrong = np.random.default_rng(0), np.random.default_rng(seed)
    pairs = []
    for at in range(PHOTOS):
        truth = np.kron(rng.integers(0, 2, (4, 5)), np.ones((5, 5))).astype(np.uint8)
        spoilt = wrong.random(truth.shape) < share * wrong.random()
        # Every tenth photo is the same for all methods.
        pairs.append((truth, truth if at % 10 == 0 else np.where(spoilt, 1 - truth, truth)))
    return pairs


@pytest.fixture(scope="module")
def measured() -> dict[str, list[tuple[PhotoScores, MetricCounts]]]:
    methods = {"good": (1, 0.1), "poor": (2, 0.3), "like good": (3, 0.11)}
    return {
        name: [measure_photo(str(at), *pair, CLASSES) for at, pair in enumerate(_photos(*how))]
        for name, how in methods.items()
    }


@pytest.fixture(scope="module")
def rows(
    measured: Mapping[str, list[tuple[PhotoScores, MetricCounts]]],
) -> dict[str, list[PhotoScores]]:
    return {name: [row for row, _ in photos] for name, photos in measured.items()}


@pytest.fixture(scope="module")
def compared(
    measured: Mapping[str, list[tuple[PhotoScores, MetricCounts]]],
    rows: Mapping[str, list[PhotoScores]],
) -> dict[tuple[str, str, str], Comparison]:
    figures = {
        name: bootstrap_figures(rows[name], [counts for _, counts in photos], CLASSES)
        for name, photos in measured.items()
    }
    return {(one.first, one.second, one.figure): one for one in compare(rows, figures)}


def test_every_later_method_meets_every_earlier_one(
    compared: Mapping[tuple[str, str, str], Comparison],
) -> None:
    pairs = [("poor", "good"), ("like good", "good"), ("like good", "poor")]
    assert list(compared) == [(*pair, figure) for pair in pairs for figure in COMPARED]


def test_wins_are_those_of_a_plain_loop(
    rows: Mapping[str, list[PhotoScores]], compared: Mapping[tuple[str, str, str], Comparison]
) -> None:
    for (first, second, figure), one in compared.items():
        wins = losses = ties = 0
        for row, other in zip(rows[first], rows[second], strict=True):
            mine, theirs = getattr(row, figure), getattr(other, figure)
            if mine == theirs:
                ties += 1
            elif (mine < theirs) == (figure == "error_rate"):
                wins += 1
            else:
                losses += 1
        assert (one.wins, one.losses, one.ties) == (wins, losses, ties)
        assert ties >= PHOTOS // 10
    assert compared["poor", "good", "iou"].losses > 30
    assert compared["poor", "good", "error_rate"].losses > 30


def test_difference_and_interval_are_scipys(
    rows: Mapping[str, list[PhotoScores]], compared: Mapping[tuple[str, str, str], Comparison]
) -> None:
    for (first, second, figure), one in compared.items():
        mine, theirs = ([getattr(row, figure) for row in rows[name]] for name in (first, second))
        assert one.difference == pytest.approx(np.mean(mine) - np.mean(theirs))
        expected = stats.bootstrap(
            (mine, theirs),
            lambda a, b, axis: a.mean(axis=axis) - b.mean(axis=axis),
            n_resamples=DRAWS,
            method="percentile",
            paired=True,
            rng=1,
        ).confidence_interval
        width = one.high - one.low
        assert (one.low, one.high) == pytest.approx(tuple(expected), abs=0.06 * width)


def test_a_paired_interval_is_narrower_than_separate_ones() -> None:
    """Photos differ far more than methods do, and every photo is a little better by one."""
    rng = np.random.default_rng(0)
    level = rng.random(PHOTOS)
    figures = {"base": level, "better": level + 0.01 + 0.001 * rng.random(PHOTOS)}
    times = np.random.default_rng(0).multinomial(PHOTOS, [1 / PHOTOS] * PHOTOS, DRAWS) / PHOTOS
    resampled = {
        name: BootstrapFigures(
            {figure: float(values.mean()) for figure in COMPARED},
            {figure: times @ values for figure in COMPARED},
            PHOTOS,
        )
        for name, values in figures.items()
    }
    rows = {
        name: [
            PhotoScores(str(at), 1, 1, 0.0, value, value, value, None, ())
            for at, value in enumerate(values.tolist())
        ]
        for name, values in figures.items()
    }
    iou, error, _ = compare(rows, resampled)
    assert 0 < iou.low < iou.difference < iou.high
    assert (iou.wins, iou.losses) == (PHOTOS, 0)
    assert (error.wins, error.losses) == (0, PHOTOS)
    assert np.ptp(percentile_interval(resampled["base"].draws["iou"])) > 10 * (iou.high - iou.low)


def test_with_few_photos_no_interval_is_clear() -> None:
    """If one method is better on both of two photos, it is better in every draw."""
    few, enough = (
        Comparison("siox", "unet", "iou", 0.1, 0.05, 0.2, 9, 0, 0, units) for units in (9, 10)
    )
    assert not few.is_clear
    assert enough.is_clear
