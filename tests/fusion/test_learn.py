"""How a gate learns: what a photo teaches, what opens the gate and what leaves it shut."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from maskwright.core import VOID, Mask
from maskwright.fusion.features import FEATURES, features
from maskwright.fusion.gate import Gate, gate_from_json
from maskwright.fusion.learn import BOUNDS, Lesson, learned_gate, mean_gain
from maskwright.fusion.opinions import Opinions
from maskwright.metrics.region import iou
from tests.support.lessons import ALONE, PARTS, PHOTOS, lessons_of
from tests.support.opinions import gate_of, random_opinions, without_beak


def truth_of(seed: int, side: int = 24) -> Mask:
    """Noise of both classes and void."""
    return np.random.default_rng(seed).choice([0, 1, VOID], (side, side)).astype(np.uint8)


def lesson_of(opinions: Opinions, truth: Mask) -> Lesson:
    """Of masks that need no enlarging."""
    return Lesson.of(opinions, truth, opinions.network > 0.5, opinions.joint > 0.5)


@pytest.mark.parametrize("seed", range(5))
def test_iou_is_that_of_the_masks(seed: int) -> None:
    opinions, truth = random_opinions(seed), truth_of(seed)
    lesson = lesson_of(opinions, truth)
    rng = np.random.default_rng(seed)
    for given in (
        np.zeros(len(opinions.disputes), bool),
        np.ones(len(opinions.disputes), bool),
        rng.random(len(opinions.disputes)) < 0.5,
    ):
        theirs = opinions.disputes.where(given)
        mask = (np.where(theirs, opinions.joint, opinions.network) > 0.5).astype(np.uint8)
        assert lesson.iou(given) == pytest.approx(iou(truth, mask))
    assert lesson.gain(np.zeros(len(opinions.disputes), bool)) == 0


@pytest.mark.parametrize("value", [0, 1, VOID])
@pytest.mark.parametrize("network", [0.0, 1.0])
def test_empty_and_full_truth_and_masks(network: float, value: int) -> None:
    ours = np.full((5, 4), network, np.float32)
    opinions = Opinions(np.zeros((5, 4, 3), np.uint8), ours, ours)
    truth = np.full((5, 4), value, np.uint8)
    lesson = lesson_of(opinions, truth)
    mask = (ours > 0.5).astype(np.uint8)
    assert lesson.iou(np.zeros(0, bool)) == pytest.approx(iou(truth, mask))
    assert lesson.evidence.shape == (0, len(FEATURES))


def test_who_is_right_and_what_it_is_worth() -> None:
    opinions = without_beak()
    truth = (opinions.network > 0.5).astype(np.uint8)
    beak = int(opinions.disputes.areas[1])
    lesson = lesson_of(opinions, truth)
    assert lesson.right.tolist() == [False]
    assert lesson.stakes == pytest.approx(beak / truth.sum())
    assert lesson.gain(np.array([True])) == pytest.approx(-beak / truth.sum())
    other = lesson_of(opinions, (opinions.joint > 0.5).astype(np.uint8))
    assert other.right.tolist() == [True]
    void = truth.copy()
    void[opinions.disputes.labels == 1] = VOID
    assert lesson_of(opinions, void).stakes.tolist() == [0]
    np.testing.assert_array_equal(lesson.evidence, features(opinions))


def test_masks_of_another_size_teach_by_the_nearest_piece() -> None:
    opinions, truth = random_opinions(2), truth_of(2)
    small = lesson_of(opinions, truth)

    def doubled(plane: np.ndarray) -> np.ndarray:
        return plane.repeat(2, axis=0).repeat(2, axis=1)

    large = Lesson.of(
        opinions, doubled(truth), doubled(opinions.network > 0.5), doubled(opinions.joint > 0.5)
    )
    np.testing.assert_array_equal(large.hits_gained, 4 * small.hits_gained)
    np.testing.assert_array_equal(large.union_gained, 4 * small.union_gained)
    assert (large.hits, large.union) == (4 * small.hits, 4 * small.union)


def test_what_changes_beside_a_piece_is_its_doing() -> None:
    opinions = without_beak()
    truth = (opinions.network > 0.5).astype(np.uint8)
    alone, together = opinions.network > 0.5, opinions.joint > 0.5
    alone[0, 0] = True  # far from the one piece there is
    lesson = Lesson.of(opinions, truth, alone, together)
    beak = int(opinions.disputes.areas[1])
    assert (lesson.hits_gained.tolist(), lesson.union_gained.tolist()) == ([-beak], [-1])


def test_of_good_bounds_the_most_careful_one_is_taken() -> None:
    always = [
        replace(one, hits_gained=np.abs(one.hits_gained) + 20, union_gained=0 * one.union_gained)
        for one in lessons_of(0.0)
    ]
    assert learned_gate(always, PARTS, ALONE, careful=True).bound == BOUNDS[-1]
    assert learned_gate(always, PARTS, ALONE).bound == BOUNDS[0]
    # Where a higher bound costs more than its doubt, it is not taken.
    assert learned_gate(lessons_of(3.0), PARTS, ALONE, careful=True).bound < BOUNDS[-1]


def test_an_obvious_rule_is_learned() -> None:
    lessons = lessons_of(6.0)
    gate = learned_gate(lessons, PARTS, ALONE)
    assert not gate.is_shut
    weights = dict(zip(FEATURES, gate.weights, strict=True))
    assert weights["area"] > 3 * max(
        abs(weight) for name, weight in weights.items() if name != "area"
    )
    assert 0.05 < gate.interval[0] < gate.gain < gate.interval[1]
    assert gate.photos == PHOTOS
    now = np.mean([one.gain(gate.decides(one.evidence)) for one in lessons])
    assert now == pytest.approx(gate.gain, abs=0.02)
    assert gate_from_json(json.loads(json.dumps(gate.to_json())), "m") == gate


def test_photos_of_one_source_prove_no_more_than_one() -> None:
    lessons = lessons_of(1.5)
    each = learned_gate(lessons, PARTS, ALONE)
    assert not each.is_shut
    # The same photos, each of them five times: five times as many prove nothing more.
    parts, sources = np.repeat(PARTS, 5).tolist(), np.repeat(ALONE, 5).tolist()
    five = learned_gate([one for one in lessons for _ in range(5)], parts, sources)
    assert five.gain == pytest.approx(each.gain, abs=0.004)
    width, wider = (np.ptp(gate.interval) for gate in (five, each))
    assert width == pytest.approx(wider, rel=0.1)
    assert learned_gate(lessons, PARTS, ["one"] * PHOTOS).is_shut


def test_noise_teaches_nothing() -> None:
    gate = learned_gate(lessons_of(0.0), PARTS, ALONE)
    assert gate.is_shut
    assert gate.interval[0] <= 0


def test_it_learns_the_same_again_and_changes_nothing() -> None:
    lessons = lessons_of(2.0)
    before = [one.evidence.copy() for one in lessons]
    assert learned_gate(lessons, PARTS, ALONE) == learned_gate(lessons, PARTS, ALONE)
    for one, copy in zip(lessons, before, strict=True):
        np.testing.assert_array_equal(one.evidence, copy)


def test_what_a_part_brings_is_told_by_others() -> None:
    """A rule that holds in one part alone is no rule, however well it would fit that part."""
    lessons = lessons_of(6.0)
    turned = [
        replace(one, evidence=-one.evidence) if part else one
        for one, part in zip(lessons, [at % 2 for at in range(PHOTOS)], strict=True)
    ]
    assert learned_gate(turned, [at % 2 for at in range(PHOTOS)], ALONE).is_shut


@pytest.mark.parametrize("parts", [1, 2])
def test_fewer_than_three_parts_leave_it_shut(parts: int) -> None:
    gate = learned_gate(lessons_of(6.0), [at % parts for at in range(PHOTOS)], ALONE)
    assert gate.is_shut
    assert (gate.gain, gate.interval) == (0, (0, 0))


def without_pieces() -> Lesson:
    opinions = without_beak()
    same = Opinions(opinions.image, opinions.network, opinions.network)
    return lesson_of(same, (opinions.network > 0.5).astype(np.uint8))


def kept(gate: Gate) -> Gate:
    return gate_from_json(json.loads(json.dumps(gate.to_json(), allow_nan=False)), "m")


def test_photos_without_disputes_leave_it_shut() -> None:
    gate = learned_gate([without_pieces()] * 6, range(6), ALONE[:6])
    assert gate.is_shut
    assert kept(gate) == gate
    one = learned_gate([without_pieces()], [0], ALONE[:1])
    assert one.is_shut
    assert kept(one) == one


def test_always_right_opens_it_and_always_wrong_does_not() -> None:
    lessons = lessons_of(0.0)
    right = [replace(one, hits_gained=one.hits_gained + 50) for one in lessons]
    gate = learned_gate(right, PARTS, ALONE)
    assert not gate.is_shut and gate.gain > 0.1
    assert kept(gate) == gate
    wrong = [replace(one, union_gained=one.union_gained + 50) for one in lessons]
    assert learned_gate(wrong, PARTS, ALONE).is_shut


def test_no_lessons_are_refused() -> None:
    with pytest.raises(ValueError, match="there are none"):
        learned_gate([], [], [])


def test_what_a_gate_learned_elsewhere_brings() -> None:
    lessons = lessons_of(6.0)
    gate = gate_of(area=6.0)
    each = [one.iou(one.evidence[:, FEATURES.index("area")] > 0) - 0.7 for one in lessons]
    assert mean_gain(gate, lessons) == pytest.approx(np.mean(each))
    assert mean_gain(gate_of(area=-6.0), lessons) < 0 < mean_gain(gate, lessons)
    assert mean_gain(gate_of(bias=-9.0), lessons) == 0
