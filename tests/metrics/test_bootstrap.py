"""Bootstrap figures equal the summary, over all photos and over each draw of them."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence

import numpy as np
import pytest

from maskwright.core import VOID
from maskwright.metrics.bootstrap import bootstrap_figures
from maskwright.metrics.counts import MetricCounts, sum_counts
from maskwright.metrics.intervals import DRAWS
from maskwright.metrics.photo import CLASS_FIGURES, PhotoScores, measure_photo
from maskwright.metrics.summary import Summary, summarise

CLASSES = {2: ("background", "leaf"), 4: ("background", "leaf", "stem", "root")}
Measured = tuple[list[PhotoScores], list[MetricCounts]]


def measured(classes: int, photos: int = 9, seed: int = 0) -> Measured:
    """Random blocky photos; the first is void all over, the second holds no foreground."""
    rng = np.random.default_rng(seed)
    found = []
    for at in range(photos):
        truth = np.kron(rng.integers(0, classes, (6, 7)), np.ones((4, 4))).astype(np.uint8)
        wrong = rng.random(truth.shape) < 0.3 * rng.random()
        called = np.where(wrong, rng.integers(0, classes, truth.shape), truth).astype(np.uint8)
        truth[rng.random(truth.shape) < 0.1] = VOID
        if at < 2:
            truth[:] = VOID if at == 0 else 0
        foreground = rng.random(truth.shape, np.float32) if classes == 2 else None
        names = CLASSES[classes]
        found.append(measure_photo(f"photo {at}", truth, called, names, foreground))
    return [row for row, _ in found], [counts for _, counts in found]


def figures_of(summary: Summary) -> dict[str, float | None]:
    """The figures of a summary under the names that intervals have."""
    several = len(summary.classes) > 1
    figures: dict[str, float | None] = {
        "iou": summary.iou,
        "error_rate": summary.error_rate,
        "accuracy": 1 - summary.error_rate,
        "boundary_f": summary.boundary_f,
        "mae": summary.mae,
        "pooled_error_rate": summary.pooled_error_rate,
        "pooled_mae": summary.pooled_mae,
        **{f"{label}.pooled_iou": iou for label, iou in summary.pooled_ious.items()},
    }
    for one, pooled in zip(summary.classes, summary.pooled, strict=True):
        for name in CLASS_FIGURES:
            figures[f"{one.label}.{name}" if several else name] = getattr(one, name)
            figures[f"{one.label}.pooled_{name}"] = getattr(pooled, name)
    return {name: value for name, value in figures.items() if value is not None}


def of_photos(rows: Measured, photos: Sequence[int], classes: int) -> dict[str, float | None]:
    chosen = [rows[0][at] for at in photos]
    counts = sum_counts([rows[1][at] for at in photos])
    return figures_of(summarise(chosen, counts, CLASSES[classes]))


@pytest.mark.parametrize("classes", [2, 4])
def test_over_all_photos_they_are_the_summary(classes: int) -> None:
    rows = measured(classes)
    whole = bootstrap_figures(*rows, CLASSES[classes]).observed
    assert whole == pytest.approx(of_photos(rows, range(9), classes))
    assert ("mae" in whole) == (classes == 2)


@pytest.mark.parametrize("classes", [2, 4])
def test_over_drawn_photos_they_are_the_summary_of_those(classes: int) -> None:
    rows = measured(classes)
    drawn = bootstrap_figures(*rows, CLASSES[classes]).draws
    photos = np.random.default_rng(0).integers(0, 9, (DRAWS, 9))
    for draw in (0, 1, 2, 17, DRAWS - 1):
        expected = of_photos(rows, photos[draw], classes)
        found = {name: figures[draw] for name, figures in drawn.items()}
        known = {name: value for name, value in found.items() if not np.isnan(value)}
        assert known == pytest.approx(expected)


@pytest.mark.parametrize("classes", [2, 4])
def test_intervals_hold_the_figures(classes: int) -> None:
    figures = bootstrap_figures(*measured(classes), CLASSES[classes])
    intervals = figures.intervals()
    assert intervals.keys() == figures.observed.keys()
    for name, (low, high) in intervals.items():
        assert low <= figures.observed[name] <= high, name
        assert low < high, name


def test_a_figure_that_only_one_photo_has_is_given_no_interval() -> None:
    empty, leaf = np.zeros((8, 8), np.uint8), np.zeros((8, 8), np.uint8)
    leaf[2:5, 2:5] = 1
    stem = 2 * leaf
    names = ("background", "leaf", "stem")
    photos = [stem, leaf, leaf, leaf, empty, empty]
    found = [measure_photo(str(at), mask, mask, names) for at, mask in enumerate(photos)]
    figures = bootstrap_figures([row for row, _ in found], [one for _, one in found], names)
    assert figures.observed["stem.iou"] == figures.observed["stem.pooled_iou"] == 1
    assert "leaf.iou" in figures.intervals()
    assert not any(name.startswith("stem.") for name in figures.intervals())


def test_groups_make_intervals_wider_where_photos_are_alike() -> None:
    rows, counts = measured(2, photos=8)
    twins = ([row for row in rows for _ in range(6)], [one for one in counts for _ in range(6)])
    groups = [row.name for row in twins[0]]
    alone = bootstrap_figures(*twins, CLASSES[2]).intervals()["iou"]
    grouped = bootstrap_figures(*twins, CLASSES[2], groups).intervals()["iou"]
    assert grouped == pytest.approx(bootstrap_figures(rows, counts, CLASSES[2]).intervals()["iou"])
    assert grouped[1] - grouped[0] > 2 * (alone[1] - alone[0])


def test_many_classes_need_no_memory_for_pairs_of_classes() -> None:
    names = tuple(f"class {at}" for at in range(60))
    truth = np.tile(np.arange(60, dtype=np.uint8), (8, 1))
    photos = [measure_photo(str(at), np.roll(truth, at), truth, names) for at in range(3)]
    tracemalloc.start()
    found = bootstrap_figures([row for row, _ in photos], [one for _, one in photos], names)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found.draws) > 800
    # Little more than the figures themselves; the sums of all pairs would be 290 MB alone.
    assert most < 1.6 * 8 * DRAWS * len(found.draws)
