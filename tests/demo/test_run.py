"""The whole demo, by the model that comes with the package."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

NAMES = ["cat", "astronaut", "cameraman", "coffee"]

_OFFLINE = """
import socket, sys
for missing in ("torch", "sklearn", "safetensors"):
    sys.modules[missing] = None
socket.socket.connect = None
from maskwright.cli.app import main
sys.argv = ["maskwright", "demo", "--threads", "1", "--json", "-o", sys.argv[1]]
main()
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the demo says and makes where there is neither torch nor a network."""
    out = tmp_path_factory.mktemp("demo") / "out"
    done = subprocess.run([sys.executable, "-c", _OFFLINE, out], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)["results"]
    return {**found, "out": out}


def test_every_photo_gets_its_mask_by_every_method(results: dict[str, Any]) -> None:
    for method in ("subject", "grabcut", "siox"):
        for name in NAMES:
            photo = results["out"] / "data" / "images" / f"{name}.jpg"
            mask = results["out"] / method / "masks" / f"{name}.png"
            with Image.open(photo) as taken, Image.open(mask) as found:
                assert taken.size == found.size
                assert set(np.unique(np.asarray(found))) == {0, 255}
    for kind in ("cutouts", "overlays"):
        assert {path.stem for path in (results["out"] / "subject" / kind).iterdir()} == set(NAMES)


def test_the_bundled_model_finds_the_objects(results: dict[str, Any]) -> None:
    of_model = results["ious"]["unet"]
    assert list(of_model) == NAMES
    assert results["iou"]["unet"] == pytest.approx(np.mean(list(of_model.values())))
    assert results["iou"]["unet"] > 0.85
    assert min(of_model.values()) > 0.7
    assert set(results["iou"]) == {"unet", "grabcut", "siox"}
    assert 0 < results["seconds"] < 120


def test_boxes_lie_around_the_objects(results: dict[str, Any]) -> None:
    boxes = json.loads((results["out"] / "data" / "boxes.json").read_text())
    for name in NAMES:
        ((left, top, right, bottom),) = boxes[name]
        with Image.open(results["out"] / "data" / "masks" / f"{name}.png") as file:
            mask = np.asarray(file)
        assert mask[top:bottom, left:right].sum() == mask.sum()
        assert min(left, top) >= 0 and right <= mask.shape[1] and bottom <= mask.shape[0]


def test_sheet_and_page_show_all_of_it(results: dict[str, Any]) -> None:
    with Image.open(results["sheet"]) as sheet:
        assert sheet.width > 1000 and sheet.height > 600
    page = Path(results["report"]).read_text("utf-8")
    for word in (*NAMES, "unet", "grabcut", "siox"):
        assert word in page
    assert "4 photos are few" in page


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--minutes", "1"], "--minutes is for training"),
        (["--steps", "5"], "--steps is for training"),
        (["--seed", "1"], "--seed is for training"),
        (["-o", "."], "choose another with -o"),
    ],
)
def test_a_refusal_ends_with_code_two(tmp_path: Path, options: list[str], complaint: str) -> None:
    (tmp_path / "photo.jpg").touch()
    done = subprocess.run(
        [sys.executable, "-m", "maskwright", "demo", *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert complaint in done.stderr and "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["photo.jpg"]
