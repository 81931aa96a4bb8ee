"""The whole demo with a few training steps."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from maskwright.demo.run import run_demo
from maskwright.errors import UsageError


def demo(*options: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "maskwright", "demo", "--threads", "1", *options],
        cwd=folder,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_results_are_there_and_an_earlier_demo_is_replaced(tmp_path: Path) -> None:
    out = tmp_path / "demo-results"
    (out / "data").mkdir(parents=True)
    (out / ".maskwright-demo").touch()
    (out / "data" / "of-an-earlier-demo.txt").touch()
    (out / "notes.txt").write_text("mine")
    done = demo("--steps", "2", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)["results"]
    assert not (out / "data" / "of-an-earlier-demo.txt").exists()
    assert (out / "notes.txt").read_text() == "mine"

    assert results["steps"] == 2
    assert results["pairs"] == len(list((out / "data" / "train" / "images").iterdir()))
    names = {path.stem for path in (out / "data" / "test" / "images").iterdir()}
    assert set(results["ious"]) == names
    assert results["iou"] == pytest.approx(sum(results["ious"].values()) / len(names))
    for folder in ("masks", "cutouts", "overlays"):
        assert {path.stem for path in (out / "predicted" / folder).iterdir()} == names
    assert (out / "model" / "model.onnx").is_file()
    with Image.open(out / "demo.png") as sheet:
        assert sheet.width > 1000 and sheet.height > 600


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_what_is_not_a_demos_is_left_alone(tmp_path: Path, kind: str) -> None:
    out = tmp_path / "out"
    inside = tmp_path / "photos" / "photo.jpg"
    inside.parent.mkdir()
    inside.write_text("mine")
    if kind == "folder":
        out = inside.parent
    elif kind == "file":
        out = inside
    else:
        out.symlink_to(inside.parent, target_is_directory=True)
    with pytest.raises(UsageError, match="choose another with -o"):
        run_demo(out, steps=2)
    assert [path.name for path in inside.parent.iterdir()] == ["photo.jpg"]
    assert inside.read_text() == "mine"


def test_a_refusal_ends_with_code_two(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").touch()
    done = demo("-o", ".", folder=tmp_path)
    assert done.returncode == 2
    assert "-o" in done.stderr and "Traceback" not in done.stderr
