"""README and docs: every command and every program in them runs.

Each page is followed from top to bottom, in a folder that holds what pages speak of: `mydata` (a
small data folder), `photos`, `photo.jpg`, `boxes.json` and `strokes` for the photos, and `mymodel`
unless the page itself trains it.

The commands of the README run as a reader's do: each in a process of its own, with the network that
ships. Those of the other pages run in this process, and train the tiny network.
"""

from __future__ import annotations

import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from maskwright.cli.app import app
from tests.support.pages import PAGES, README, ROOT, blocks, name_of
from tests.support.shapes import write_shapes
from tests.support.tiny import use_tiny_network

SHARED = "../shared/data"

pages = pytest.mark.parametrize("page", PAGES, ids=name_of)
needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="commands are for bash")


def commands(page: Path) -> list[str]:
    """The commands of a page, one a line, without comments."""
    lines = "".join(blocks(page, "sh")).replace("\\\n", " ").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def hastened(command: str) -> str:
    """The same command, but training takes a few steps of a small network."""
    if not re.search(r"\bmaskwright train\b| --cv ", command):
        return command
    command = re.sub(r" --(minutes|steps|size|threads) \S+", "", command)
    command = re.sub(r" --cv \d+", " --cv 2", command)
    return f"{command} --steps 4 --size 64 --threads 1"


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that each page starts with."""
    folder = tmp_path_factory.mktemp("bench")
    write_shapes(folder / "mydata", 12)
    for old, plant in (("photo00", "plant1_left"), ("photo01", "plant1_right")):
        for kind in ("images", "masks"):
            (folder / "mydata" / kind / f"{old}.png").rename(
                folder / "mydata" / kind / f"{plant}.png"
            )
    (folder / "photos" / "more").mkdir(parents=True)
    sources = sorted((folder / "mydata" / "images").iterdir())[:3]
    for source, name in zip(sources, ["photo", "photos/a", "photos/more/b"], strict=True):
        with Image.open(source) as photo:
            photo.convert("RGB").save(folder / f"{name}.jpg")
    (folder / "boxes.json").write_text('{"a": [[5, 5, 105, 90]], "more/b": [[5, 5, 105, 90]]}')
    for name in ("a", "more/b"):
        strokes = Image.new("RGB", (112, 96))
        strokes.paste((255, 0, 0), (0, 0, 112, 4))
        strokes.paste((0, 255, 0), (50, 40, 60, 50))
        (folder / "strokes" / name).parent.mkdir(parents=True, exist_ok=True)
        strokes.save(folder / "strokes" / f"{name}.png")
    with use_tiny_network():
        run_here(hastened("maskwright train mydata -o mymodel"), folder)
    return folder


@pytest.fixture
def page() -> Path:
    """The page that a test is about, where it is about one only."""
    return README


@pytest.fixture
def here(bench: Path, page: Path, tmp_path: Path) -> Path:
    """A fresh copy of the folder for one page."""
    folder = tmp_path / "here"
    shutil.copytree(bench, folder)
    if any(re.search(r"maskwright train .* -o mymodel( |$)", line) for line in commands(page)):
        shutil.rmtree(folder / "mymodel")
    return folder


def run_apart(command: str, folder: Path) -> None:
    """Run one command as a person would, with this Python's `maskwright` first on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"}
    environment.pop("MASKWRIGHT_MODEL", None)
    done = subprocess.run(
        ["bash", "-ec", command], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def run_here(command: str, folder: Path) -> None:
    """Run one command in this process."""
    words = shlex.split(command)
    program = words.index("maskwright")
    environment: dict[str, str | None] = {"MASKWRIGHT_MODEL": None}
    environment |= dict(word.split("=", 1) for word in words[:program])
    with chdir(folder):
        done = CliRunner().invoke(app, words[program + 1 :], env=environment)
    assert done.exit_code == 0, f"{command}\n{done.output}\n{done.exception!r}"


@needs_bash
def test_commands_of_the_readme_run(here: Path, request: pytest.FixtureRequest) -> None:
    follow(README, here, run_apart, request)


@pytest.mark.parametrize("page", PAGES[1:], ids=name_of)
def test_commands_run(page: Path, here: Path, request: pytest.FixtureRequest) -> None:
    with use_tiny_network():
        follow(page, here, run_here, request)


def follow(
    page: Path, folder: Path, run: Callable[[str, Path], None], request: pytest.FixtureRequest
) -> None:
    """Run the commands of a page one after another."""
    for command in commands(page):
        if SHARED in command:
            command = command.replace(SHARED, str(request.getfixturevalue("shared_data")))
        if re.match(r"([A-Z_]+=\S+ )*maskwright ", command):
            run(hastened(command), folder)
        elif command.startswith("scripts/"):
            check_script(command)
        elif command.startswith("pip install "):
            check_extras(command)
        else:
            assert re.match(r"(export|cd|mkdir|ls|cat) ", command), f"no test knows: {command}"


def check_script(command: str) -> None:
    """The script is there and is valid; this very test may be running inside it."""
    name, *options = command.split()
    script = ROOT / name
    assert os.access(script, os.X_OK), command
    subprocess.run(["bash", "-n", script], check=True)
    if name == "scripts/bench" and options:
        module = ROOT / "benchmarks" / options[0]
        assert module.with_suffix(".py").is_file() or (module / "__main__.py").is_file(), command


def check_extras(command: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for names in re.findall(r"\[([\w,]+)\]", command):
        assert set(names.split(",")) <= set(project["optional-dependencies"]), command


@pages
def test_python_runs(page: Path, here: Path, tmp_path: Path) -> None:
    for block in blocks(page, "python"):
        code = re.sub(r"\b(minutes|steps)=[\d.]+", "steps=4, size=64, threads=1", block)
        if "train(" in code:  # as if the reader had not yet typed the commands above
            shutil.rmtree(here / "mymodel", ignore_errors=True)
        if page == README:
            done = subprocess.run(
                [sys.executable, "-c", code], cwd=here, capture_output=True, text=True
            )
            assert done.returncode == 0, f"{block}\n{done.stderr}"
        else:
            program = tmp_path / "block.py"
            program.write_text(code, encoding="utf-8")
            with chdir(here), use_tiny_network():
                runpy.run_path(str(program), run_name="__main__")
