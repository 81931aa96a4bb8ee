"""Tables hold the figures of the scores, each under its heading."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from maskwright.metrics.comparison import Comparison
from maskwright.report.page.tables import as_gain, classes_table, facts, methods_table
from tests.support.reports import several_classes, two_methods


def test_methods_then_baselines_each_figure_under_its_heading(tmp_path: Path) -> None:
    scores = two_methods(tmp_path)
    table = methods_table(scores)
    assert [row.name for row in table.rows] == [
        *(one.name for one in scores.methods),
        *scores.baselines,
    ]
    assert [row.is_baseline for row in table.rows] == [False, False, True, True]
    assert "MAE" not in table.columns  # masks from files have no probabilities
    near = dict(zip(table.columns, table.rows[0].cells, strict=True))
    summary = scores.summary
    assert near["IoU"].value == summary.iou
    assert near["IoU"].interval == scores.methods[0].intervals["iou"]
    assert near["error rate"].value == summary.error_rate and near["error rate"].is_percent
    assert near["Dice"].value == summary.classes[0].dice
    assert near["boundary IoU"].value == summary.classes[0].boundary_iou
    far = dict(zip(table.columns, table.rows[1].cells, strict=True))
    assert near["IoU"].is_best and not far["IoU"].is_best
    assert near["error rate"].is_best  # the lower one
    assert not any(cell.is_best for row in table.rows[2:] for cell in row.cells)


def test_one_method_is_no_best(tmp_path: Path) -> None:
    scores = two_methods(tmp_path, photos=2)
    alone = replace(scores, methods=scores.methods[:1], comparisons=())
    assert not any(cell.is_best for row in methods_table(alone).rows for cell in row.cells)


def test_several_classes(tmp_path: Path) -> None:
    scores = several_classes(tmp_path, 5)
    assert methods_table(scores).columns == ("IoU", "error rate", "boundary F")
    table = classes_table(scores.methods[0], scores.classes)
    assert [row.name for row in table.rows] == list(scores.classes)
    first, second = table.rows[:2]
    pooled = scores.summary.pooled_ious
    assert first.cells[0].value == pooled[scores.classes[0]]
    assert all(cell.value is None for cell in first.cells[1:])  # no means of the background
    assert second.cells[0].value == pooled[scores.classes[1]]
    assert second.cells[0].interval is not None
    assert second.cells[1].value == scores.summary.classes[0].iou


def test_the_method_named_first_comes_first_and_above_0_is_better() -> None:
    as_made = Comparison("siox", "unet", "iou", -0.5, -0.6, -0.4, 1, 73, 2, 76)
    one = as_gain(as_made)
    assert one == Comparison("unet", "siox", "iou", 0.5, 0.4, 0.6, 73, 1, 2, 76)
    assert one.is_clear


def test_fewer_errors_are_a_gain() -> None:
    as_made = Comparison("siox", "unet", "error_rate", 0.2, -0.1, 0.3, 10, 5, 0, 15)
    one = as_gain(as_made)
    assert one == Comparison("unet", "siox", "error_rate", 0.2, -0.1, 0.3, 5, 10, 0, 15)
    assert not one.is_clear


def test_facts_leave_out_unknown_values() -> None:
    known = facts({"model_sha256": "9f", "threshold": None, "seed": 0})
    assert known == [("model sha256", "9f"), ("seed", "0")]
