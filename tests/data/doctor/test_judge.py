"""The one judgement: what `check` finds, all verbs that take data find."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import maskwright
from maskwright.data.dataset import open_dataset
from maskwright.data.doctor.check import check
from maskwright.data.doctor.judge import judge
from maskwright.data.findings import errors
from maskwright.data.folder import DataFolder
from maskwright.data.split import folds, holdout
from maskwright.errors import DataError
from tests.support.data_folders import blob, data_folder, picture, write

VERBS: dict[str, Callable[[Path, Path], object]] = {
    "train": lambda data, out: maskwright.train(data, out / "m", steps=1),
    "cross-validation": lambda data, _: maskwright.cross_validate(data, folds=3, steps=1),
    "augment": lambda data, out: maskwright.augment(data, out / "augmented"),
    "evaluate": lambda data, _: maskwright.evaluate(data, methods=["grabcut"]),
}


def folder(root: Path, count: int = 12, **how: int) -> Path:
    return data_folder(root / "data", {f"p{number:02d}": blob(**how) for number in range(count)})


def copies(root: Path, count: int) -> Path:
    """Photos that differ by no more than a grey level."""
    data = folder(root, count)
    for number in range(count):
        photo = picture(0).copy()
        photo[number, number] ^= 1
        write(data / "images" / f"p{number:02d}.png", photo)
    return data


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_refuses_what_check_refuses(verb: str, tmp_path: Path) -> None:
    data = folder(tmp_path, on=0)
    assert not check(data).usable
    with pytest.raises(DataError, match=r"nothing to learn(.|\n)*cure: "):
        VERBS[verb](data, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_identical_photos_in_two_splits_stop_training_too(tmp_path: Path) -> None:
    data = folder(tmp_path)
    write(data / "images" / "p05.png", picture(0))
    rows = ["name,split", *(f"p{n:02d},{'val' if n < 3 else 'train'}" for n in range(12))]
    (data / "pairs.csv").write_text("\n".join(rows) + "\n")
    with pytest.raises(DataError, match="identical photos in two splits"):
        open_dataset(data)


def test_warnings_are_logged_with_their_cures_and_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = folder(tmp_path)
    write(data / "masks" / "p00.png", 255 - blob())
    write(data / "masks" / "p01.png", blob(on=0))
    dataset = open_dataset(data)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "warning: these masks may be inverted" in caplog.text
    assert "cure: if so, invert them" in caplog.text
    warned = [one for one in check(data).findings if one.severity == "warning"]
    assert [one for one in dataset.findings if one.severity == "warning"] == warned
    assert "masks with nothing but background (masks/p01.png)" in dataset.warnings
    assert not any("background (" in note for note in dataset.notes)


def test_scoring_is_not_warned_of_what_matters_in_training(tmp_path: Path) -> None:
    data = DataFolder(copies(tmp_path, 4))
    kinds = {one.kind for one in judge(data).findings}
    assert {"few-pairs", "few-sources", "near-duplicates"} <= kinds
    assert {one.kind for one in judge(data, scoring=True).findings} == {"encoding"}


def test_too_few_sources_are_told_with_the_way_to_overrule_look_alikes(tmp_path: Path) -> None:
    masks = {f"p{number:02d}": blob() for number in range(10)}
    data = data_folder(tmp_path / "data", masks)
    (data / "pairs.csv").write_text("name,group\n" + "".join(f"{name},a\n" for name in masks))
    found = {one.kind: one for one in check(data).findings}
    assert "no score is possible" in found["few-sources"].problem
    assert '--groups ".*"' in found["few-sources"].cure

    alike = copies(tmp_path / "alike", 3)
    assert len(set(open_dataset(alike).sources.values())) == 1
    (few,) = (one for one in check(alike).findings if one.kind == "few-sources")
    assert "3 photos to train on are of only 1 source" in few.problem
    with pytest.raises(DataError, match=r'--groups "\.\*" makes each photo a source of its own'):
        folds(open_dataset(alike), 2)
    own = DataFolder(alike, groups=".*")
    assert len(set(open_dataset(own).sources.values())) == 3
    kinds = {one.kind for one in check(own).findings}
    assert "near-in-groups" in kinds and "few-sources" not in kinds


def test_written_groups_and_splits_go_before_look_alikes(tmp_path: Path) -> None:
    data = copies(tmp_path, 5)
    table = "name,group,split\np00,a,\np01,b,\np02,,\np03,,val\np04,,val\n"
    (data / "pairs.csv").write_text(table)
    dataset = open_dataset(data)
    sources = dataset.sources
    assert sources["p00"] == sources["p02"] != sources["p01"]
    assert sources["p03"] == sources["p04"] != sources["p00"]
    warned = {one.kind for one in dataset.findings if one.severity == "warning"}
    assert {"near-in-splits", "near-in-groups", "near-duplicates"} <= warned


def test_augmented_data_keep_the_groups_that_a_person_wrote(tmp_path: Path) -> None:
    data = DataFolder(copies(tmp_path, 3), groups=".*")
    maskwright.augment(data, tmp_path / "out", techniques=["hf"])
    dataset = open_dataset(tmp_path / "out")
    assert len(dataset.examples) == 6 and len(set(dataset.sources.values())) == 3
    assert np.all([example.grouped for example in dataset.examples])


def test_what_only_the_test_part_shows_cannot_be_learned(tmp_path: Path) -> None:
    data = folder(tmp_path, 14, on=1)
    for number in (12, 13):
        write(data / "masks" / f"p{number}.png", blob(on=2))
    (data / "test.txt").write_text("p12\np13\n")
    found = {one.kind: one for one in check(data).findings}
    assert found["untrained-classes"].severity == "warning"
    assert found["untrained-classes"].problem.endswith("shows: class2")
    for number in range(12):
        write(data / "masks" / f"p{number:02d}.png", blob(on=0))
        write(data / "masks" / f"p{12 + number % 2}.png", blob(on=1))
    assert "nothing-to-train-on" in {one.kind for one in errors(check(data).findings)}
    assert not errors(judge(DataFolder(data), scoring=True).findings)


def test_photos_of_the_test_part_alone_can_be_scored_only(tmp_path: Path) -> None:
    data = folder(tmp_path, 4)
    (data / "test.txt").write_text("p00\np01\np02\np03\n")
    result = check(data)
    assert result.usable and "nothing-to-train-on" in {one.kind for one in result.findings}
    with pytest.raises(DataError, match="add photos to train on"):
        holdout(open_dataset(data))


def test_the_void_colour_of_pascal_voc_is_pointed_out(tmp_path: Path) -> None:
    colours = np.array([(0, 0, 0), (128, 0, 0), (224, 224, 192)], np.uint8)
    numbers = blob(on=1)
    numbers[:, :12] = 2
    data = data_folder(tmp_path, {name: colours[numbers] for name in "abc"})
    (found,) = (one for one in check(data).findings if one.kind == "void-colour")
    assert found.cure == "if so: --ignore '#e0e0c0'"
    cured = check(DataFolder(data, ignore="#e0e0c0"))
    assert cured.usable and len(cured.classes) == 2
    assert "void-colour" not in {one.kind for one in cured.findings}


def test_masks_that_are_hardly_opaque_are_told_how_to_be_read(tmp_path: Path) -> None:
    red = np.zeros((48, 64, 4), np.uint8)
    red[blob() > 0] = (255, 0, 0, 90)
    data = data_folder(tmp_path, dict.fromkeys("abc", red))
    (found,) = (one for one in check(data).findings if one.kind == "nothing-to-learn")
    values = "0=background,1-255=foreground"
    assert f"--values {values}" in found.cure
    assert check(DataFolder(data, values=values)).usable
