"""The demo of training with a few steps."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image


@pytest.mark.slow
def test_results_are_there_and_an_earlier_demo_is_replaced(tmp_path: Path) -> None:
    out = tmp_path / "demo-results"
    (out / "data").mkdir(parents=True)
    (out / ".maskwright-demo").touch()
    (out / "data" / "of-an-earlier-demo.txt").touch()
    (out / "notes.txt").write_text("mine")
    command = [sys.executable, "-m", "maskwright", "demo", "--train", "--steps", "2", "--json"]
    done = subprocess.run(
        [*command, "--threads", "1"], cwd=tmp_path, capture_output=True, text=True
    )
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
    made = json.loads((out / "model" / "model.json").read_text())
    assert made["start"] == "subject", "as the sheet says"
    with Image.open(out / "demo.png") as sheet:
        assert sheet.width > 1000 and sheet.height > 600
