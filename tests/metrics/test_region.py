"""Region metrics against scikit-learn and pysodmetrics, on random and degenerate masks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import py_sod_metrics
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import metrics as sk

from maskwright.core import VOID, Mask
from maskwright.metrics import region

SIDES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12)


def metric(name: str) -> Callable[..., float]:
    return lambda truth, prediction, label=1: region.one_class(truth, prediction, label)[name]


ONE_CLASS = {name: metric(name) for name in ("iou", "dice", "precision", "recall", "f_beta")}


@st.composite
def masks(draw: st.DrawFn, classes: int = 2) -> tuple[Mask, Mask]:
    """A true mask with void, and a predicted one without, of the same size."""
    shape = draw(SIDES)
    labels = range(classes)
    truth = draw(hnp.arrays(np.uint8, shape, elements=st.sampled_from([*labels, VOID])))
    return truth, draw(hnp.arrays(np.uint8, shape, elements=st.sampled_from(labels)))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (region.iou, sk.jaccard_score),
        (ONE_CLASS["dice"], sk.f1_score),
        (ONE_CLASS["precision"], sk.precision_score),
        (ONE_CLASS["recall"], sk.recall_score),
        (ONE_CLASS["f_beta"], lambda t, p, **how: sk.fbeta_score(t, p, beta=0.3**0.5, **how)),
    ],
    ids=["iou", "dice", "precision", "recall", "f_beta"],
)
def test_one_class_agrees_with_scikit_learn(
    ours: Callable[..., float], theirs: Callable[..., float]
) -> None:
    @given(masks(classes=3), st.integers(0, 2))
    def agrees(pair: tuple[Mask, Mask], label: int) -> None:
        truth, prediction = pair
        known = truth != VOID
        true, called = truth[known] == label, prediction[known] == label
        if true.any() and called.any():
            assert ours(truth, prediction, label) == pytest.approx(theirs(true, called))
        else:  # the empty rule, which scikit-learn leaves to its caller
            assert ours(truth, prediction, label) == float(not true.any() and not called.any())

    agrees()


@given(masks(classes=4))
def test_confusion_error_and_mean_iou_agree_with_scikit_learn(pair: tuple[Mask, Mask]) -> None:
    truth, prediction = pair
    known = truth != VOID
    counts = region.confusion(truth, prediction, 4)
    if not known.any():
        assert counts.sum() == 0
        assert region.error_rate(truth, prediction) == 0
        assert region.mean_iou(region.margins(counts)) == 1
        return
    true, called = truth[known], prediction[known]
    np.testing.assert_array_equal(counts, sk.confusion_matrix(true, called, labels=range(4)))
    accuracy = sk.accuracy_score(true, called)
    assert region.error_rate(truth, prediction) == pytest.approx(1 - accuracy)
    present = np.unique(true)
    expected = sk.jaccard_score(true, called, labels=present, average=None, zero_division=0)
    np.testing.assert_allclose(region.class_ious(region.margins(counts))[present], expected)
    assert np.isnan(np.delete(region.class_ious(region.margins(counts)), present)).all()
    assert region.mean_iou(region.margins(counts)) == pytest.approx(expected.mean())


def test_confusions_add_up_over_photos() -> None:
    rng = np.random.default_rng(0)
    photos = [(_mask(rng, (7, 5), 3), _mask(rng, (7, 5), 3)) for _ in range(4)]
    added = sum(region.confusion(t, p, 3) for t, p in photos)
    pooled = region.confusion(
        np.vstack([t for t, _ in photos]), np.vstack([p for _, p in photos]), 3
    )
    np.testing.assert_array_equal(added, pooled)


@given(SIDES.flatmap(lambda shape: st.tuples(_binary(shape), _probabilities(shape))))
def test_mae_and_f_beta_agree_with_pysodmetrics(pair: tuple[Mask, np.ndarray]) -> None:
    truth, foreground = pair
    theirs = py_sod_metrics.MAE()
    theirs.step(foreground.astype(np.float64), truth.astype(bool), normalize=False)
    expected = theirs.get_results()["mae"]
    assert region.mae(truth, foreground) == pytest.approx(expected, abs=1e-6)
    stored = np.rint(foreground * 65535).astype(np.uint16)
    assert region.mae(truth, stored) == pytest.approx(expected, abs=1e-5)

    handler = py_sod_metrics.FmeasureHandler(
        beta=0.3, with_dynamic=False, with_adaptive=False, with_binary=True, sample_based=True
    )
    measure = py_sod_metrics.FmeasureV2(metric_handlers={"fm": handler})
    called = (foreground >= 0.5).astype(np.uint8)
    measure.step(called.astype(np.float64), truth.astype(bool), normalize=False)
    if truth.any() and called.any():
        assert ONE_CLASS["f_beta"](truth, called) == pytest.approx(
            measure.get_results()["fm"]["binary"], abs=1e-6
        )


@pytest.mark.parametrize("true", ["empty", "full", "pixel", "void"])
@pytest.mark.parametrize("called", ["empty", "full", "pixel"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 6)])
def test_degenerate_masks_agree_with_scikit_learn(
    true: str, called: str, shape: tuple[int, int]
) -> None:
    """Where the metric is defined; where it divides by zero, the empty rule applies."""
    truth, prediction = _degenerate(true, shape), _degenerate(called, shape)
    known = truth != VOID
    flat = (truth[known], prediction[known])
    if known.any():
        np.testing.assert_array_equal(
            region.confusion(truth, prediction, 2), sk.confusion_matrix(*flat, labels=[0, 1])
        )
        assert region.error_rate(truth, prediction) == pytest.approx(1 - sk.accuracy_score(*flat))
        assert region.mae(truth, prediction.astype(np.float32)) == pytest.approx(
            sk.mean_absolute_error(*flat)
        )
    both_empty = not (flat[0] == 1).any() and not (flat[1] == 1).any()
    for ours, theirs in (
        (region.iou, sk.jaccard_score),
        (ONE_CLASS["dice"], sk.f1_score),
        (ONE_CLASS["precision"], sk.precision_score),
        (ONE_CLASS["recall"], sk.recall_score),
        (ONE_CLASS["f_beta"], lambda t, p, **how: sk.fbeta_score(t, p, beta=0.3**0.5, **how)),
    ):
        expected = 1.0 if both_empty else theirs(*flat, zero_division=0)
        assert ours(truth, prediction) == pytest.approx(expected)


@given(SIDES.flatmap(lambda shape: st.tuples(_binary(shape), _binary(shape))))
def test_regions_agree_with_pysodmetrics(pair: tuple[Mask, Mask]) -> None:
    truth, called = pair
    if not truth.any() or not called.any():
        return  # the empty rule is ours
    handlers = {
        "iou": py_sod_metrics.IOUHandler,
        "dice": py_sod_metrics.DICEHandler,
        "precision": py_sod_metrics.PrecisionHandler,
        "recall": py_sod_metrics.RecallHandler,
    }
    made = {
        name: handler(with_dynamic=False, with_adaptive=False, with_binary=True, sample_based=True)
        for name, handler in handlers.items()
    }
    measure = py_sod_metrics.FmeasureV2(metric_handlers=made)
    measure.step(called.astype(np.float64), truth.astype(bool), normalize=False)
    for name, result in measure.get_results().items():
        ours = region.one_class(truth, called)[name]
        assert ours == pytest.approx(result["binary"], abs=1e-6), name


def test_a_confusion_is_counted_in_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    truth, prediction = _mask(rng, (50, 40), 3), _mask(rng, (50, 40), 3)
    whole = region.confusion(truth, prediction, 3)
    monkeypatch.setattr(region, "_STRIP", 120)  # three rows, and two left over
    np.testing.assert_array_equal(region.confusion(truth, prediction, 3), whole)
    assert whole.sum() == truth.size


def test_void_counts_nowhere() -> None:
    truth = np.array([[1, 1, 0, 0, VOID, VOID]], np.uint8)
    one = np.array([[1, 0, 0, 0, 0, 0]], np.uint8)
    other = np.array([[1, 0, 0, 0, 1, 1]], np.uint8)
    assert region.one_class(truth, one) == region.one_class(truth, other)
    assert region.error_rate(truth, one) == region.error_rate(truth, other)
    assert region.iou(truth, other) == 0.5
    assert region.error_rate(truth, other) == 0.25
    assert region.mae(truth, other.astype(np.float32)) == 0.25


@pytest.mark.parametrize("metric", ONE_CLASS.values(), ids=ONE_CLASS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (6, 4)])
def test_the_empty_rule(metric: Callable[..., float], shape: tuple[int, int]) -> None:
    empty, full = np.zeros(shape, np.uint8), np.ones(shape, np.uint8)
    void = np.full(shape, VOID, np.uint8)
    assert metric(empty, empty) == 1
    assert metric(full, full) == 1
    assert metric(empty, full) == 0
    assert metric(full, empty) == 0
    assert metric(void, full) == metric(void, empty) == 1


def test_all_void_is_no_error() -> None:
    void, full = np.full((3, 3), VOID, np.uint8), np.ones((3, 3), np.uint8)
    assert region.error_rate(void, full) == 0
    assert region.mae(void, full.astype(np.float32)) == 0


@pytest.mark.parametrize("metric", [region.iou, region.one_class, region.error_rate, region.mae])
def test_sizes_that_differ_are_refused(metric: Callable[..., float]) -> None:
    with pytest.raises(ValueError, match="4x3 pixels"):
        metric(np.zeros((3, 4), np.uint8), np.zeros((4, 3), np.uint8))


def test_a_class_index_beyond_the_classes_is_refused_but_not_in_void() -> None:
    prediction = np.array([[0, 7]], np.uint8)
    with pytest.raises(ValueError, match="class index 7"):
        region.confusion(np.array([[0, 1]], np.uint8), prediction, 2)
    assert region.confusion(np.array([[0, VOID]], np.uint8), prediction, 2).sum() == 1


def _degenerate(kind: str, shape: tuple[int, int]) -> Mask:
    mask = np.full(shape, {"empty": 0, "full": 1, "pixel": 0, "void": VOID}[kind], np.uint8)
    if kind == "pixel":
        mask[shape[0] // 2, shape[1] // 2] = 1
    return mask


def _mask(rng: np.random.Generator, shape: tuple[int, int], classes: int) -> Mask:
    return rng.integers(0, classes, shape).astype(np.uint8)


def _binary(shape: tuple[int, ...]) -> st.SearchStrategy[Mask]:
    return hnp.arrays(np.uint8, shape, elements=st.integers(0, 1))


def _probabilities(shape: tuple[int, ...]) -> st.SearchStrategy[np.ndarray]:
    return hnp.arrays(np.float32, shape, elements=st.floats(0, 1, width=32))
