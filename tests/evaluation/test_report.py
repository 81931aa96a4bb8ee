"""Scores on paper: table, JSON and CSV say the same and stay whole."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from maskwright import evaluate
from maskwright.core import Mask
from maskwright.errors import UsageError
from maskwright.evaluation.report import (
    DEFINITIONS,
    as_json,
    as_lines,
    refuse_existing,
    write_report,
)
from maskwright.evaluation.score import Scores
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


def test_the_table_shows_summary_baselines_and_the_worst_first(scores: Scores) -> None:
    lines = as_lines(scores)
    text = "\n".join(lines)
    predicted = next(line for line in lines if line.startswith("predicted"))
    assert predicted.split()[1] == f"{scores.summary.iou:.3f}"
    assert "all background" in text and "all foreground" in text
    worst = lines[lines.index("worst photos") + 2 :]
    assert worst[0].startswith("poor, really")
    assert worst[1].startswith("good")
    assert f"{100 * scores.rows[1].error_rate:.2f}" in worst[0]
    assert any(line.startswith("note: ") for line in lines)
    assert not any(line.startswith("good") for line in as_lines(scores, worst=1))


def test_columns_stand_under_each_other(scores: Scores, three: Scores) -> None:
    for some in (scores, three):
        lines = as_lines(some)
        header = next(line for line in lines if "boundary IoU" in line)
        end = header.index("boundary IoU") + len("boundary IoU")
        row = lines[lines.index(header) + 2]
        assert row[end - 5 : end].strip().replace(".", "").isdigit()
        assert row[end : end + 1] in ("", " ")


def test_several_classes_have_a_line_each(three: Scores) -> None:
    text = "\n".join(as_lines(three))
    for name in three.classes:
        assert f"\n{name} " in text
    assert f"{three.summary.iou:.3f}" in text


def test_json_holds_every_figure_and_what_it_means(scores: Scores) -> None:
    body = json.loads(json.dumps(as_json(scores), allow_nan=False))
    assert body["photos"] == 2
    assert body["summary"]["iou"] == scores.summary.iou
    assert body["summary"]["accuracy"] == pytest.approx(1 - scores.summary.error_rate)
    assert [row["name"] for row in body["rows"]] == ["good", "poor, really"]
    assert body["rows"][0]["iou"] == 1
    one = body["summary"]["classes"][0]
    assert {"in_truth", "in_prediction", "in_neither", "in_one_only"} <= set(one)
    assert body["definitions"] == DEFINITIONS
    figures = {name for name, value in one.items() if isinstance(value, float)}
    assert figures <= set(DEFINITIONS)


def test_report_files_agree(three: Scores, tmp_path: Path) -> None:
    report = tmp_path / "new" / "report"
    write_report(three, report)
    assert sorted(path.name for path in report.iterdir()) == ["scores.csv", "scores.json"]
    written = json.loads((report / "scores.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(as_json(three)))
    with (report / "scores.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [(line["name"], line["class"]) for line in lines] == [
        (row.name, one.label) for row in three.rows for one in row.classes
    ]
    assert float(lines[0]["iou"]) == three.rows[0].classes[0].iou
    assert float(lines[0]["accuracy"]) == pytest.approx(1 - three.rows[0].error_rate)


def test_an_existing_report_is_kept_unless_overwritten(scores: Scores, tmp_path: Path) -> None:
    report = tmp_path / "report"
    report.mkdir()
    refuse_existing(report, overwrite=False)  # empty: nothing to lose
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
