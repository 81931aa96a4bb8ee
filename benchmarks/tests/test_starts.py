"""Halves of small data sets, and the table of two starts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PilImage

from benchmarks import starts
from benchmarks.domains import Halves, halved
from benchmarks.starts import check_same, table, training_from
from maskwright.data.dataset import open_dataset
from maskwright.training.run import TrainResult
from maskwright.training.train import train
from tests.support.data_folders import blob, data_folder


def names(folder: Path) -> set[str]:
    return {example.name for example in open_dataset(folder).examples}


def test_halves_are_always_the_same_and_share_no_source(tmp_path: Path) -> None:
    data = data_folder(tmp_path / "data", {f"photo{n}": blob() for n in range(12)})
    twin = PilImage.open(data / "images" / "photo3.png")
    twin.save(data / "images" / "twin.jpg", quality=95)  # as good as the same photo
    PilImage.fromarray(blob()).save(data / "masks" / "twin.png")
    first = halved(data, tmp_path / "first")
    second = halved(data, tmp_path / "second")
    assert names(first.train) == names(second.train)
    assert first.fingerprint == second.fingerprint
    assert names(first.train) | names(first.test) == {*(f"photo{n}" for n in range(12)), "twin"}
    assert not names(first.train) & names(first.test)
    assert len({"photo3", "twin"} & names(first.train)) in (0, 2)
    assert abs(len(names(first.train)) - len(names(first.test))) <= 1


def test_neighbouring_slices_stay_together(tmp_path: Path) -> None:
    masks = {str(n): blob() for n in range(30)}
    halves = halved(data_folder(tmp_path / "isbi_membrane30", masks), tmp_path / "out")
    test = {int(name) for name in names(halves.test)}
    assert {n // 5 for n in test} & {int(n) // 5 for n in names(halves.train)} == set()
    groups = [example.group for example in open_dataset(halves.test).examples]
    assert len(set(groups)) == 3
    assert len(groups) == 15


def test_unusual_values_are_understood(tmp_path: Path) -> None:
    cell = blob(on=128)
    cell[20:28, 28:36] = 255
    masks = {f"cell{n}": cell for n in range(4)}
    halves = halved(data_folder(tmp_path / "wbc1_300", masks), tmp_path / "out")
    dataset = open_dataset(halves.test)
    assert dataset.classes == ("background", "cytoplasm", "nucleus")
    assert np.unique(dataset.load(dataset.examples[0]).mask).tolist() == [0, 1, 2]


def result(*ious: float, digest: str = "imagenet") -> dict[str, Any]:
    by_photo = {f"photo{n}": iou for n, iou in enumerate(ious)}
    return {
        "steps": 190,
        "start_sha256": digest,
        "recipe": {"size": 320, "augment": ["tilt"], "decoder_rate": 0.001},
        "data": "fingerprint",
        "train_photos": 2,
        "iou": float(np.mean(ious)),
        "by_photo": by_photo,
        "groups": {name: name for name in by_photo},
    }


def test_the_table_pairs_photos_over_the_seeds() -> None:
    results = {
        "leaves / imagenet / 0": result(0.5, 0.7),
        "leaves / imagenet / 1": result(0.5, 0.5),
        "leaves / subject / 0": result(0.6, 0.7, digest="a"),
        "leaves / subject / 1": result(0.6, 0.5, digest="a"),
        "cracks / imagenet / 0": result(0.1, 0.2),
    }
    leaves, cracks = table(results).splitlines()[2:]
    assert leaves == (
        "| leaves | 2, 2 | 0.550 ± 0.071 | 0.600 ± 0.071 | +5.0 | +5.0 (+0.0 to +10.0) | 1 / 0 |"
    )
    assert cracks == "| cracks | 2, 2 | 0.150 | - |  |  |  |"


def asked(**changed: Any) -> dict[str, dict[str, Any]]:
    """What a training from the bundled model would be now."""
    recipe = {"size": 320, "augment": ["tilt"], "decoder_rate": 0.1}  # rates follow the photos
    kind = {"steps": 190, "start_sha256": "a", "recipe": recipe}
    return {"subject": kind | changed}


def test_results_of_another_kind_are_refused() -> None:
    results = {"leaves / subject / 0": result(0.6, digest="a")}
    leaves = {"leaves": Halves(Path(), Path(), "fingerprint")}
    check_same(results, leaves, asked())
    check_same(results, {}, {"imagenet": asked()["subject"] | {"start_sha256": "imagenet"}})
    with pytest.raises(SystemExit, match="leaves / subject / 0 is of other data"):
        check_same(results, {"leaves": Halves(Path(), Path(), "other")}, asked())
    others: dict[str, Any] = {
        "start_sha256": {"start_sha256": "b"},
        "steps": {"steps": 100},
        "size": {"recipe": asked()["subject"]["recipe"] | {"size": 352}},
        "augment": {"recipe": asked()["subject"]["recipe"] | {"augment": []}},
    }
    for word, changed in others.items():
        with pytest.raises(SystemExit, match=f"is of other {word}:"):
            check_same(results, leaves, asked(**changed))


def test_steps_are_those_of_two_minutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starts, "TIMES", tmp_path / "times.json")
    with pytest.raises(SystemExit, match="from imagenet: run --time first"):
        training_from("imagenet", None)
    assert training_from("imagenet", 7)["steps"] == 7
    (tmp_path / "times.json").write_text(json.dumps({"imagenet": {"steps": 123}}))
    assert training_from("imagenet", None)["steps"] == 123


@pytest.mark.slow
def test_a_timing_says_what_it_timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = []

    def short(data: Path, out: Path, *, start: str, minutes: float, threads: int) -> TrainResult:
        lengths.append((minutes, threads))
        return train(data, out, start=start, steps=2, threads=1)

    monkeypatch.setattr(starts, "train", short)
    data = data_folder(tmp_path / "data", {f"photo{n}": blob() for n in range(2)})
    found = starts.timed(tmp_path, Halves(data, data, "fingerprint"), "subject")
    assert lengths == [(2, 2)]
    assert found["steps"] == 2
    again = training_from("subject", 2)
    check_same({"a / subject / 0": again | found}, {}, {"subject": again})
    other = again | {"recipe": again["recipe"] | {"size": 64}}
    with pytest.raises(SystemExit, match="is of other size:"):
        check_same({"a / subject / 0": again | found}, {}, {"subject": other})
