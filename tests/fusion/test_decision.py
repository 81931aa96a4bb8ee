"""Who decides which piece, and what comes of it."""

from __future__ import annotations

import numpy as np
import pytest

from maskwright.fusion.decision import Decision
from maskwright.fusion.features import features
from maskwright.fusion.gate import SHUT
from tests.support.opinions import gate_of, random_opinions, without_beak

GATE = gate_of(bound=0.7, certainty=-1.0, bias=2.0)


@pytest.mark.parametrize("seed", range(3))
def test_every_disputed_pixel_is_decided_by_one_of_the_two(seed: int) -> None:
    opinions = random_opinions(seed)
    decision = GATE.decision(opinions)
    np.testing.assert_array_equal(decision.given, GATE.decides(features(opinions)))
    assert 0 < decision.given.sum() < len(decision.given) == len(decision.disputes)
    disputed = (opinions.network > 0.5) != (opinions.joint > 0.5)
    np.testing.assert_array_equal(decision.theirs ^ decision.kept, disputed)
    assert not (decision.theirs & decision.kept).any()


def test_it_is_carried_out_where_it_was_given_away() -> None:
    opinions = random_opinions(0)
    decision = GATE.decision(opinions)
    fused = decision.carried_out(opinions)
    np.testing.assert_array_equal(fused[decision.theirs], opinions.joint[decision.theirs])
    np.testing.assert_array_equal(fused[~decision.theirs], opinions.network[~decision.theirs])
    np.testing.assert_array_equal(fused, GATE.fused(opinions))


def test_pieces_by_hand() -> None:
    opinions = without_beak()
    disputes = opinions.disputes
    assert len(disputes) == 1
    beak = disputes.labels == 1
    for given in (True, False):
        decision = Decision(disputes, np.array([given]))
        np.testing.assert_array_equal(decision.theirs, beak & given)
        np.testing.assert_array_equal(decision.kept, beak & (not given))


def test_a_shut_gate_leaves_all_to_the_network() -> None:
    opinions = random_opinions(0)
    decision = gate_of(SHUT, bias=1e9).decision(opinions)
    assert not decision.given.any() and not decision.theirs.any()
    assert len(decision.given) == len(opinions.disputes) > 0
