"""Geometry of charts: no mark leaves its frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskwright.metrics.study_results import CurvePoint
from maskwright.report.page.charts import BINS, curve, histogram

SHARES = st.floats(0, 1)


def test_both_ends_belong_to_a_bin() -> None:
    counts = histogram([0.0, 0.049, 0.05, 1.0, 1.0], None).counts
    assert counts[0] == 2 and counts[1] == 1 and counts[-1] == 2
    assert len(counts) == BINS


def test_a_histogram_keeps_single_photos_while_they_can_be_told_apart() -> None:
    few, many = np.linspace(0, 1, 50).tolist(), np.linspace(0, 1, 10_000).tolist()
    assert histogram(few, (0.4, 0.6)).values == tuple(few)
    drawn = histogram(many, None)
    assert drawn.values == () and sum(drawn.counts) == drawn.photos == 10_000
    assert drawn.mean == pytest.approx(0.5)
    assert drawn.interval is None


@given(st.lists(st.tuples(st.integers(1, 500), SHARES, SHARES, SHARES), min_size=1, max_size=6))
def test_a_curve_stays_in_its_frame(found: list[tuple[int, float, float, float]]) -> None:
    points = [
        CurvePoint(photos, sorted(three)[1], min(three), max(three)) for photos, *three in found
    ]
    drawn = curve(points)
    levels = drawn.levels
    assert 2 <= len(levels) <= 8 and levels == sorted(set(levels))
    assert levels[0] <= min(one.low for one in points) + 1e-6
    assert levels[-1] >= max(one.high for one in points) - 1e-6
    for point in points:
        assert 0 < drawn.across(point.photos) <= 1
        low, middle, high = map(drawn.up, (point.low, point.iou, point.high))
        assert -1e-6 <= low <= middle <= high <= 1 + 1e-6
        height = levels[0] + middle * (levels[-1] - levels[0])
        assert height == pytest.approx(point.iou)


def test_levels_are_round() -> None:
    drawn = curve([CurvePoint(10, 0.61, 0.56, 0.66), CurvePoint(60, 0.8, 0.77, 0.83)])
    assert drawn.levels == [0.5, 0.6, 0.7, 0.8, 0.9]
    assert [point.photos for point in drawn.points] == [10, 60]
