"""A model is never trained on a copy of a photo that it is scored on."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from maskwright.augmentation.augment import augment
from maskwright.cli.app import app
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.folder import DataFolder
from maskwright.data.pairs.copy_names import PREFIXES
from maskwright.data.photo import read_photo
from maskwright.data.split import Split, folds, holdout
from tests.support.data_folders import blob, data_folder, write
from tests.support.shapes import write_shapes
from tests.support.tiny import use_tiny_network


def origin(name: str) -> str:
    """What a pair was made of, told by its name alone: a judge that asks no table."""
    stem = name.rpartition("/")[2]
    while stem.split("_")[0].rstrip("0123456789") in PREFIXES:
        stem = stem.partition("_")[2]
    return stem


def assert_sealed(split: Split, groups: Mapping[str, str] | None = None) -> None:
    """No photo of the validation side, nor its group, has anything on the training side."""
    groups = groups or {}
    learnt = {groups.get(origin(name), origin(name)) for name in split.train}
    judged = {groups.get(origin(name), origin(name)) for name in split.val}
    assert split.train and split.val
    assert learnt.isdisjoint(judged)
    assert all(origin(name) == name.rpartition("/")[2] for name in split.val)


def splits(dataset: Dataset) -> list[Split]:
    drawn = [holdout(dataset, fraction=f, seed=s) for s in range(25) for f in (0.1, 0.2, 0.5)]
    return drawn + [split for s in range(8) for k in (2, 5) for split in folds(dataset, k, seed=s)]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifteen photos: p00 and p01 of one group, and `again`, which shows p05 once more, smaller."""
    root = data_folder(
        tmp_path_factory.mktemp("leak") / "data", {f"p{n:02d}": blob() for n in range(15)}
    )
    smaller = cv2.resize(read_photo(root / "images" / "p05.png").pixels, (52, 39))
    write(root / "images" / "again.png", np.asarray(smaller, np.uint8))
    write(root / "masks" / "again.png", blob(39, 52))
    (root / "pairs.csv").write_text("name,group\np00,plant\np01,plant\n")
    return root


@pytest.fixture(scope="module")
def augmented(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("leak") / "out"
    assert augment(data, out, copies=2).pairs == 16 * 11
    return out


GROUPS = {"p00": "plant", "p01": "plant", "again": "p05"}


def test_splits_by_source_are_sealed(augmented: Path) -> None:
    dataset = open_dataset(augmented)
    for split in splits(dataset):
        assert_sealed(split, GROUPS)
        # All copies of what is learnt are learnt from, and nothing is lost.
        assert len(split.train) == 11 * (16 - len(split.val))


def test_splits_keep_copies_together_without_the_table(augmented: Path, tmp_path: Path) -> None:
    shutil.copytree(augmented, tmp_path / "out")
    (tmp_path / "out" / "pairs.csv").unlink()
    dataset = open_dataset(DataFolder(tmp_path / "out", groups="^p0[01]$"))
    assert sum(example.parent is None for example in dataset.examples) == 16
    for split in splits(dataset):
        assert_sealed(split, {"again": "p05"})


@pytest.mark.parametrize("seed", range(4))
def test_pictures_shuffled_into_train_and_val_are_sealed(
    augmented: Path, tmp_path: Path, seed: int
) -> None:
    """Augment, then split at random: what gave the paper its figure."""
    names = sorted(path.stem for path in (augmented / "images").iterdir())
    held = set(random.Random(seed).sample(names, len(names) // 5))
    for kind in ("images", "masks"):
        for path in (augmented / kind).iterdir():
            part = tmp_path / ("val" if path.stem in held else "train") / kind
            part.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, part / path.name)
    shutil.copyfile(augmented / "dataset.yaml", tmp_path / "dataset.yaml")
    assert_sealed(holdout(open_dataset(tmp_path)))


def test_named_splits_keep_copies_together(data: Path, tmp_path: Path) -> None:
    root = tmp_path / "data"
    shutil.copytree(data, root)
    parts = {f"p{n:02d}": ("val" if n % 4 == 3 else "test" if n == 8 else "") for n in range(15)}
    rows = "".join(f"{name},{part}\n" for name, part in parts.items())
    (root / "pairs.csv").write_text(f"name,split\n{rows}")
    augment(root, tmp_path / "out")
    split = holdout(open_dataset(tmp_path / "out"))
    assert_sealed(split)
    assert split.val == ("p03", "p07", "p11")
    assert "p08" not in {origin(name) for name in split.train}


def test_copies_in_folders_of_their_own_are_sealed(tmp_path: Path) -> None:
    """Species number their photos alike; another program put the copies elsewhere."""
    masks = {f"{tree}/{n:03d}": blob() for tree in ("oak", "ash", "elm") for n in range(4)}
    copies = {f"copies/{name.replace('/', '/rt_')}": mask for name, mask in masks.items()}
    dataset = open_dataset(data_folder(tmp_path, masks | copies))
    for split in splits(dataset):
        judged = {f"copies/{name.replace('/', '/rt_')}" for name in split.val}
        assert judged.isdisjoint(split.train) and set(split.val) <= masks.keys()
        assert len(split.train) == 2 * (12 - len(split.val))


@pytest.mark.parametrize("table", [True, False])
def test_training_on_the_folder_is_sealed(tmp_path: Path, table: bool) -> None:
    data, out, model = (tmp_path / name for name in ("data", "out", "model"))
    write_shapes(data, 12, size=64)
    maskwright("augment", data, "-o", out)
    if not table:
        (out / "pairs.csv").unlink()
    maskwright("train", out, "-o", model, "--steps", "1", "--size", "64", "--threads", "1")
    stored = json.loads((model / "splits.json").read_text())
    (part,) = stored["splits"]
    assert_sealed(Split(tuple(part["train"]), tuple(part["val"])))
    assert len(part["train"]) == 7 * (12 - len(part["val"])) > 0
    for name in part["train"]:
        assert stored["names"][name]["parent"] not in part["val"]
        assert stored["names"][name]["group"] not in {
            stored["names"][held]["group"] for held in part["val"]
        }
    judged = json.loads((model / "metrics.json").read_text())
    assert not [name for name in part["train"] if f'"{name}"' in json.dumps(judged)]


def maskwright(*arguments: object) -> None:
    with use_tiny_network():
        done = CliRunner().invoke(app, [str(one) for one in arguments])
    assert done.exit_code == 0, done.output
