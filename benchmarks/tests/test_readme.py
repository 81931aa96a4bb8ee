"""The README of the benchmarks names all of them, and counts the openings of test sets."""

from __future__ import annotations

import json
import re
from collections import Counter

from benchmarks.opening_log import TEST_LOG
from benchmarks.result_files import FOLDER

ROOT = TEST_LOG.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_benchmark_has_a_row() -> None:
    files = [*ROOT.glob("*.py"), *ROOT.glob("*/__main__.py")]
    commands = {
        path.parent.name if path.name == "__main__.py" else path.stem
        for path in files
        if "__name__ ==" in path.read_text(encoding="utf-8")
    }
    assert set(re.findall(r"^\| `(\w+)` \|.*(?:json|printed)", README, re.MULTILINE)) == commands


def test_every_file_of_results_is_named() -> None:
    patterns = re.findall(r"`([\w*]+\.json)`", README)
    named = {path for pattern in patterns for path in FOLDER.glob(pattern)}
    assert named == set(FOLDER.glob("*.json"))


def test_openings_are_those_of_the_log() -> None:
    lines = TEST_LOG.read_text(encoding="utf-8").splitlines()
    openings = re.findall(r"^\| `([\w/]+)` \| (\d+) \|$", README, re.MULTILINE)
    assert {name: int(count) for name, count in openings} == Counter(
        json.loads(line)["set"] for line in lines
    )
