"""Hostile files of every kind end in a result or in an error of maskwright's: a fixed sample."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fuzz.attempts import Attempt, kind_of, write_input
from tests.fuzz.kinds import KINDS
from tests.fuzz.pool import tried


def _failures(numbers: range, jobs: int, done: set[str]) -> list[str]:
    attempts = list(tried(numbers, jobs))
    assert sorted(one.number for one in attempts) == list(numbers)
    # Hostile, but not so much that nothing behind the first check is ever reached.
    assert {one.kind for one in attempts if one.verdict == "done"} >= done
    return [_told(one) for one in attempts if one.failed]


def _told(one: Attempt) -> str:
    return f"{one.verdict}: {one.kind}; scripts/fuzz --only {one.number}\n{one.detail}"


def test_a_sample_of_hostile_files_is_refused_or_read() -> None:
    assert _failures(range(200), 1, {"photo", "mask", "model"}) == []


@pytest.mark.slow
def test_a_larger_sample_of_hostile_files_is_refused_or_read() -> None:
    assert _failures(range(200, 4000), os.cpu_count() or 1, set(KINDS)) == []


def test_an_input_follows_from_its_number(tmp_path: Path) -> None:
    for number in range(40):
        twice = [tmp_path / f"{number}-{time}" for time in "ab"]
        contents = []
        for folder in twice:
            write_input(number, folder)
            contents.append({path.name: path.read_bytes() for path in folder.iterdir()})
        assert contents[0] == contents[1], kind_of(number)
