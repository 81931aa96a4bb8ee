"""Scores in files: JSON, CSV and page say the same and stay whole."""

from __future__ import annotations

import csv
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from maskwright import evaluate
from maskwright.core import Image, Mask, Probs, from_function
from maskwright.errors import UsageError
from maskwright.evaluation.scores import Scores
from maskwright.locks import alone, lock_in
from maskwright.report.definitions import DEFINITIONS
from maskwright.report.write import as_json, refuse_unusable, write_report
from tests.support.folders import disc, write_data, write_masks


def scores_of(tmp_path: Path, truths: dict[str, Mask], predicted: dict[str, Mask]) -> Scores:
    data = write_data(tmp_path / "data", truths)
    return evaluate(data, predictions=write_masks(tmp_path / "predicted", predicted))


@pytest.fixture
def scores(tmp_path: Path) -> Scores:
    """Two photos, one of them segmented perfectly."""
    truths = {"good": disc(20, 30), "poor, really": disc(25, 25)}
    return scores_of(tmp_path, truths, {**truths, "poor, really": disc(25, 25, radius=0.1)})


@pytest.fixture
def three(tmp_path: Path) -> Scores:
    rng = np.random.default_rng(0)
    truths = {name: rng.integers(0, 3, (9, 9)).astype(np.uint8) for name in "ab"}
    return scores_of(tmp_path, truths, {name: mask.T.copy() for name, mask in truths.items()})


def test_json_contains_every_figure_and_its_definition(scores: Scores) -> None:
    body = json.loads(json.dumps(as_json(scores), allow_nan=False))
    assert body["photos"] == 2
    assert body["headline"] == "predictions"
    assert body["comparisons"] == [] and body["study"] is None
    found = body["methods"]["predictions"]
    summary = found["summary"]
    assert summary["iou"] == scores.summary.iou
    assert summary["accuracy"] == pytest.approx(1 - scores.summary.error_rate)
    assert found["intervals"]["iou"] == list(scores.methods[0].intervals["iou"])
    assert [row["name"] for row in found["rows"]] == ["good", "poor, really"]
    assert found["rows"][0]["iou"] == 1
    assert np.sum(found["confusion"]) == 20 * 30 + 25 * 25
    one = summary["classes"][0]
    assert {"in_truth", "in_prediction", "in_neither", "in_one_only"} <= set(one)
    assert body["definitions"] == dict(DEFINITIONS)
    figures = {name for name, value in one.items() if isinstance(value, float)}
    assert figures <= set(DEFINITIONS)
    assert set(summary["pooled"][0]) - {"label"} <= figures


