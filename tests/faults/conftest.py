"""Fixtures of the faults: servers that run commands, inputs for them, a bench."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.bench import Bench, MakeBench
from tests.faults.children import Children, children
from tests.faults.verbs import VERBS, write_inputs

# Forks, /dev/full and limits of a process are as these tests need them on Linux alone.
collect_ignore_glob = [] if sys.platform == "linux" else ["test_*"]


@pytest.fixture(scope="package")
def light() -> Iterator[Children]:
    """Runs commands that need no torch."""
    with children() as some:
        yield some


@pytest.fixture(scope="package")
def heavy() -> Iterator[Children]:
    """Runs commands that train."""
    with children(training=True) as some:
        yield some


@pytest.fixture(scope="package")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What commands read."""
    return write_inputs(tmp_path_factory.mktemp("inputs"))


@pytest.fixture
def bench(request: pytest.FixtureRequest, inputs: Path, tmp_path: Path) -> MakeBench:
    """Makes the bench of a command by its name."""

    def make(name: str) -> Bench:
        server = "heavy" if VERBS[name].training else "light"
        folder = tmp_path / name.replace(" ", "")
        return Bench(name, request.getfixturevalue(server), inputs, folder)

    return make
