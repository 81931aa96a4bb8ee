"""The wheel, built and installed alone: it predicts without torch, training or a network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.missing import give_up

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow

# What pip says where it reaches no index and has nothing stored either.
_NO_INDEX = ("No matching distribution", "Could not find a version", "Failed to establish")
_UNPLUGGED = """\
import socket

def refuse(*_):
    raise OSError("the network is unplugged")

socket.socket.connect = socket.socket.connect_ex = refuse
socket.getaddrinfo = refuse
"""


def pip(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode and any(reason in done.stderr for reason in _NO_INDEX):
        give_up(f"no package index, and the packages are not stored: {done.stderr[-300:]}")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    pip("wheel", ROOT, "--no-deps", "--wheel-dir", folder)
    (made,) = folder.glob("maskwright-*.whl")
    return made


@pytest.fixture(scope="module")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a new environment that holds the wheel and what it needs."""
    folder = tmp_path_factory.mktemp("fresh")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    pip("--python", programs / "python", "install", wheel)
    (packages,) = [*folder.glob("lib/*/site-packages"), *folder.glob("Lib/site-packages")]
    (packages / "sitecustomize.py").write_text(_UNPLUGGED)
    return programs


def run(program: Path, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program of the fresh environment, from a folder of its own, with nothing of ours."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environment.pop("MASKWRIGHT_MODEL", None)
    command: list[str | Path] = [program, *arguments]
    if _can_unplug():
        command = ["unshare", "--map-root-user", "--net", *command]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)


def _can_unplug() -> bool:
    """Whether a process can be given a network of its own, with nothing in it."""
    if shutil.which("unshare") is None:
        return False
    tried = ["unshare", "--map-root-user", "--net", "true"]
    return subprocess.run(tried, capture_output=True).returncode == 0


def test_the_wheel_holds_the_model_and_stays_small(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    model = "maskwright/models/subject"
    files = ("model.onnx", "weights.safetensors", "model.json", "CARD.md", "MANIFEST.sha256")
    assert {f"{model}/{name}" for name in files} <= names
    assert not [name for name in names if "subject-new" in name or name.startswith("tests")]
    assert wheel.stat().st_size < 20e6


def test_it_needs_no_torch(fresh: Path, tmp_path: Path) -> None:
    code = "import importlib.util as u; print([n for n in ('torch', 'onnx') if u.find_spec(n)])"
    done = run(fresh / "python", "-c", code, cwd=tmp_path)
    assert done.stdout.strip() == "[]", done.stderr


def test_the_network_is_unplugged(fresh: Path, tmp_path: Path) -> None:
    """The test below would pass on a program that downloads, if this did not hold."""
    code = "import urllib.request as r; r.urlopen('http://localhost:9', timeout=2)"
    done = run(fresh / "python", "-c", code, cwd=tmp_path)
    assert "unplugged" in done.stderr


def test_it_cuts_out_a_photo_right_after_installing(fresh: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    ground = np.kron(rng.integers(60, 90, (12, 16, 3), np.uint8), np.ones((16, 16, 1), np.uint8))
    Image.fromarray(ground).save(tmp_path / "photo.jpg")
    arguments = ("predict", "photo.jpg", "-o", "out", "--save", "mask,cutout", "--json")
    done = run(fresh / "maskwright", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"]
    with Image.open(tmp_path / "out" / "masks" / "photo.png") as mask:
        assert mask.size == (256, 192)
    with Image.open(tmp_path / "out" / "cutouts" / "photo.png") as cutout:
        assert cutout.mode == "RGBA"


def test_it_knows_its_model(fresh: Path, tmp_path: Path) -> None:
    done = run(fresh / "maskwright", "info", "subject", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "# subject" in done.stdout
    assert "as they were sealed" in done.stdout


def test_what_it_lacks_it_says(fresh: Path, tmp_path: Path) -> None:
    done = run(fresh / "maskwright", "train", tmp_path, "-o", "m", cwd=tmp_path)
    assert done.returncode == 2
    assert "maskwright[train]" in done.stderr
    done = run(fresh / "maskwright", "export", "subject", "-o", "m.onnx", "--half", cwd=tmp_path)
    assert done.returncode == 2
    assert "pip install onnx" in done.stderr
