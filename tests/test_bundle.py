"""How the bundled model is made: folders become one, a model is trained, scored and packed."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

import maskwright
from maskwright.runtime.directory import open_directory
from tests.support.shapes import write_shapes

SCRIPTS = Path(__file__).parents[1] / "scripts"
pytestmark = pytest.mark.slow


def script(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, SCRIPTS / name, *map(str, arguments)]
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
    done = script(
        "bundle.py", stage, "-o", out, "--size", "96", "--no-flips", "--enlarge", "guided"
    )
    assert done.returncode == 0, done.stderr
    return out


def test_of_every_source_some_are_held_out_and_fine_outlines_weigh_more(stage: Path) -> None:
    with (stage.with_name("one-data") / "pairs.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    weights = Counter((row["name"].split("-")[0], float(row["weight"])) for row in rows)
    assert weights == {("animals", 1): 12, ("animals", 3): 6, ("football", 1): 12}
    held = Counter(
        (row["name"].split("-")[0], row["weight"]) for row in rows if row["split"] == "val"
    )
    assert held == {("animals", "1"): 2, ("animals", "3"): 1, ("football", "1"): 2}
    split = json.loads((stage / "splits.json").read_text())["splits"][0]
    assert sorted(split["val"]) == [row["name"] for row in rows if row["split"] == "val"]


def test_what_is_packed_is_the_model_as_it_is_wanted(stage: Path, packed: Path) -> None:
    directory = open_directory(packed)
    model = maskwright.load(packed)
    assert model.metadata.resize.size == directory.info["resize"]["size"] == 96
    assert not model.metadata.flips and not directory.info["flips"]
    assert model.metadata.enlarge == "guided"
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
    assert [one["steps"] for one in info["stages"]] == [2]
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


def test_the_card_is_written_from_the_figures(packed: Path) -> None:
    card = (packed / "CARD.md").read_text(encoding="utf-8")
    metrics = json.loads((packed / "metrics.json").read_text())
    assert f"| all | 5 | {metrics['validation']['mean_iou']:.3f} (" in card
    assert "| football | 2 |" in card
    assert "| 15 | photos from Flickr" in card  # both kinds of outlines
    assert "| 1 | 2 of 8 photos | 64 | 0 |" in card
    assert "COCO" not in card
    assert "How fast it is" not in card  # what was measured with another file is not of this one
    before = (packed / "MANIFEST.sha256").read_bytes()
    assert script("bundle.py", "--card", "-o", packed).returncode == 0
    assert (packed / "MANIFEST.sha256").read_bytes() == before
