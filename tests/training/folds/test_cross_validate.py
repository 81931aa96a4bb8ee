"""Cross-validation from end to end on small data: who judges what, and what a stop leaves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import maskwright
from maskwright.data.dataset import open_dataset
from maskwright.errors import DataError, UsageError
from maskwright.evaluation.scores import Scores
from maskwright.metrics.photo import PhotoScores
from maskwright.training.claim import claimed_work, forget_work, is_unfinished
from tests.support.clock import hurry
from tests.support.shapes import three_classes, write_shapes

pytestmark = pytest.mark.usefixtures("tiny_network")
SMALL: dict[str, Any] = {"steps": 3, "size": 64, "threads": 1}
FOLDS = 3


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve photos: a group of three, a photo with an augmented copy, and one of the part test."""
    data = write_shapes(tmp_path_factory.mktemp("data") / "shapes", 12)
    (data / "pairs.csv").write_text(
        "name,group,parent,split\n"
        "photo00,film,,\nphoto01,film,,\nphoto02,film,,\nphoto04,,photo03,\nphoto11,,,test\n"
    )
    return data


@pytest.fixture(scope="module")
def crossed(shapes: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Scores, Path]:
    work = tmp_path_factory.mktemp("work")
    scores = maskwright.cross_validate(shapes, folds=FOLDS, work=work, **SMALL)
    return scores, work


def trained_on(work: Path) -> dict[Path, set[str]]:
    found = {}
    for model in sorted((work / "cross-validation" / "folds").iterdir()):
        (split,) = json.loads((model / "splits.json").read_text())["splits"]
        assert split["val"] == []
        found[model] = set(split["train"])
    return found


def test_each_photo_is_scored_by_a_model_that_never_saw_it_or_its_relatives(
    crossed: tuple[Scores, Path], shapes: Path
) -> None:
    scores, work = crossed
    models = trained_on(work)
    assert len(models) == FOLDS
    # As the model that `train` makes of such photos.
    assert {maskwright.load(model).metadata.enlarge for model in models} == {"guided"}
    names = [row.name for row in scores.rows]
    assert names == [f"photo{n:02d}" for n in range(11) if n != 4]  # no copy, no test photo
    dataset = open_dataset(shapes)
    for row in scores.rows:
        (judge,) = [model for model, seen in models.items() if row.name not in seen]
        source = dataset.sources[row.name]
        relatives = {name for name, other in dataset.sources.items() if other == source}
        assert not relatives & models[judge]
        alone = maskwright.evaluate(shapes, model=judge)
        assert row == next(one for one in alone.rows if one.name == row.name)


def test_the_study_says_what_was_done(crossed: tuple[Scores, Path]) -> None:
    scores, _ = crossed
    study = scores.study
    assert study is not None
    assert (study.folds, study.recipe, study.steps) == (FOLDS, "fast", 3)
    assert study.calibration is not None and 0 < study.calibration.threshold < 1
    assert study.calibration.iou_before == pytest.approx(scores.summary.iou, abs=1e-3)
    assert study.curve is None and study.label_next == ()
    assert study.minutes > 0
    assert scores.method["cross_validation"] == FOLDS
    said = " ".join(scores.notes)
    assert "not trained on it" in said
    assert "1 augmented copy is left out" in said
    assert "1 photos of the part test are left out" in said


