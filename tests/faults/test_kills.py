"""kill -9 at any moment: nothing lost, nothing half, and the same command ends the work."""

from __future__ import annotations

import pytest

from tests.faults.bench import KILLS, MakeBench
from tests.faults.verbs import VERBS

_OFTEN = ("predict", "train")
_ATOMIC = ("augment", "augment --overwrite", "check --fix", "check --fix --overwrite", "export")


def test_predict_and_augment_end_as_if_nobody_had_killed_them(bench: MakeBench) -> None:
    for name in ("predict", "augment"):
        assert len(list(bench(name).killed(2))) >= 2


@pytest.mark.slow
@pytest.mark.parametrize("name", VERBS)
def test_a_killed_command_ends_as_if_nobody_had_killed_it(bench: MakeBench, name: str) -> None:
    kills = KILLS if name in _OFTEN else (KILLS + 1) // 2
    one, killed = bench(name), 0
    for place, _ in one.killed(kills):
        killed += 1
        assert name not in _ATOMIC or one.is_whole(place), "OUT is half of something"
    assert killed >= kills


@pytest.mark.slow
@pytest.mark.parametrize("name", ["augment --overwrite", "check --fix --overwrite", "export"])
def test_out_is_old_or_new_at_every_change_of_a_file(bench: MakeBench, name: str) -> None:
    """The last changes are those that replace: a kill at each of them."""
    one = bench(name)
    changes = one.undisturbed[0].changes
    for at in range(max(1, changes - KILLS), changes + 1):
        place = one.place(f"at-{at}")
        ended = one.children.run(one.verb.arguments(), place, kill_at=at)
        assert ended.code in (0, -9), ended.said
        assert one.is_whole(place)
        one.goes_on(place)
