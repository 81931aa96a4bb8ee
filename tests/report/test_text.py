"""Scores as text for a terminal: contents of the tables, and aligned columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from maskwright import evaluate
from maskwright.core import Mask, from_function
from maskwright.evaluation.scores import Scores
from maskwright.metrics.study_results import (
    Calibration,
    CurvePoint,
    LearningCurve,
    StudyResults,
    Suspect,
    UnlabelledPhoto,
)
from maskwright.report.text import as_lines
from tests.support.folders import disc, write_data, write_masks
from tests.support.reports import several_classes


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
    predicted = next(line for line in lines if line.startswith("predictions"))
    assert predicted.split()[1] == f"{scores.summary.iou:.3f}"
    low, high = scores.methods[0].intervals["iou"]
    assert f"{low:.3f} to {high:.3f}" in predicted
    for name in ("all background", "all foreground"):
        assert text.count(f"\n{name}") == 2  # means and pooled
    worst = lines[lines.index("worst photos") + 2 :]
    assert worst[0].startswith("poor, really")
    assert worst[1].startswith("good")
    assert f"{100 * scores.rows[1].error_rate:.2f}" in worst[0]
    assert any(line.startswith("note: ") for line in lines)
    assert not any(line.startswith("good") for line in as_lines(scores, worst=1))


def test_pooled_figures_have_a_table_of_their_own(scores: Scores) -> None:
    lines = as_lines(scores)
    at = next(n for n, line in enumerate(lines) if line.startswith("all pixels together"))
    cells = lines[at + 1].split()
    pooled = scores.summary.pooled[0]
    assert cells[1:4] == [f"{v:.3f}" for v in (pooled.iou, pooled.dice, pooled.precision)]
    assert cells[-2] == f"{100 * scores.summary.pooled_error_rate:.2f}"


def test_columns_stand_under_each_other(scores: Scores, three: Scores) -> None:
    for some in (scores, three):
        lines = as_lines(some)
        header = next(line for line in lines if "boundary IoU" in line)
        end = header.index("boundary IoU") + len("boundary IoU")
        row = lines[lines.index(header) + 2]
        assert row[end - 5 : end].strip().replace(".", "").isdigit()
        assert row[end : end + 1] in ("", " ")


def test_several_classes_have_a_line_each_and_a_confusion_matrix(three: Scores) -> None:
    lines = as_lines(three)
    assert f"{three.summary.iou:.3f}" in "\n".join(lines)
    start = next(n for n, line in enumerate(lines) if line.startswith("true class"))
    for label, counts, line in zip(
        three.classes, three.methods[0].confusion, lines[start + 1 :], strict=False
    ):
        name, *shares, pixels = line.split()
        assert name == label
        assert int(pixels) == sum(counts)
        assert [float(share) for share in shares] == pytest.approx(
            [100 * count / sum(counts) for count in counts], abs=0.01
        )


def test_methods_are_compared_with_signs(tmp_path: Path) -> None:
    truths = {"a": disc(20, 30), "b": disc(25, 25)}
    data = write_data(tmp_path / "data", truths)
    nothing = from_function(
        ("background", "foreground"),
        lambda image, _: np.eye(2, dtype=np.float32)[np.zeros(image.shape[:2], np.uint8)],
    )
    folder = write_masks(tmp_path / "predicted", truths)
    both = evaluate(
        data, predictions=folder, segmenter=nothing, methods=("segmenter", "predictions")
    )
    lines = as_lines(both)
    at = next(n for n, line in enumerate(lines) if line.startswith("paired by photo"))
    iou, error, boundary = (line.split() for line in lines[at + 1 : at + 4])
    assert " ".join(iou) == "predictions minus segmenter IoU +1.000 +1.000 to +1.000 2 0 0"
    error_rate = both.methods[0].summary.error_rate
    assert error[3:6] == ["error", "%", f"{-100 * error_rate:+.2f}"]
    assert error[-3:] == boundary[-3:] == ["2", "0", "0"]
    assert "worst photos of segmenter" in lines


def test_a_name_commands_no_terminal_and_adds_no_line(tmp_path: Path) -> None:
    truths = {"x\x1b[2J\nnote: all is well": disc(20, 30), "b": disc(25, 25)}
    lines = as_lines(scores_of(tmp_path, truths, truths))
    text = "\n".join(lines)
    assert "\x1b" not in text
    assert "\nnote: all is well" not in text
    assert "x\\x1b[2J\\nnote: all is well" in text


def test_one_photo_is_one_photo(tmp_path: Path) -> None:
    truths = {"a": disc(20, 30)}
    assert as_lines(scores_of(tmp_path, truths, truths))[0].startswith("1 photo of ")


@pytest.mark.parametrize("classes", [12, 13])
def test_a_wide_confusion_is_left_to_the_files(tmp_path: Path, classes: int) -> None:
    lines = as_lines(several_classes(tmp_path, classes))
    assert any(line.startswith("true class") for line in lines) == (classes == 12)
    assert any("scores.json" in line for line in lines) == (classes == 13)


def study_blocks(scores: Scores, **parts: object) -> list[list[str]]:
    """The blocks of lines that a study with these parts adds."""
    nothing = {"calibration": None, "curve": None, "suspects": (), "label_next": ()}
    study = StudyResults(folds=5, recipe="fast", steps=100, minutes=9.5, **{**nothing, **parts})  # type: ignore[arg-type]
    bare = replace(scores, notes=())
    added = as_lines(replace(bare, study=study))[len(as_lines(bare)) :]
    return [block.split("\n") for block in "\n".join(added).strip().split("\n\n") if block]


def test_a_study_without_results_adds_no_lines(scores: Scores) -> None:
    assert study_blocks(scores) == []


def test_a_threshold_that_helps_and_one_that_does_not(scores: Scores) -> None:
    helps = Calibration(0.42, (0.0, 0.32), 0.75, 0.77, 0.01, 0.03)
    ((line,),) = study_blocks(scores, calibration=helps)
    assert line.startswith("threshold: 0.42 is better than 0.5")
    assert "0.750" in line and "0.770" in line and "+0.020, +0.010 to +0.030" in line
    idle = Calibration(0.5, (0.0, 0.0), 0.75, 0.74, -0.02, 0.01)
    ((line,),) = study_blocks(scores, calibration=idle)
    assert line.startswith("threshold: 0.5, no other is clearly better")


def test_each_part_of_a_study_has_its_lines(scores: Scores) -> None:
    curve, masks, photos = study_blocks(
        scores,
        curve=LearningCurve((CurvePoint(15, 0.6, 0.55, 0.65),), "It pays."),
        suspects=tuple(Suspect(f"photo{n}", 0.9, "swapped") for n in range(12)),
        label_next=(UnlabelledPhoto("deep/a.jpg", 0.4),),
    )
    assert curve == ["learning curve", "15 photos: IoU 0.600 (0.550 to 0.650)", "It pays."]
    assert masks[1] == "photo0  0.90  swapped"
    assert len(masks) == 12 and masks[-1] == "... and 2 more in scores.json"
    assert photos == ["label these next", "deep/a.jpg  0.40"]
