"""Decisions of a gate, and their effect on probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from maskwright.fusion.decision import Decision
from maskwright.fusion.features import region_features
from maskwright.fusion.gate import CLOSED
from tests.support.method_outputs import gate_of, random_outputs, without_beak

GATE = gate_of(bound=0.7, certainty=-1.0, bias=2.0)


@pytest.mark.parametrize("seed", range(3))
def test_every_disputed_pixel_is_accepted_or_rejected(seed: int) -> None:
    outputs = random_outputs(seed)
    decision = GATE.decide(outputs)
    np.testing.assert_array_equal(decision.accepted, GATE.accepts(region_features(outputs)))
    assert 0 < decision.accepted.sum() < len(decision.accepted) == len(decision.regions)
    disputed = (outputs.network > 0.5) != (outputs.combined > 0.5)
    np.testing.assert_array_equal(decision.accepted_mask ^ decision.rejected_mask, disputed)
    assert not (decision.accepted_mask & decision.rejected_mask).any()


def test_accepted_regions_get_the_combined_probabilities() -> None:
    outputs = random_outputs(0)
    decision = GATE.decide(outputs)
    fused = decision.apply(outputs)
    np.testing.assert_array_equal(
        fused[decision.accepted_mask], outputs.combined[decision.accepted_mask]
    )
    np.testing.assert_array_equal(
        fused[~decision.accepted_mask], outputs.network[~decision.accepted_mask]
    )
    np.testing.assert_array_equal(fused, GATE.fuse(outputs))


def test_regions_by_hand() -> None:
    outputs = without_beak()
    regions = outputs.regions
    assert len(regions) == 1
    beak = regions.labels == 1
    for accepted in (True, False):
        decision = Decision(regions, np.array([accepted]))
        np.testing.assert_array_equal(decision.accepted_mask, beak & accepted)
        np.testing.assert_array_equal(decision.rejected_mask, beak & (not accepted))


def test_a_closed_gate_accepts_nothing() -> None:
    outputs = random_outputs(0)
    decision = gate_of(CLOSED, bias=1e9).decide(outputs)
    assert not decision.accepted.any() and not decision.accepted_mask.any()
    assert len(decision.accepted) == len(outputs.regions) > 0
