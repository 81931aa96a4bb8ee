"""Threads that wait sleep, unless the environment says otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from maskwright.runtime.openmp import limit_spinning


def test_what_the_environment_says_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    limit_spinning()
    assert os.environ["GOMP_SPINCOUNT"] == "7"


@pytest.mark.parametrize(
    "command", ["train nowhere -o m", "evaluate nowhere --cv 2", "demo --train -o taken --steps 1"]
)
def test_commands_that_train_say_it_before_torch_is_loaded(command: str, tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        "import maskwright.runtime.openmp as openmp\n"
        "before = openmp.limit_spinning\n"
        "def told():\n"
        "    before()\n"
        "    print('torch' in sys.modules, os.environ['GOMP_SPINCOUNT'])\n"
        "openmp.limit_spinning = told\n"
        "from maskwright.cli.app import main\n"
        f"sys.argv = ['maskwright', *{command.split()}]\n"
        "main()\n"
    )
    (tmp_path / "taken").write_text("in the way of the demo")
    environment = {k: v for k, v in os.environ.items() if k != "GOMP_SPINCOUNT"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout.split()[:2] == ["False", "1000"], done.stderr
