"""Figures of a photo and of all photos together, against scikit-learn and SciPy."""

from __future__ import annotations

from math import hypot

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage
from sklearn import metrics as sk

from maskwright.core import VOID, Mask
from maskwright.metrics.counts import sum_counts
from maskwright.metrics.photo import measure_photo
from maskwright.metrics.summary import Summary, summarise

CLASSES = ("background", "leaf", "stem")
SQUARE = np.ones((3, 3), bool)
ELLIPSE = np.ones((5, 5), bool)
ELLIPSE[[0, 0, 0, 0, 4, 4, 4, 4], [0, 1, 3, 4, 0, 1, 3, 4]] = False

Pairs = list[tuple[Mask, Mask]]


@st.composite
def photos(draw: st.DrawFn, classes: int = 3) -> Pairs:
    """One to four photos of their own sizes, of blocks or single pixels."""
    pairs = []
    for _ in range(draw(st.integers(1, 4))):
        shape = draw(hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=6))
        labels = [*range(classes), VOID]
        truth = draw(hnp.arrays(np.uint8, shape, elements=st.sampled_from(labels)))
        called = draw(hnp.arrays(np.uint8, shape, elements=st.integers(0, classes - 1)))
        block = np.ones((draw(st.integers(1, 4)),) * 2, np.uint8)
        pairs.append((np.kron(truth, block), np.kron(called, block)))
    return pairs


def summed_up(pairs: Pairs, classes: tuple[str, ...] = CLASSES) -> Summary:
    found = [measure_photo(str(at), *pair, classes) for at, pair in enumerate(pairs)]
    return summarise([row for row, _ in found], sum_counts([one for _, one in found]), classes)


@given(photos())
@settings(deadline=None)
def test_pooled_regions_are_scikit_learns_of_all_pixels(pairs: Pairs) -> None:
    known = [truth != VOID for truth, _ in pairs]
    true = np.concatenate([truth[where] for (truth, _), where in zip(pairs, known, strict=True)])
    called = np.concatenate([mask[where] for (_, mask), where in zip(pairs, known, strict=True)])
    summary = summed_up(pairs)
    if true.size:
        assert summary.pooled_error_rate == pytest.approx(1 - sk.accuracy_score(true, called))
    for label, pooled in enumerate(summary.pooled, 1):
        if not (true == label).any():
            assert pooled.iou is None and pooled.boundary_f is None
            continue
        one = (true == label, called == label)
        expected = {
            "iou": sk.jaccard_score(*one),
            "dice": sk.f1_score(*one),
            "precision": sk.precision_score(*one, zero_division=0),
            "recall": sk.recall_score(*one),
            "f_beta": sk.fbeta_score(*one, beta=0.3**0.5, zero_division=0),
        }
        assert {name: getattr(pooled, name) for name in expected} == pytest.approx(expected)
        assert summary.pooled_ious[CLASSES[label]] == pytest.approx(expected["iou"])


@given(photos())
@settings(deadline=None)
def test_boundary_figures_are_those_of_scipys_morphology(pairs: Pairs) -> None:
    summary = summed_up(pairs)
    rows = [measure_photo("", *pair, CLASSES)[0] for pair in pairs]
    for label, pooled in enumerate(summary.pooled, 1):
        lengths = np.array([outline_lengths(*pair, label) for pair in pairs])
        rims = np.array([rim_sizes(*pair, label) for pair in pairs])
        for row, (truth, called), (true, found, judged, right), (both, either) in zip(
            rows, pairs, lengths, rims, strict=True
        ):
            one = row.classes[label - 1]
            in_truth = (truth == label).any()
            in_called = ((called == label) & (truth != VOID)).any()
            if in_truth and in_called and true:
                assert one.boundary_f == pytest.approx(harmonic(found / true, right, judged))
            elif in_truth != in_called:
                assert one.boundary_f == 0
            assert one.boundary_iou == pytest.approx(both / either if either else 1)
        true, found, judged, right = lengths.sum(axis=0)
        if true:
            assert pooled.boundary_f == pytest.approx(harmonic(found / true, right, judged))
            both, either = rims.sum(axis=0)
            assert pooled.boundary_iou == pytest.approx(both / either)


def test_pooled_probabilities_count_pixels_not_photos() -> None:
    small, large = np.ones((2, 2), np.uint8), np.zeros((10, 10), np.uint8)
    found = [
        measure_photo("small", small, small, CLASSES[:2], np.full((2, 2), 0.5, np.float32)),
        measure_photo("large", large, large, CLASSES[:2], np.full((10, 10), 0.1, np.float32)),
    ]
    summary = summarise(
        [row for row, _ in found], sum_counts([one for _, one in found]), CLASSES[:2]
    )
    assert summary.mae == pytest.approx((0.5 + 0.1) / 2)
    assert summary.pooled_mae == pytest.approx((4 * 0.5 + 100 * 0.1) / 104)
    found.append(measure_photo("unsure", small, small, CLASSES[:2]))
    without = summarise(
        [row for row, _ in found], sum_counts([one for _, one in found]), CLASSES[:2]
    )
    assert without.mae is None and without.pooled_mae is None


def test_photos_filled_by_the_class_have_no_outline_to_miss() -> None:
    full, hole = np.ones((9, 9), np.uint8), np.ones((9, 9), np.uint8)
    hole[3:6, 3:6] = 0
    assert summed_up([(full, full)], CLASSES[:2]).pooled[0].boundary_f == 1
    assert summed_up([(full, hole)], CLASSES[:2]).pooled[0].boundary_f == 0


def outline_lengths(truth: Mask, called: Mask, label: int) -> tuple[int, int, int, int]:
    void = truth == VOID
    line = outline(truth == label)
    other = outline((called == label) & ~void)
    judged = other & ~ndimage.binary_dilation(void, SQUARE)
    near_other = ndimage.binary_dilation(other, ELLIPSE)
    near_line = ndimage.binary_dilation(line, ELLIPSE)
    return (
        int(line.sum()),
        int((line & near_other).sum()),
        int(judged.sum()),
        int((judged & near_line).sum()),
    )


def outline(inside: np.ndarray) -> np.ndarray:
    return inside & ~ndimage.binary_erosion(inside, SQUARE, border_value=1)


def rim_sizes(truth: Mask, called: Mask, label: int) -> tuple[int, int]:
    pixels = max(1, round(0.02 * hypot(*truth.shape)))
    rims = [
        inside & ~ndimage.binary_erosion(inside, SQUARE, iterations=pixels)
        for inside in (truth == label, (called == label) & (truth != VOID))
    ]
    return int((rims[0] & rims[1]).sum()), int((rims[0] | rims[1]).sum())


def harmonic(recall: float, right: int, judged: int) -> float:
    precision = right / judged if judged else 1.0
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
