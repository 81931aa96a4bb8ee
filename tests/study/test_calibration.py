"""The threshold chosen on out-of-fold probabilities, and its gain on other photos."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from maskwright.core import VOID, Mask
from maskwright.metrics import region
from maskwright.metrics.study_results import Calibration
from maskwright.metrics.summary import Summary
from maskwright.study.calibration import (
    SHIFTS,
    calibrate,
    calibration_notes,
    ious_by_shift,
    threshold_histogram,
)

planes = arrays.arrays(np.uint16, (7, 9))
truths = arrays.arrays(np.uint8, (7, 9), elements=st.sampled_from([0, 1, VOID]))


def at_shift(plane: np.ndarray, shift: float) -> Mask:
    """The mask by definition: logit plus shift above 0."""
    probability = plane / 65535
    with np.errstate(divide="ignore"):
        logit = np.log(probability) - np.log1p(-probability)
    return (logit + shift > 0).astype(np.uint8)


@given(planes, truths, st.sampled_from(range(len(SHIFTS))))
def test_iou_from_the_histogram_equals_iou_of_the_shifted_mask(
    plane: np.ndarray, truth: np.ndarray, at: int
) -> None:
    found = ious_by_shift(threshold_histogram(truth, plane))[at]
    near = np.abs(at_shift(plane, SHIFTS[at] - 2e-4) != at_shift(plane, SHIFTS[at] + 2e-4))
    if not near.any():
        assert found == pytest.approx(region.iou(truth, at_shift(plane, SHIFTS[at])))


def timid(seed: int, factor: float) -> tuple[Mask, np.ndarray]:
    """A disc, and probabilities of it that are too low by a factor, with some noise."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:40, :40]
    centre = rng.uniform(12, 28, 2)
    distance = np.hypot(rows - centre[0], columns - centre[1])
    truth = (distance < 9).astype(np.uint8)
    probability = factor / (1 + np.exp(distance - 9 + rng.normal(0, 0.3)))
    return truth, np.rint(65535 * probability).astype(np.uint16)


def calibrated(factor: float, photos: int = 20) -> Calibration:
    made = [timid(seed, factor) for seed in range(photos)]
    counts = [threshold_histogram(truth, plane) for truth, plane in made]
    return calibrate(counts, [n % 4 for n in range(photos)], [str(n) for n in range(photos)])


def test_a_timid_model_gets_a_lower_threshold() -> None:
    found = calibrated(0.5)
    assert 0.15 < found.threshold < 0.35  # right where probabilities are half of what they were
    assert found.shift[0] == 0
    assert found.shift[1] > 0
    assert found.threshold == pytest.approx(1 / (1 + np.exp(found.shift[1])))
    assert found.iou_after > found.iou_before + 0.5
    assert 0 < found.low <= found.iou_after - found.iou_before <= found.high


def test_a_model_that_needs_none_keeps_a_half() -> None:
    found = calibrated(1.0)
    assert abs(found.threshold - 0.5) < 0.06


def test_noise_is_not_mistaken_for_a_gain() -> None:
    """Photos with best thresholds evenly on both sides of 0.5."""
    thresholds = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        made = []
        for photo in range(12):
            truth, plane = timid(100 * seed + photo, 1.0)
            odds = plane / (65536.0 - plane) * np.exp(rng.normal(0, 1))
            made.append(
                threshold_histogram(truth, np.rint(65535 * odds / (1 + odds)).astype(np.uint16))
            )
        found = calibrate(made, [n % 3 for n in range(12)], [str(n) for n in range(12)])
        thresholds.append(found.threshold)
        if found.iou_after <= found.iou_before:
            assert found.threshold == 0.5
            assert found.shift == (0.0, 0.0)
    assert np.median(np.abs(np.array(thresholds) - 0.5)) < 0.12


def test_the_gain_is_measured_on_photos_that_did_not_choose() -> None:
    """Two folds that want opposite thresholds: chosen on the other one, both lose."""
    counts = []
    for seed in range(16):
        truth, plane = timid(seed, 1.0)
        if seed % 2:  # too little is found
            plane = np.rint(plane * 0.6).astype(np.uint16)
        else:  # and here as much too much
            plane = np.rint(65535 - (65535 - plane.astype(np.float64)) * 0.6).astype(np.uint16)
        counts.append(threshold_histogram(truth, plane))
    found = calibrate(counts, [seed % 2 for seed in range(16)], [str(n) for n in range(16)])
    assert found.iou_after < found.iou_before
    assert found.high < 0
    assert found.threshold == 0.5


def test_empty_masks_and_void_count_as_everywhere() -> None:
    empty = np.zeros((5, 5), np.uint8)
    nothing = np.zeros((5, 5), np.uint16)
    assert (ious_by_shift(threshold_histogram(empty, nothing)) == 1).all()
    void = np.full((5, 5), VOID, np.uint8)
    assert (ious_by_shift(threshold_histogram(void, np.full((5, 5), 65535, np.uint16))) == 1).all()


def test_one_fold_is_refused() -> None:
    counts = [threshold_histogram(*timid(seed, 1.0)) for seed in range(3)]
    with pytest.raises(ValueError, match="two folds"):
        calibrate(counts, [0, 0, 0], list("abc"))
    with pytest.raises(ValueError, match="each photo"):
        calibrate(counts, [0, 1], list("abc"))


def test_a_tie_is_background_as_in_the_mask() -> None:
    half = np.full((4, 4), np.rint(65535 * 0.5), np.uint16)
    assert (
        ious_by_shift(threshold_histogram(np.ones((4, 4), np.uint8), half))[len(SHIFTS) // 2] == 0
    )


@pytest.mark.parametrize(("constant", "said"), [(0.3, 0), (0.9, 1)])
def test_a_threshold_no_better_than_a_constant_mask_is_noted(constant: float, said: int) -> None:
    found = Calibration(0.05, (0.0, 2.9), 0.2, 0.55, 0.3, 0.4)
    one = dict.fromkeys((part.name for part in fields(Summary)), ())
    baselines = {
        name: Summary(**{**one, "iou": iou})  # type: ignore[arg-type]
        for name, iou in (("all background", 0.0), ("all foreground", constant))
    }
    notes = calibration_notes(found, baselines)
    assert len(notes) == said
    assert all("“all foreground”" in note and "0.900" in note for note in notes)
    assert calibration_notes(replace(found, threshold=0.5), baselines) == []
