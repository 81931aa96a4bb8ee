"""A clock for tests of how a run spends the minutes that it is given."""

from __future__ import annotations

import time

import pytest

_TIMES = 10


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `time.perf_counter` count processor time, ten times too fast, until the test ends.

    A minute is then over after six seconds of work, and other programs on a busy machine take
    nothing of it.
    """
    began = time.perf_counter()
    worked = time.process_time()

    def counted() -> float:
        return began + _TIMES * (time.process_time() - worked)

    monkeypatch.setattr(time, "perf_counter", counted)
