"""The wheel, built and installed alone: it predicts without torch, training or a network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import maskwright
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


def drawn_cat() -> tuple[np.ndarray, np.ndarray]:
    """A photo of 256 x 192 pixels with a cat on grass, and where it is."""
    rng = np.random.default_rng(0)
    grass = rng.integers(60, 120, (6, 8, 3), np.uint8) + np.array([0, 50, 0], np.uint8)
    photo = cv2.resize(grass, (256, 192), interpolation=cv2.INTER_CUBIC)
    cat = np.zeros((192, 256), np.uint8)
    cv2.ellipse(cat, (140, 130), (62, 36), 0, 0, 360, 1, -1)
    cv2.circle(cat, (78, 86), 28, 1, -1)
    for ear in (((54, 72), (58, 44), (76, 62)), ((82, 60), (100, 44), (104, 74))):
        cv2.fillPoly(cat, [np.array(ear)], 1)
    for leg in (96, 120, 160, 184):
        cv2.rectangle(cat, (leg, 140), (leg + 12, 182), 1, -1)
    fur = np.array([196, 128, 64]) + rng.normal(0, 12, (192, 256, 1))
    photo[cat > 0] = np.clip(fur, 0, 255)[cat > 0]
    for eye in ((68, 82), (88, 82)):
        cv2.circle(photo, eye, 3, (20, 30, 20), -1)
    return photo, cat > 0


def iou(one: np.ndarray, two: np.ndarray) -> float:
    return float((one & two).sum() / (one | two).sum())


def test_it_cuts_out_a_photo_right_after_installing(fresh: Path, tmp_path: Path) -> None:
    photo, cat = drawn_cat()
    Image.fromarray(photo).save(tmp_path / "photo.jpg", quality=95)
    arguments = ("predict", "photo.jpg", "-o", "out", "--save", "mask,cutout", "--json")
    done = run(fresh / "maskwright", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"]
    found = mask_of(tmp_path / "out")
    assert found.shape == (192, 256)
    assert iou(found, cat) > 0.8
    with Image.open(tmp_path / "out" / "cutouts" / "photo.png") as cutout:
        assert cutout.mode == "RGBA"
    # The other environment may have another ONNX Runtime or OpenCV: not to the last pixel.
    maskwright.predict(tmp_path / "photo.jpg", tmp_path / "here", model="subject")
    assert iou(found, mask_of(tmp_path / "here")) > 0.99


def mask_of(out: Path) -> np.ndarray:
    with Image.open(out / "masks" / "photo.png") as mask:
        return np.asarray(mask) > 0


def test_it_knows_its_model(fresh: Path, tmp_path: Path) -> None:
    done = run(fresh / "maskwright", "info", "subject", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "# subject" in done.stdout
    assert "are unchanged" in done.stdout


def test_what_it_lacks_it_says(fresh: Path, tmp_path: Path) -> None:
    done = run(fresh / "maskwright", "train", tmp_path, "-o", "m", cwd=tmp_path)
    assert done.returncode == 2
    assert "maskwright[train]" in done.stderr
    done = run(fresh / "maskwright", "export", "subject", "-o", "m.onnx", "--half", cwd=tmp_path)
    assert done.returncode == 2
    assert "pip install onnx" in done.stderr
