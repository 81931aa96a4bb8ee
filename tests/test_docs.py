"""README and docs: every command in them runs, every link leads somewhere.

Each page is followed from top to bottom, in a folder that holds what pages speak of: `mydata` (a
small data folder), `photos`, `photo.jpg`, `boxes.json` and `strokes` for the photos, and `mymodel`
unless the page itself trains it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from PIL import Image

from tests.support.shapes import write_shapes

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SHARED = "../shared/data"

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="commands are for bash")


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S)


def commands(page: Path) -> list[str]:
    """The commands of a page, one a line, without comments."""
    lines = "".join(blocks(page, "sh")).replace("\\\n", " ").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def hastened(command: str) -> str:
    """The same command, but training takes a few steps of a small network."""
    if not re.search(r"\bmaskwright train\b| --cv ", command):
        return command
    command = re.sub(r" --(minutes|steps|size|threads) \S+", "", command)
    return f"{command} --steps 4 --size 64 --threads 1"


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that each page starts with."""
    folder = tmp_path_factory.mktemp("bench")
    write_shapes(folder / "mydata", 12)
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
    run(hastened("maskwright train mydata -o mymodel"), folder)
    return folder


@pytest.fixture
def here(bench: Path, page: Path, tmp_path: Path) -> Path:
    """A fresh copy of the folder for one page."""
    folder = tmp_path / "here"
    shutil.copytree(bench, folder)
    if any(re.search(r"maskwright train .* -o mymodel( |$)", line) for line in commands(page)):
        shutil.rmtree(folder / "mymodel")
    return folder


def run(command: str, folder: Path) -> None:
    """Run one command as a person would, with this Python's `maskwright` first on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"}
    environment.pop("MASKWRIGHT_MODEL", None)
    done = subprocess.run(
        ["bash", "-ec", command], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@needs_bash
@pytest.mark.slow
@pages
def test_commands_run(page: Path, here: Path, request: pytest.FixtureRequest) -> None:
    for command in commands(page):
        if SHARED in command:
            command = command.replace(SHARED, str(request.getfixturevalue("shared_data")))
        if re.match(r"([A-Z_]+=\S+ )*maskwright ", command):
            run(hastened(command), here)
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


@pytest.mark.slow
@pages
def test_python_runs(page: Path, here: Path) -> None:
    for block in blocks(page, "python"):
        code = re.sub(r"\b(minutes|steps)=[\d.]+", "steps=4, size=64, threads=1", block)
        if "train(" in code:  # as if the reader had not yet typed the commands above
            shutil.rmtree(here / "mymodel", ignore_errors=True)
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=here, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{block}\n{done.stderr}"


@pages
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if "://" not in target:
            assert (page.parent / target.split("#")[0]).exists(), f"{page.name}: {target}"


def test_picture_in_the_readme_is_small() -> None:
    picture = ROOT / "docs" / "images" / "demo.png"
    assert picture.stat().st_size < 400_000