def test_report_files_agree(three: Scores, tmp_path: Path) -> None:
    report = tmp_path / "new" / "report"
    write_report(three, report)
    names = ["report.html", "scores.csv", "scores.json"]
    assert sorted(path.name for path in report.iterdir()) == names
    written = json.loads((report / "scores.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(as_json(three)))
    with (report / "scores.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [(line["method"], line["name"], line["class"]) for line in lines] == [
        ("predictions", row.name, one.label) for row in three.rows for one in row.classes
    ]
    assert float(lines[0]["iou"]) == three.rows[0].classes[0].iou
    assert float(lines[0]["accuracy"]) == pytest.approx(1 - three.rows[0].error_rate)


def test_every_method_has_its_lines_and_its_figures(tmp_path: Path) -> None:
    truths = {"a": disc(20, 30), "b": disc(25, 25)}
    data = write_data(tmp_path / "data", truths)
    black = from_function(("background", "foreground"), lambda image, _: _sure(image, 0))
    folder = write_masks(tmp_path / "predicted", truths)
    both = evaluate(data, predictions=folder, segmenter=black, methods=("segmenter", "predictions"))
    write_report(both, tmp_path / "report")
    body = json.loads((tmp_path / "report" / "scores.json").read_text(encoding="utf-8"))
    assert list(body["methods"]) == ["segmenter", "predictions"]
    assert body["headline"] == "segmenter"
    assert [len(one["rows"]) for one in body["methods"].values()] == [2, 2]
    assert body["methods"]["predictions"]["summary"]["iou"] == 1
    versus = body["comparisons"][0]
    assert (versus["first"], versus["second"]) == ("predictions", "segmenter")
    assert (versus["figure"], versus["difference"], versus["wins"]) == ("iou", 1, 2)
    with (tmp_path / "report" / "scores.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    ious = {(line["method"], line["name"]): float(line["iou"]) for line in lines}
    assert ious == {
        ("segmenter", "a"): 0,
        ("segmenter", "b"): 0,
        ("predictions", "a"): 1,
        ("predictions", "b"): 1,
    }


def _sure(image: Image, label: int) -> Probs:
    probs = np.zeros((*image.shape[:2], 2), np.float32)
    probs[:, :, label] = 1
    return probs


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere file names are text")
def test_a_file_name_that_is_no_text_spoils_nothing(tmp_path: Path) -> None:
    name = os.fsdecode(b"leaf \xff")
    scores = scores_of(tmp_path, {name: disc(20, 20)}, {name: disc(20, 20)})
    write_report(scores, tmp_path / "report")
    body = json.loads((tmp_path / "report" / "scores.json").read_text(encoding="utf-8"))
    assert body["methods"]["predictions"]["rows"][0]["name"] == name
    assert "leaf \\udcff" in (tmp_path / "report" / "scores.csv").read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="no file can have such a name")
def test_names_are_no_formulas_in_a_spreadsheet_and_exact_in_json(tmp_path: Path) -> None:
    names = ["=1+1", "+1", "-1", "@SUM(1)", "\tcell", "\x1b[2J", "a=1", "=a,b"]
    masks = {name: disc(20, 20) for name in names}
    write_report(scores_of(tmp_path, masks, masks), tmp_path / "report")
    with (tmp_path / "report" / "scores.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert {line["name"] for line in lines} == {
        "'=1+1", "'+1", "'-1", "'@SUM(1)", "'\tcell", "\\x1b[2J", "a=1", "'=a,b",
    }  # fmt: skip
    body = json.loads((tmp_path / "report" / "scores.json").read_text(encoding="utf-8"))
    assert {row["name"] for row in body["methods"]["predictions"]["rows"]} == set(names)


def test_an_existing_report_is_kept_unless_overwritten(scores: Scores, tmp_path: Path) -> None:
    report = tmp_path / "report"
    report.mkdir()
    refuse_unusable(report, overwrite=False)  # empty: nothing to lose
    (report / "scores.json").write_text("mine")
    with pytest.raises(UsageError, match="--overwrite"):
        write_report(scores, report)
    assert (report / "scores.json").read_text() == "mine"
    assert not (report / "scores.csv").exists()
    write_report(scores, report, overwrite=True)
    assert json.loads((report / "scores.json").read_text(encoding="utf-8"))["photos"] == 2


def test_a_file_in_the_place_of_the_report_is_refused(scores: Scores, tmp_path: Path) -> None:
    (tmp_path / "report").write_text("a file")
    with pytest.raises(UsageError, match="a file"):
        write_report(scores, tmp_path / "report", overwrite=True)


@pytest.mark.parametrize("held", ["MANIFEST.sha256", "training/plan.json"])
def test_a_model_directory_is_never_a_report(scores: Scores, tmp_path: Path, held: str) -> None:
    model = tmp_path / "model"
    (model / held).parent.mkdir(parents=True)
    (model / held).write_text("")
    for refuse in (refuse_unusable, lambda at, **so: write_report(scores, at, **so)):
        with pytest.raises(UsageError, match="contains a model"):
            refuse(model, overwrite=True)
    assert [path for path in model.rglob("*") if path.is_file()] == [model / held]


def test_a_report_that_a_killed_run_left_half_is_replaced(scores: Scores, tmp_path: Path) -> None:
    report = tmp_path / "report"
    with alone(lock_in(report), report):
        left = lock_in(report).read_bytes()
    write_report(scores, report)
    whole = {path.name for path in report.iterdir()}
    lock_in(report).write_bytes(left)
    (report / "report.html").unlink()
    (report / ".maskwright-0123456789abcdef.tmp").write_bytes(b"half")
    refuse_unusable(report, overwrite=False)
    write_report(scores, report)
    assert {path.name for path in report.iterdir()} == whole
    (report / "mine.txt").write_text("mine")
    lock_in(report).write_bytes(left)
    with pytest.raises(UsageError, match="not empty"):
        write_report(scores, report)
