"""Learning a gate: samples of photos, and when the gate opens or stays closed."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from maskwright.core import VOID, Mask
from maskwright.fusion.features import FEATURES, region_features
from maskwright.fusion.gate import Gate, gate_from_json
from maskwright.fusion.learn import BOUNDS, GateSample, learn_gate, mean_gain
from maskwright.fusion.method_outputs import MethodOutputs
from maskwright.metrics.region import iou
from tests.support.gate_samples import ALONE, PARTS, PHOTOS, samples_of
from tests.support.method_outputs import gate_of, random_outputs, without_beak


def truth_of(seed: int, side: int = 24) -> Mask:
    """Noise of both classes and void."""
    return np.random.default_rng(seed).choice([0, 1, VOID], (side, side)).astype(np.uint8)


def sample_of(outputs: MethodOutputs, truth: Mask) -> GateSample:
    """Of masks that need no enlarging."""
    return GateSample.of(outputs, truth, outputs.network > 0.5, outputs.combined > 0.5)


@pytest.mark.parametrize("seed", range(5))
def test_iou_equals_that_of_the_masks(seed: int) -> None:
    outputs, truth = random_outputs(seed), truth_of(seed)
    sample = sample_of(outputs, truth)
    rng = np.random.default_rng(seed)
    for given in (
        np.zeros(len(outputs.regions), bool),
        np.ones(len(outputs.regions), bool),
        rng.random(len(outputs.regions)) < 0.5,
    ):
        theirs = outputs.regions.mask(given)
        mask = (np.where(theirs, outputs.combined, outputs.network) > 0.5).astype(np.uint8)
        assert sample.iou(given) == pytest.approx(iou(truth, mask))
    assert sample.gain(np.zeros(len(outputs.regions), bool)) == 0


@pytest.mark.parametrize("value", [0, 1, VOID])
@pytest.mark.parametrize("network", [0.0, 1.0])
def test_empty_and_full_truth_and_masks(network: float, value: int) -> None:
    ours = np.full((5, 4), network, np.float32)
    outputs = MethodOutputs(np.zeros((5, 4, 3), np.uint8), ours, ours)
    truth = np.full((5, 4), value, np.uint8)
    sample = sample_of(outputs, truth)
    mask = (ours > 0.5).astype(np.uint8)
    assert sample.iou(np.zeros(0, bool)) == pytest.approx(iou(truth, mask))
    assert sample.features.shape == (0, len(FEATURES))


def test_which_regions_improve_and_their_weights() -> None:
    outputs = without_beak()
    truth = (outputs.network > 0.5).astype(np.uint8)
    beak = int(outputs.regions.areas[1])
    sample = sample_of(outputs, truth)
    assert sample.improves.tolist() == [False]
    assert sample.weights == pytest.approx(beak / truth.sum())
    assert sample.gain(np.array([True])) == pytest.approx(-beak / truth.sum())
    other = sample_of(outputs, (outputs.combined > 0.5).astype(np.uint8))
    assert other.improves.tolist() == [True]
    void = truth.copy()
    void[outputs.regions.labels == 1] = VOID
    assert sample_of(outputs, void).weights.tolist() == [0]
    np.testing.assert_array_equal(sample.features, region_features(outputs))


def test_larger_masks_count_for_the_nearest_region() -> None:
    outputs, truth = random_outputs(2), truth_of(2)
    small = sample_of(outputs, truth)

    def doubled(plane: np.ndarray) -> np.ndarray:
        return plane.repeat(2, axis=0).repeat(2, axis=1)

    large = GateSample.of(
        outputs, doubled(truth), doubled(outputs.network > 0.5), doubled(outputs.combined > 0.5)
    )
    np.testing.assert_array_equal(large.intersection_gain, 4 * small.intersection_gain)
    np.testing.assert_array_equal(large.union_gain, 4 * small.union_gain)
    assert (large.intersection, large.union) == (4 * small.intersection, 4 * small.union)


def test_changes_beside_a_region_count_for_it() -> None:
    outputs = without_beak()
    truth = (outputs.network > 0.5).astype(np.uint8)
    alone, together = outputs.network > 0.5, outputs.combined > 0.5
    alone[0, 0] = True  # far from the only region
    sample = GateSample.of(outputs, truth, alone, together)
    beak = int(outputs.regions.areas[1])
    assert (sample.intersection_gain.tolist(), sample.union_gain.tolist()) == ([-beak], [-1])


def test_a_conservative_gate_takes_the_highest_good_bound() -> None:
    always = [
        replace(
            one, intersection_gain=np.abs(one.intersection_gain) + 20, union_gain=0 * one.union_gain
        )
        for one in samples_of(0.0)
    ]
    assert learn_gate(always, PARTS, ALONE, conservative=True).bound == BOUNDS[-1]
    assert learn_gate(always, PARTS, ALONE).bound == BOUNDS[0]
    # A higher bound that costs more than the standard error is not taken.
    assert learn_gate(samples_of(3.0), PARTS, ALONE, conservative=True).bound < BOUNDS[-1]


def test_an_obvious_rule_is_learned() -> None:
    samples = samples_of(6.0)
    gate = learn_gate(samples, PARTS, ALONE)
    assert not gate.is_closed
    weights = dict(zip(FEATURES, gate.weights, strict=True))
    assert weights["area"] > 3 * max(
        abs(weight) for name, weight in weights.items() if name != "area"
    )
    assert 0.05 < gate.interval[0] < gate.gain < gate.interval[1]
    assert gate.photos == PHOTOS
    now = np.mean([one.gain(gate.accepts(one.features)) for one in samples])
    assert now == pytest.approx(gate.gain, abs=0.02)
    assert gate_from_json(json.loads(json.dumps(gate.to_json())), "m") == gate


def test_photos_of_one_source_count_as_one() -> None:
    samples = samples_of(1.5)
    each = learn_gate(samples, PARTS, ALONE)
    assert not each.is_closed
    # Five copies of each photo add no evidence.
    parts, sources = np.repeat(PARTS, 5).tolist(), np.repeat(ALONE, 5).tolist()
    five = learn_gate([one for one in samples for _ in range(5)], parts, sources)
    assert five.gain == pytest.approx(each.gain, abs=0.004)
    width, wider = (np.ptp(gate.interval) for gate in (five, each))
    assert width == pytest.approx(wider, rel=0.1)
    assert learn_gate(samples, PARTS, ["one"] * PHOTOS).is_closed


def test_noise_leaves_the_gate_closed() -> None:
    gate = learn_gate(samples_of(0.0), PARTS, ALONE)
    assert gate.is_closed
    assert gate.interval[0] <= 0


def test_learning_is_deterministic_and_leaves_samples_unchanged() -> None:
    samples = samples_of(2.0)
    before = [one.features.copy() for one in samples]
    assert learn_gate(samples, PARTS, ALONE) == learn_gate(samples, PARTS, ALONE)
    for one, copy in zip(samples, before, strict=True):
        np.testing.assert_array_equal(one.features, copy)


def test_a_rule_must_hold_in_other_folds() -> None:
    """A rule that holds in one fold only is rejected, however well it fits that fold."""
    samples = samples_of(6.0)
    turned = [
        replace(one, features=-one.features) if part else one
        for one, part in zip(samples, [at % 2 for at in range(PHOTOS)], strict=True)
    ]
    assert learn_gate(turned, [at % 2 for at in range(PHOTOS)], ALONE).is_closed


@pytest.mark.parametrize("parts", [1, 2])
def test_fewer_than_three_folds_leave_the_gate_closed(parts: int) -> None:
    gate = learn_gate(samples_of(6.0), [at % parts for at in range(PHOTOS)], ALONE)
    assert gate.is_closed
    assert (gate.gain, gate.interval) == (0, (0, 0))


def without_regions() -> GateSample:
    outputs = without_beak()
    same = MethodOutputs(outputs.image, outputs.network, outputs.network)
    return sample_of(same, (outputs.network > 0.5).astype(np.uint8))


def kept(gate: Gate) -> Gate:
    return gate_from_json(json.loads(json.dumps(gate.to_json(), allow_nan=False)), "m")


def test_photos_without_regions_leave_the_gate_closed() -> None:
    gate = learn_gate([without_regions()] * 6, range(6), ALONE[:6])
    assert gate.is_closed
    assert kept(gate) == gate
    one = learn_gate([without_regions()], [0], ALONE[:1])
    assert one.is_closed
    assert kept(one) == one


def test_grabcut_always_right_opens_the_gate_and_always_wrong_does_not() -> None:
    samples = samples_of(0.0)
    right = [replace(one, intersection_gain=one.intersection_gain + 50) for one in samples]
    gate = learn_gate(right, PARTS, ALONE)
    assert not gate.is_closed and gate.gain > 0.1
    assert kept(gate) == gate
    wrong = [replace(one, union_gain=one.union_gain + 50) for one in samples]
    assert learn_gate(wrong, PARTS, ALONE).is_closed


def test_no_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="there are none"):
        learn_gate([], [], [])


def test_the_mean_gain_of_a_gate_learned_elsewhere() -> None:
    samples = samples_of(6.0)
    gate = gate_of(area=6.0)
    each = [one.iou(one.features[:, FEATURES.index("area")] > 0) - 0.7 for one in samples]
    assert mean_gain(gate, samples) == pytest.approx(np.mean(each))
    assert mean_gain(gate_of(area=-6.0), samples) < 0 < mean_gain(gate, samples)
    assert mean_gain(gate_of(bias=-9.0), samples) == 0