def test_a_stopped_run_goes_on_to_the_same_scores(
    crossed: tuple[Scores, Path], shapes: Path, tmp_path: Path
) -> None:
    straight, _ = crossed

    def stop(row: PhotoScores, photos: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        maskwright.cross_validate(shapes, folds=FOLDS, work=tmp_path, on_photo=stop, **SMALL)
    assert is_unfinished(tmp_path)
    kept = tmp_path / "cross-validation" / "folds" / "fold-1" / "model.onnx"
    written = kept.stat().st_mtime_ns
    shutil.rmtree(tmp_path / "cross-validation" / "folds" / "fold-3")
    with pytest.raises(UsageError, match="--resume goes on"):
        maskwright.cross_validate(shapes, folds=FOLDS, work=tmp_path, **SMALL)
    with pytest.raises(UsageError, match="seed was 0, now 1"):
        maskwright.cross_validate(shapes, folds=FOLDS, work=tmp_path, resume=True, seed=1, **SMALL)
    scores = maskwright.cross_validate(shapes, folds=FOLDS, work=tmp_path, resume=True, **SMALL)
    assert scores.rows == straight.rows
    assert kept.stat().st_mtime_ns == written
    forget_work(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_work_is_said_before_anything_is_trained(shapes: Path, tmp_path: Path) -> None:
    def refused(match: str, **options: Any) -> None:
        with pytest.raises((UsageError, DataError), match=match):
            maskwright.cross_validate(shapes, work=tmp_path / "w", **{**SMALL, **options})
        assert not is_unfinished(tmp_path / "w")

    refused("2 folds or more", folds=1)
    refused("sources are needed", folds=9)
    refused("give one of them", folds=2, minutes=3)
    refused("must be positive", folds=2, steps=0)
    for endless in (float("nan"), float("inf")):
        refused("finite", folds=2, steps=None, minutes=endless)
    refused("nothing-there", folds=2, unlabelled=tmp_path / "nothing-there")
    (tmp_path / "empty").mkdir()
    refused("no photos in", folds=2, unlabelled=tmp_path / "empty")
    refused("name unet among", folds=2, methods=["siox"])
    refused("no such method", folds=2, methods=["unet", "magic"])
    refused("takes no seeds", folds=2, box="1,2,3,4")
    refused("absent", folds=2, methods=["unet", "siox"], prior=tmp_path / "absent")
    refused("too few", folds=2, steps=None, minutes=0.01)


def test_overwrite_begins_anew_also_with_resume(tmp_path: Path) -> None:
    plan = tmp_path / "cross-validation" / "plan.json"
    plan.parent.mkdir()
    plan.write_text("{}")
    with claimed_work(tmp_path, resume=True, overwrite=False):
        assert plan.exists()
    with claimed_work(tmp_path, resume=True, overwrite=True):
        assert not plan.exists()


def test_other_methods_and_parts_of_the_photos(shapes: Path) -> None:
    scores = maskwright.cross_validate(
        shapes,
        folds=2,
        methods=["siox", "unet"],
        seeds="model",
        learning_curve=True,
        unlabelled=shapes / "images",
        gallery=2,
        **SMALL,
    )
    assert [one.name for one in scores.methods] == ["siox", "unet"]
    assert any("seeds: the probabilities of the models of the folds" in n for n in scores.notes)
    assert len(scores.gallery) == 2
    study = scores.study
    assert study is not None and study.curve is not None
    assert [one.photos for one in study.curve.points] == sorted(
        {one.photos for one in study.curve.points}
    )
    assert len(study.curve.points) == 3
    network = next(one for one in scores.methods if one.name == "unet")
    assert study.curve.points[-1].iou == pytest.approx(np.mean([row.iou for row in network.rows]))
    assert study.curve.sentence
    assert study.label_next == ()  # all of them are labelled


def test_several_classes_have_no_threshold(tmp_path: Path) -> None:
    data = three_classes(write_shapes(tmp_path / "some", 8))
    scores = maskwright.cross_validate(data, folds=2, **SMALL)
    assert scores.study is not None and scores.study.calibration is None
    assert len(scores.classes) == 3
    assert len(scores.rows) == 8
    with pytest.raises(UsageError, match="one foreground"):
        maskwright.cross_validate(data, folds=2, methods=["unet", "siox"], **SMALL)


def test_minutes_become_the_same_steps_for_all(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    scores = maskwright.cross_validate(
        shapes, folds=2, minutes=1.2, size=32, threads=1, work=tmp_path
    )
    assert scores.study is not None and scores.study.steps >= 10
    assert scores.study.minutes <= 1.2
    for model in (tmp_path / "cross-validation" / "folds").iterdir():
        assert json.loads((model / "model.json").read_text())["steps"] == scores.study.steps
