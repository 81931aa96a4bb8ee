"""Bootstrap intervals against SciPy, plain loops, and their nominal coverage."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from maskwright.metrics.intervals import DRAWS, bootstrap_sums, mean_interval, percentile_interval


def drawn_sums(columns: np.ndarray, *given: list[str], **options: Any) -> np.ndarray:
    return np.concatenate(list(bootstrap_sums(columns, *given, **options)))


def skewed(seed: int, photos: int = 40) -> np.ndarray:
    """Figures as photos have them: most near 1, a few far below."""
    return np.random.default_rng(seed).beta(4, 1, photos)


@pytest.mark.parametrize("photos", [5, 40, 150])
def test_the_interval_of_a_mean_is_scipys(photos: int) -> None:
    figures = skewed(photos, photos)
    theirs = stats.bootstrap(
        (figures,), np.mean, n_resamples=DRAWS, method="percentile", rng=1
    ).confidence_interval
    low, high = mean_interval(figures.tolist())
    # Both are drawn at random: the ends differ by a few per cent of the width.
    assert (low, high) == pytest.approx(tuple(theirs), abs=0.05 * (high - low))


def test_the_interval_over_groups_is_scipys_over_their_sums_and_sizes() -> None:
    rng = np.random.default_rng(0)
    member = rng.integers(0, 12, 80)
    figures = skewed(1, 80) + 0.1 * member
    sums = np.bincount(member, figures, minlength=12)
    sizes = np.bincount(member, minlength=12).astype(float)
    theirs = stats.bootstrap(
        (sums, sizes),
        lambda total, many, axis: total.sum(axis=axis) / many.sum(axis=axis),
        n_resamples=DRAWS,
        method="percentile",
        paired=True,
        rng=1,
    ).confidence_interval
    low, high = mean_interval(figures.tolist(), [f"plant {one}" for one in member])
    assert (low, high) == pytest.approx(tuple(theirs), abs=0.05 * (high - low))


def test_sums_are_those_of_whole_drawn_groups() -> None:
    columns = np.random.default_rng(0).random((7, 3))
    groups = ["b", "a", "b", "c", "a", "a", "c"]
    sums = drawn_sums(columns, groups, draws=50, seed=4)
    drawn = np.random.default_rng(4).integers(0, 3, (50, 3))
    for expected, found in zip(drawn, sums, strict=True):
        photos = [at for unit in expected for at in range(7) if groups[at] == "abc"[unit]]
        np.testing.assert_allclose(found, columns[photos].sum(axis=0))


def test_many_photos_are_drawn_in_parts() -> None:
    columns = np.ones((30_000, 1))  # the counts of all draws at once would take 2.4 GB
    sums = drawn_sums(columns, draws=400)
    assert sums.shape == (400, 1)
    assert (sums == 30_000).all()
    halves = drawn_sums(columns * (np.arange(30_000) < 15_000)[:, None], draws=400)
    assert halves.mean() == pytest.approx(15_000, rel=0.001)
    assert halves.std() == pytest.approx(np.sqrt(30_000) / 2, rel=0.15)


def test_draws_are_the_same_again_and_paired() -> None:
    one, other = skewed(0), skewed(1)
    assert mean_interval(one.tolist()) == mean_interval(one.tolist())
    assert mean_interval(one.tolist()) != mean_interval(one.tolist(), seed=1)
    both = drawn_sums(np.stack([one, other], axis=1))
    np.testing.assert_allclose(both[:, :1], drawn_sums(one[:, None]))


def test_draws_without_the_figure_are_left_out() -> None:
    drawn = np.append(np.linspace(0, 1, 1001), [np.nan] * 100)
    assert percentile_interval(drawn) == pytest.approx((0.025, 0.975))


def test_equal_figures_have_an_interval_without_width() -> None:
    assert mean_interval([0.5] * 20) == (0.5, 0.5)


def test_nineteen_of_twenty_intervals_hold_the_truth() -> None:
    rng = np.random.default_rng(0)
    ends = [mean_interval(rng.beta(4, 1, 60).tolist()) for _ in range(200)]
    held = np.mean([low <= 0.8 <= high for low, high in ends])
    assert 0.89 < held < 0.98


def test_photos_of_a_group_are_not_taken_for_independent() -> None:
    """Twenty plants, ten like photos of each: only over groups the promise is kept."""
    rng = np.random.default_rng(0)
    groups = [str(plant) for plant in range(20) for _ in range(10)]
    held = {"photos": 0, "groups": 0}
    for _ in range(100):
        figures = np.repeat(rng.normal(0, 1, 20), 10) + rng.normal(0, 0.3, 200)
        for over, given in (("photos", None), ("groups", groups)):
            low, high = mean_interval(figures.tolist(), given)
            held[over] += low <= 0 <= high
    assert held["groups"] > 85
    assert held["photos"] < 65
