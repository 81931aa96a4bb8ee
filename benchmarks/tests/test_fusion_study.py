"""Cross-validating ways to fuse: folds by source, and photos judged by networks new to them.

Stand-ins for the networks of a fold look at each pixel alone. Each has another threshold, so that
a photo judged by the wrong one would be noticed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pictures

import maskwright
from benchmarks.fusion import beak, networks
from benchmarks.fusion.beak import DRAWN, beaks, beaks_table
from benchmarks.fusion.networks import (
    FOLDS,
    REPEATS,
    cleaned,
    folds_of,
    reopened,
    trained,
    work_of,
)
from benchmarks.fusion.study import cross_validated, frozen, marks
from benchmarks.fusion.tables import table
from benchmarks.fusion.ways import (
    BOX,
    FUSED,
    GRABCUT,
    OWN,
    PHOTO,
    PIECE,
    SHIPPED,
    T2,
    THRESHOLD,
    UNET,
    UNGUIDED,
    UNLEARNED,
)
from benchmarks.result_files import read_results
from maskwright.core import VOID
from maskwright.data.dataset import open_dataset
from maskwright.fusion import gate as gates
from maskwright.runtime.segmenter import load
from tests.support.data_folders import blob, data_folder, picture, write
from tests.support.folders import disc
from tests.support.method_outputs import gate_of
from tests.support.models import metadata, red_model, write_model

PHOTOS, SIZE = 12, (48, 64)
REPEAT = 1
EVERYWHERE = {*UNLEARNED, UNGUIDED, BOX, SHIPPED, FUSED, PHOTO, PIECE}


def write_reds(root: Path) -> Path:
    """Noisy reddish discs on coloured ground; photo0 and photo1 are of one source."""
    truth = disc(*SIZE)
    for seed in range(PHOTOS):
        image = picture(seed, *SIZE).astype(np.float64)
        image[..., 0] = image[..., 1:].mean(axis=2) + 60 * truth
        image[..., 0] += np.random.default_rng(seed).normal(0, 25, SIZE)
        write(root / "images" / f"photo{seed}.png", np.clip(image, 0, 255).astype(np.uint8))
        write(root / "masks" / f"photo{seed}.png", truth * np.uint8(255))
    rows = [f"photo{seed},{'first' if seed < 2 else ''}" for seed in range(PHOTOS)]
    (root / "pairs.csv").write_text("\n".join(["name,group", *rows]) + "\n")
    return root


def guided_by(shift: float) -> dict[str, Any]:
    """Metadata of a stand-in whose threshold is shifted by so many logits."""
    # Colours are whole numbers: without a fraction of their steps some pixels would be ties.
    return metadata(logit_shift=[0.0, shift + 0.013], enlarge="guided")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A data folder, and the folder of its clean copy and a network of every fold."""
    root = tmp_path_factory.mktemp("fusion")
    data, work = write_reds(root / "reds"), root / "work"
    for fold in folds_of(cleaned(data, work), work, REPEATS):
        shift = (fold.repeat - 2) / 8 + (fold.number - 2) / 2
        write_model(fold.model, red_model(guided_by(shift)))
    return data, work


@pytest.fixture(scope="module")
def result(prepared: tuple[Path, Path]) -> dict[str, Any]:
    """What cross-validating the second repeat finds."""
    data, work = prepared
    return cross_validated(str(data), str(work), REPEAT)


def scores_of(data: Path, model: Path, method: str) -> Mapping[str, list[float]]:
    """IoU and boundary F of each photo, as the package scores a model."""
    found = maskwright.evaluate(data, model=model, methods=[method], threads=1)
    return {row.name: [round(row.iou, 4), round(row.boundary_f, 4)] for row in found.rows}


def test_every_way_is_there_for_every_photo(result: dict[str, Any]) -> None:
    assert set(result["photos"]) == {f"photo{seed}" for seed in range(PHOTOS)}
    for ways in result["photos"].values():
        assert set(ways) == EVERYWHERE | {T2, OWN, THRESHOLD}
        assert all(0 <= figure <= 1 for figures in ways.values() for figure in figures)
        assert ways[PHOTO][0] == max(ways[UNET][0], ways[GRABCUT][0])
    sources = {name: result["groups"].get(name, name) for name in result["photos"]}
    assert sources["photo0"] == sources["photo1"]
    assert len(set(sources.values())) == PHOTOS - 1
    assert result["marks"] == marks()
    assert len(table([result]).splitlines()) == 2 + len(EVERYWHERE) + 3
    assert json.loads(json.dumps(result)) == result


