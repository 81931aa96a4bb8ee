"""The scripts are valid and refuse what they do not know; other tests run inside `scripts/test`."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = [ROOT / ".ci" / "run", *sorted(p for p in (ROOT / "scripts").iterdir() if not p.suffix)]

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the scripts are for bash")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_script_is_valid(script: Path) -> None:
    subprocess.run(["bash", "-n", script], check=True)
    if script.name != "activate":  # which the others read
        assert os.access(script, os.X_OK)


def test_setup_knows_its_kinds() -> None:
    done = subprocess.run([ROOT / "scripts" / "setup", "all"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "usage: scripts/setup [dev|demo|demo-train]" in done.stderr


def test_setup_says_which_python_is_needed(tmp_path: Path) -> None:
    """Of a copy without .venv, on a path that holds no Python at all."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "setup", tmp_path / "scripts")
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("bash", "dirname", "rm", "cat", "cksum"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    done = subprocess.run(
        ["bash", tmp_path / "scripts" / "setup"],
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "Python 3.11 or newer" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_bench_lists_the_benchmarks() -> None:
    done = subprocess.run([ROOT / "scripts" / "bench"], capture_output=True, text=True)
    assert done.returncode == 2
    assert {"inference", "quality"} <= set(done.stderr.split())
    assert "machine" not in done.stderr.split()


@pytest.mark.parametrize(
    ("options", "extra"), [([], "demo"), (["-o", "x", "--train"], "demo-train")]
)
def test_demo_installs_torch_only_to_train(tmp_path: Path, options: list[str], extra: str) -> None:
    """Of a copy in which setting up and python only say what they are asked for."""
    shutil.copy(ROOT / "scripts" / "demo", tmp_path)
    (tmp_path / "setup").write_text("#!/bin/sh\necho setup $1\n")
    (tmp_path / "setup").chmod(0o755)
    (tmp_path / "activate").write_text('python() { echo "python $*"; }\n')
    done = subprocess.run(
        ["bash", tmp_path / "demo", *options], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        f"setup {extra}",
        " ".join(["python -m maskwright demo", *options]),
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], ["-m", "not slow"]),
        (["-k", "a or b"], ["-m", "not slow", "-k", "a or b"]),
        (["--all", "tests/data"], ["tests/data"]),
        (["-x", "--all", "--cover"], ["--cov", "--cov-report=term-missing", "-x"]),
    ],
)
def test_tiers_become_options_of_pytest(
    tmp_path: Path, options: list[str], expected: list[str]
) -> None:
    """Of a copy in which nothing is set up and python only says what it is given."""
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    shutil.copy(ROOT / "scripts" / "test", scripts)
    (scripts / "check").write_text("#!/bin/sh\n")
    (scripts / "activate").write_text(f'PATH="{scripts}:$PATH"\n')
    (scripts / "python").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    for stub in ("check", "python"):
        (scripts / stub).chmod(0o755)
    done = subprocess.run(
        ["bash", scripts / "test", *options], capture_output=True, text=True, check=True
    )
    always = ["-m", "pytest", "-n", "2", "--dist", "worksteal"]
    assert done.stdout.splitlines() == [*always, *expected]
