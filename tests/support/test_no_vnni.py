"""What depends on 8-bit products also holds on a processor without VNNI."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


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
def test_tests_of_int8_pass_without_vnni() -> None:
    done = run("-m", "pytest", "--no-vnni", "-m", "int8", "-p", "no:cacheprovider", "-q")
    assert done.returncode == 0, done.stdout
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None and int(passed[1]) >= 3, done.stdout
