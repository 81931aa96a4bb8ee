"""How the bundled model is made: folders become one, a model is trained, scored and packed."""

from __future__ import annotations

import csv
import importlib
import json
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

import maskwright
from maskwright.fusion.gate import gate_from_json
from maskwright.runtime.directory import open_directory, seal
from maskwright.runtime.segmenter import INT8_FILE
from tests.support.models import loaded
from tests.support.shapes import write_shapes

SCRIPTS = Path(__file__).parents[1] / "scripts"
pytestmark = pytest.mark.slow


def script(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPTS / name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stage of two steps, trained on two folders, of which one names its sources."""
    folder = tmp_path_factory.mktemp("stage")
    rows = [("name", "set", "annotation")]
    for number, (name, pairs) in enumerate((("animals", 18), ("football", 12))):
        made = write_shapes(folder / name, pairs, size=64 + 16 * number)
        for kind in ("images", "masks"):
            for path in (made / kind).iterdir():
                path.rename(path.with_stem(f"{name}-{path.stem}"))
    for path in sorted((folder / "animals" / "images").iterdir()):
        rows.append((path.stem, "voc_animals", "SBD" if len(rows) % 3 else "VOC"))
    with (folder / "animals" / "sources.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    options = ("--steps", "2", "--size", "64", "--threads", "1")
    folders = (folder / "animals", folder / "football")
    done = script("train_bundled.py", *folders, "-o", folder / "one", *options)
    assert done.returncode == 0, done.stderr
    return folder / "one"


@pytest.fixture(scope="module")
def packed(stage: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("packed") / "subject"
    out.mkdir()
    (out / "old.txt").touch()
    stages = (stage, copied(stage, out.parent / "two"))
    options = ("--data", stage.with_name("one-data"), "--size", "96", "--no-flips")
    done = script("bundle.py", *stages, "-o", out, *options, "--enlarge", "guided", "--int8")
    assert done.returncode == 0, done.stderr
    return out


def copied(stage: Path, out: Path, **changes: Any) -> Path:
    """A stage whose model.json says something else."""
    shutil.copytree(stage, out)
    info = json.loads((out / "model.json").read_text())
    (out / "model.json").write_text(json.dumps(info | changes), encoding="utf-8")
    seal(out)
    return out


def test_of_every_source_some_are_held_out_and_fine_outlines_weigh_more(stage: Path) -> None:
    with (stage.with_name("one-data") / "pairs.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    weights = Counter((row["name"].split("-")[0], float(row["weight"])) for row in rows)
    assert weights == {("animals", 1): 12, ("animals", 3): 6, ("football", 1): 12}
    held = Counter(
        (row["name"].split("-")[0], float(row["weight"])) for row in rows if row["split"] == "val"
    )
    assert held == {("animals", 1): 2, ("animals", 3): 1, ("football", 1): 2}
    split = json.loads((stage / "splits.json").read_text())["splits"][0]
    assert sorted(split["val"]) == [row["name"] for row in rows if row["split"] == "val"]


def test_what_is_packed_is_the_model_as_it_is_wanted(stage: Path, packed: Path) -> None:
    directory = open_directory(packed)
    model = maskwright.load(packed)
    assert model.metadata.resize.size == directory.info["resize"]["size"] == 96
    assert not model.metadata.flips and not directory.info["flips"]
    assert model.metadata.enlarge == "guided"
    eight_bits = loaded((packed / INT8_FILE).read_bytes())
    assert eight_bits.metadata == model.metadata
    assert not (packed / "old.txt").exists()
    assert sorted(path.name for path in packed.parent.iterdir()) == ["subject", "two"]
    assert model(np.zeros((40, 50, 3), np.uint8)).shape == (40, 50, 2)
    for name in ("model.onnx", "weights.safetensors"):
        assert (packed / name).stat().st_size < 0.6 * (stage / name).stat().st_size
    whole, half = (load_file(folder / "weights.safetensors") for folder in (stage, packed))
    assert whole.keys() == half.keys()
    for name, value in whole.items():
        np.testing.assert_allclose(half[name], value, rtol=1e-3, atol=1e-6, err_msg=name)
        assert value.ndim > 1 or half[name].dtype == value.dtype


def test_it_says_what_it_is_and_nothing_of_the_machine(stage: Path, packed: Path) -> None:
    info = json.loads((packed / "model.json").read_text())
    assert [one["steps"] for one in info["stages"]] == [2, 2]
    assert info["steps"] == 4
    assert info["start"] == "imagenet"
    for path in packed.iterdir():
        assert str(stage.parent).encode() not in path.read_bytes()
    metrics = json.loads((packed / "metrics.json").read_text())
    assert {
        kind: (one["trained_on"], one["held_out"]) for kind, one in metrics["by_origin"].items()
    } == {
        "VOC animals, outlines of SBD": (10, 2),
        "VOC animals, outlines of VOC": (5, 1),
        "football": (10, 2),
    }
    assert len(metrics["validation"]["images"]) == 5
    metadata = maskwright.load(packed).metadata
    clean = None if metadata.clean is None else asdict(metadata.clean)
    assert metrics["finishing"]["enlarge"] == metadata.enlarge
    assert metrics["finishing"]["clean"] == clean


def test_the_card_is_written_from_the_figures(packed: Path) -> None:
    card = (packed / "CARD.md").read_text(encoding="utf-8")
    metrics = json.loads((packed / "metrics.json").read_text())
    assert f"| all | 5 | {metrics['validation']['mean_iou']:.3f} (" in card
    assert "| football | 2 |" in card
    assert "| 15 | photos from Flickr" in card  # both kinds of outlines
    assert "| 2 | 2 steps of 8 photos | 64 | 0 |" in card
    assert "Enlargement of masks: guided; cleaning: " in card
    assert f"IoU is {metrics['finishing']['iou_before']:.3f} bilinear" in card
    assert "COCO" not in card
    assert "How fast it is" not in card  # what was measured with another file is not of this one
    before = (packed / "MANIFEST.sha256").read_bytes()
    assert script("bundle.py", "--card", "-o", packed).returncode == 0
    assert (packed / "MANIFEST.sha256").read_bytes() == before


def test_stages_of_different_data_are_refused(stage: Path, tmp_path: Path) -> None:
    other = copied(stage, tmp_path / "other", data={"fingerprint": "other", "pairs": 30})
    done = script("bundle.py", stage, other, "-o", tmp_path / "subject")
    assert done.returncode == 1
    assert "trained on different data" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


@pytest.fixture
def bundle(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(SCRIPTS)
    return importlib.import_module("bundle")


def test_weights_that_are_too_large_for_the_package_are_refused(
    bundle: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "metrics.json").write_bytes(bytes(1000))
    (tmp_path / "model.onnx").write_bytes(bytes(20_000_000))
    assert bundle.weights_size(tmp_path) == 20_000_000
    (tmp_path / "weights.safetensors").write_bytes(bytes(1))
    with pytest.raises(SystemExit, match="20000001 bytes of weights are more than"):
        bundle.weights_size(tmp_path)


def test_where_the_new_model_cannot_be_moved_the_old_one_stays(
    bundle: ModuleType, tmp_path: Path
) -> None:
    out = tmp_path / "subject"
    out.mkdir()
    (out / "model.onnx").touch()
    with pytest.raises(FileNotFoundError):
        bundle.swap(tmp_path / "missing", out, tmp_path / "old")
    assert [path.name for path in out.iterdir()] == ["model.onnx"]


def test_the_packages_gate_is_learned_on_photos_held_out_with_fine_outlines(
    stage: Path, packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(SCRIPTS)
    learn_gate = importlib.import_module("learn_gate")
    for name, value in {"MODEL": packed, "OUT": tmp_path / "gate.json", "_PARTS": 3}.items():
        monkeypatch.setattr(learn_gate, name, value)
    monkeypatch.setattr(sys, "argv", ["learn_gate.py", str(stage.with_name("one-data"))])
    for fine, photos in ((("SBD", "VOC"), 3), (("SBD", "VOC", "other"), 5)):
        monkeypatch.setattr(learn_gate, "_FINE", fine)
        learn_gate.main()
        gate = gate_from_json(json.loads((tmp_path / "gate.json").read_text()), "gate.json")
        assert gate.photos == photos
