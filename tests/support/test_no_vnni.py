"""What depends on 8-bit products also holds on a processor without VNNI."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONCERNED = [
    "tests/benchmarks/test_results.py",
    "tests/cli/test_predict.py::test_fast_and_tiles_are_part_of_what_was_asked_for",
    "tests/runtime/test_cpu_int8.py",
    "tests/runtime/test_segmenter.py",
    "tests/test_docs.py::test_commands_run[predicting]",
]


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


def test_processes_play_along() -> None:
    code = "from maskwright.runtime import segmenter; print(segmenter.has_exact_int8())"
    paths = [str(ROOT / "tests" / "support" / "no_vnni"), os.environ.get("PYTHONPATH", "")]
    done = run("-c", code, PYTHONPATH=os.pathsep.join(filter(None, paths)))
    assert done.stdout.strip() == "False", done.stderr


@pytest.mark.slow
def test_tests_pass_without_vnni() -> None:
    done = run("-m", "pytest", "--no-vnni", "-p", "no:cacheprovider", "-q", *CONCERNED)
    assert done.returncode == 0, done.stdout
    assert "failed" not in done.stdout and "passed" in done.stdout
