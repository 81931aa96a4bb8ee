"""Signals, and a terminal that is gone: no traceback, and the same command goes on."""

from __future__ import annotations

import signal

import numpy as np
import pytest

from tests.faults.bench import KILLS, MakeBench
from tests.faults.children import CLOSED
from tests.faults.verbs import VERBS

_ENDS = {signal.SIGINT: (130,), signal.SIGTERM: (-15, 143), signal.SIGHUP: (-1, 129)}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["predict", "augment", "check --fix", "train", "evaluate --cv"])
def test_a_signal_at_any_moment(bench: MakeBench, name: str) -> None:
    one = bench(name)
    rng = np.random.default_rng(2)
    for number, codes in _ENDS.items():
        for turn in range(max(1, KILLS // (20 if one.verb.training else 10))):
            place = one.place(f"{number.name}-{turn}")
            after = rng.uniform(0, one.undisturbed[0].seconds)
            arguments = one.verb.arguments()
            ended = one.children.run(arguments, place, signal_after=after, signal=number)
            assert ended.code in (0, *codes), ended.said
            assert "Traceback" not in ended.said
            one.goes_on(place)


@pytest.mark.parametrize("stdout", ["/dev/full", CLOSED])
def test_stdout_that_takes_nothing(bench: MakeBench, stdout: str) -> None:
    one = bench("predict")
    place = one.place("stdout")
    ended = one.children.run(one.verb.arguments(), place, stdout=stdout)
    assert "Traceback" not in ended.said and "Exception" not in ended.said
    one.goes_on(place)


@pytest.mark.slow
@pytest.mark.parametrize("name", VERBS)
def test_stdout_on_a_full_disk(bench: MakeBench, name: str) -> None:
    one = bench(name)
    place = one.place("full")
    ended = one.children.run(one.verb.arguments(), place, stdout="/dev/full")
    assert "Traceback" not in ended.said and "Exception" not in ended.said
    one.goes_on(place)