def test_each_photo_is_judged_by_the_network_that_has_not_seen_it(
    result: dict[str, Any], prepared: tuple[Path, Path]
) -> None:
    data, work = prepared
    differ = 0
    for fold in folds_of(reopened(data, work), work, REPEAT + 1):
        scores = scores_of(work / "data", fold.model, "unet")
        same = {result["photos"][name][UNET] == scores[name] for name in fold.held_out}
        if fold.repeat == REPEAT:
            assert same == {True}
        differ += False in same
    assert differ  # networks of another repeat would not do


def test_a_folds_own_truth_chooses_nothing_for_it(
    result: dict[str, Any], prepared: tuple[Path, Path], tmp_path: Path
) -> None:
    data, work = prepared
    other = Path(shutil.copytree(work, tmp_path / "work"))
    folds = folds_of(reopened(data, other), other, REPEAT + 1)
    held_out = next(fold.held_out for fold in folds if (fold.repeat, fold.number) == (REPEAT, 0))
    for name in held_out:
        mask = other / "data" / "masks" / f"{name}.png"
        write(mask, np.full(SIZE, 1, np.uint8))
    changed = cross_validated(str(data), str(other), REPEAT)
    assert changed["gates"]["0"] == result["gates"]["0"]
    shifts = [{one["shift"] for one in found["gates"].values()} for found in (result, changed)]
    assert shifts[0] != shifts[1]
    same = {name for name in result["photos"] if name not in held_out}
    for way in (UNET, GRABCUT, SHIPPED):
        for name in same:
            assert changed["photos"][name][way] == result["photos"][name][way]


