"""Ways to fuse that need no learning: all by name, and what each makes of constructed cases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.fusion.agreement import (
    kept_where_alike,
    local_correlation,
    network_where_unlike,
)
from benchmarks.fusion.patches import matched_patches
from benchmarks.fusion.rules import RULES, Rule
from maskwright.fusion.method_outputs import MethodOutputs
from maskwright.fusion.regions import Floats
from tests.support.method_outputs import BEAK, SIDE, bird, random_outputs, without_beak


def two(network: float, grabcut: float, siox: float | None = None) -> MethodOutputs:
    """One pixel each."""

    def plane(value: float) -> Floats:
        return np.full((1, 1), value, np.float32)

    third = None if siox is None else plane(siox)
    return MethodOutputs(np.zeros((1, 1, 3), np.uint8), plane(network), plane(grabcut), third)


def test_simple_rules_by_hand() -> None:
    assert RULES["mean"](two(0.2, 0.6)) == pytest.approx(0.4)
    assert RULES["maximum"](two(0.2, 0.6)) == pytest.approx(0.6)
    # Odds 1/4 and 4 make even; 4 and 4 make 16.
    assert RULES["product of odds"](two(0.2, 0.8)) == pytest.approx(0.5)
    assert RULES["product of odds"](two(0.8, 0.8)) == pytest.approx(16 / 17)
    # Odds 1/4 and the root of 16 make even.
    assert RULES["odds, GrabCut's half"](two(0.2, 16 / 17)) == pytest.approx(0.5, abs=1e-5)
    assert RULES["majority with SIOX"](two(0.2, 0.9, 0.6)) == pytest.approx(0.6)


def test_correlation_of_windows() -> None:
    rng = np.random.default_rng(0)
    plane = rng.random((20, 30)).astype(np.float32)
    np.testing.assert_allclose(local_correlation(plane, 2 * plane + 3), 1, atol=1e-3)
    np.testing.assert_allclose(local_correlation(plane, -plane), -1, atol=1e-3)
    one, zero = np.ones((20, 30), np.float32), np.zeros((20, 30), np.float32)
    assert (local_correlation(one, one) == 1).all()
    assert (local_correlation(one, zero) == 0).all()
    assert (local_correlation(one, plane) == 0).all()
    window = local_correlation(plane, plane[::-1].copy(), 5)[10, 10]
    ours, theirs = plane[8:13, 8:13].ravel(), plane[::-1][8:13, 8:13].ravel()
    assert window == pytest.approx(np.corrcoef(ours, theirs)[0, 1], abs=1e-4)


def test_a_thin_beak_is_lost_where_only_likeness_counts_and_kept_with_a_fallback() -> None:
    outputs = without_beak()
    far = BEAK.copy()
    far[:, :72] = False  # what touches the disc shares its windows
    assert not (kept_where_alike(outputs)[far] > 0.5).any()
    assert (network_where_unlike(outputs)[BEAK] > 0.5).all()
    disc = (outputs.network > 0.5) & ~BEAK
    for rule in (kept_where_alike, network_where_unlike):
        found = rule(outputs) > 0.5
        assert (found & disc).sum() > 0.97 * disc.sum()
        assert not (found & (outputs.network < 0.5)).any()


def test_disputed_patches_go_to_the_side_that_they_look_like() -> None:
    image, truth = bird()
    unsure = np.where(truth == 1, 0.9, 0.1).astype(np.float32)
    grabcut = unsure.copy()
    unsure[40:56, 36:52], grabcut[40:56, 36:52] = 0.45, 0.8  # inside the disc: red
    unsure[5:15, 5:15], grabcut[5:15, 5:15] = 0.45, 0.8  # in the corner: dull
    fused = matched_patches(MethodOutputs(image, unsure, grabcut))
    assert (fused[42:54, 38:50] > 0.5).all()
    assert (fused[5:15, 5:15] < 0.5).mean() > 0.9
    agreed = np.ones((SIDE, SIDE), bool)
    agreed[40:56, 36:52] = agreed[5:15, 5:15] = False
    np.testing.assert_array_equal(fused[agreed], unsure[agreed])


def test_patches_need_something_of_both_sides() -> None:
    outputs = random_outputs(0, side=4)
    np.testing.assert_array_equal(matched_patches(outputs), outputs.network)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_every_rule_gives_probabilities_repeats_itself_and_changes_nothing(rule: Rule) -> None:
    for side in (1, 2, 48):
        outputs = random_outputs(1, side=side)
        outputs = replace(outputs, siox=random_outputs(2, side=side).network)
        planes = (outputs.image, outputs.network, outputs.grabcut, outputs.siox)
        before = [plane.copy() for plane in planes if plane is not None]
        fused = rule(outputs)
        assert fused.dtype == np.float32
        assert fused.shape == (side, side)
        assert fused.min() >= 0 and fused.max() <= 1
        np.testing.assert_array_equal(rule(outputs), fused)
        for plane, copy in zip(planes, before, strict=True):
            np.testing.assert_array_equal(plane, copy)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_every_rule_keeps_what_all_say(rule: Rule, value: float) -> None:
    plane = np.full((40, 30), value, np.float32)
    outputs = MethodOutputs(np.full((40, 30, 3), 7, np.uint8), plane, plane, plane)
    np.testing.assert_allclose(rule(outputs), plane, atol=1e-3)