def test_what_was_learned_elsewhere_is_scored_as_the_package_does(
    prepared: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = marks()
    # A gate that gives all away: the package's own changes few masks as small as these.
    gate = tmp_path / "gate.json"
    gate.write_text(json.dumps(gate_of(bias=9.0).to_json()))
    monkeypatch.setattr(gates, "GATE_FILE", str(gate))
    assert marks()["gate"] != before["gate"]
    assert marks()["model"] == before["model"]
    data, _ = prepared
    model = write_model(tmp_path / "model", red_model(guided_by(0)))
    found = frozen(str(data), str(model))["photos"]
    assert all(set(ways) == EVERYWHERE for ways in found.values())
    for way, method in ((UNET, "unet"), (FUSED, "fused")):
        assert {name: ways[way] for name, ways in found.items()} == scores_of(data, model, method)
    assert any(ways[FUSED] != ways[UNET] for ways in found.values())
    blind = load(model, threads=1, enlarge="bilinear")
    scored = maskwright.evaluate(data, segmenter=blind, threads=1)
    assert {row.name: round(row.iou, 4) for row in scored.rows} == {
        name: ways[UNGUIDED][0] for name, ways in found.items()
    }
    assert any(ways[UNGUIDED] != ways[UNET] for ways in found.values())


def test_folds_hold_out_every_photo_once_a_repeat(prepared: tuple[Path, Path]) -> None:
    data, work = prepared
    dataset = reopened(data, work)
    wanted = folds_of(dataset, work, 3)
    assert wanted == folds_of(dataset, work, REPEATS)[: 3 * FOLDS]
    assert [one.model.name for one in wanted[:FOLDS]] == [f"0-{number}" for number in range(FOLDS)]
    assert len({one.model for one in wanted}) == 3 * FOLDS
    for repeat in range(3):
        held = [one.held_out for one in wanted if one.repeat == repeat]
        assert len(held) == FOLDS
        names = [name for names in held for name in names]
        assert sorted(names) == sorted(dataset.sources)
        for part in held:
            outside = {dataset.sources[name] for name in dataset.sources if name not in part}
            assert not outside & {dataset.sources[name] for name in part}
    assert wanted[0].held_out != wanted[FOLDS].held_out


def test_networks_lie_by_set_and_start(tmp_path: Path) -> None:
    train = tmp_path / "animals74" / "train"
    assert work_of(train, tmp_path) == tmp_path / "animals74-train"
    assert work_of(tmp_path / "leaves", tmp_path) == tmp_path / "leaves"
    imagenet = work_of(train, tmp_path, "imagenet")
    assert imagenet == tmp_path / "animals74-train-from-imagenet"


def test_a_clean_copy_keeps_names_and_sources(tmp_path: Path) -> None:
    masks = {f"{name}{n:02}": blob() for name in ("bear", "deep/bus") for n in range(3)}
    data, work = data_folder(tmp_path / "davis100", masks), tmp_path / "work"
    first = cleaned(data, work)
    again = reopened(data, work)
    assert [one.name for one in first.examples] == sorted(masks)
    assert first.examples == again.examples
    assert first.sources == again.sources
    assert len(set(first.sources.values())) == 2  # two videos
    np.testing.assert_array_equal(first.load(first.examples[0]).mask, blob(on=1))
    (data / "images" / "bear00.png").unlink()
    (data / "masks" / "bear00.png").unlink()
    assert [one.name for one in cleaned(data, work).examples] == sorted(set(masks) - {"bear00"})


def test_a_clean_copy_knows_void_and_neighbouring_slices(tmp_path: Path) -> None:
    mask = blob()
    mask[:3] = 128
    photos = data_folder(tmp_path / "grabcut20", {"a": mask, "b": mask})
    for dataset in (cleaned(photos, tmp_path / "first"), reopened(photos, tmp_path / "first")):
        truth = dataset.load(dataset.examples[1]).mask
        np.testing.assert_array_equal(truth == VOID, mask == 128)
    slices = data_folder(tmp_path / "isbi_membrane30", {str(n): blob() for n in range(10)})
    for dataset in (cleaned(slices, tmp_path / "second"), reopened(slices, tmp_path / "second")):
        assert len({dataset.sources[str(n)] for n in range(5)}) == 1
        assert len(set(dataset.sources.values())) == 2


def test_networks_of_other_photos_or_steps_are_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, work = data_folder(tmp_path / "reds", {str(n): blob() for n in range(10)}), tmp_path
    dataset = cleaned(data, work)
    wanted = folds_of(dataset, work, 1)
    asked: list[set[str]] = []

    def noted(_train: Any, jobs: Mapping[str, Any], results: Path, _workers: int) -> None:
        kept = read_results(results)
        asked.append(set(jobs) - set(kept))
        made = {
            name: {"steps": job[3], "data": open_dataset(Path(f"{job[0]}-data")).fingerprint()}
            for name, job in jobs.items()
        }
        results.write_text(json.dumps(made | {"0-4": {"steps": job_steps, "data": "others"}}))

    monkeypatch.setattr(networks, "run_jobs", noted)
    every = {one.model.name for one in wanted}
    for job_steps in (7, 7, 8):
        trained(dataset, wanted, start=None, steps=job_steps, workers=1)
    assert asked == [every, {"0-4"}, every]


def test_marked_parts_are_judged_by_networks_that_have_not_seen_the_photo(
    prepared: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, work = prepared
    marked = {"photo": "photo3", "part": "a half", "polygon": [[0, 0], [31, 0], [31, 47], [0, 47]]}
    (tmp_path / "beaks.json").write_text(json.dumps([marked]))
    monkeypatch.setattr(beak, "MARKED", tmp_path / "beaks.json")
    found = beaks(data, work)
    part = "a half (photo3)"
    assert set(found) == {part, DRAWN}
    image = np.asarray(Pictures.open(data / "images" / "photo3.png"))
    half = (disc(*SIZE) == 1) & (np.arange(SIZE[1]) < 32)
    wanted = folds_of(reopened(data, work), work, REPEATS)
    recalls = {
        one.model: float(load(one.model, threads=1)(image).argmax(axis=2)[half].mean())
        for one in wanted
    }
    fair = [recalls[one.model] for one in wanted if "photo3" in one.held_out]
    assert len(fair) == REPEATS
    assert found[part][UNET] == round(fmean(fair), 4) != round(fmean(recalls.values()), 4)


def test_the_table_of_beaks_says_what_fusing_took() -> None:
    recalls = {BOX: 0.1, GRABCUT: 0.25, UNET: 0.9, SHIPPED: 0.885}
    last = beaks_table({"a beak": recalls}).splitlines()[-1]
    assert last == "| a beak | 0.10 | 0.25 | 0.90 | 0.89 | -1.5 |"
