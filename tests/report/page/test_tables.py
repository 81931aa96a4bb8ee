"""Tables hold the figures of the scores, each under its heading."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from maskwright.report.page.tables import classes_table, confusion, facts, methods_table
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
    assert near["mislabelled"].value == summary.error_rate and near["mislabelled"].is_share
    assert near["Dice"].value == summary.classes[0].dice
    assert near["boundary IoU"].value == summary.classes[0].boundary_iou
    far = dict(zip(table.columns, table.rows[1].cells, strict=True))
    assert near["IoU"].is_best and not far["IoU"].is_best
    assert near["mislabelled"].is_best  # the lower one
    assert not any(cell.is_best for row in table.rows[2:] for cell in row.cells)


def test_one_method_is_no_best(tmp_path: Path) -> None:
    scores = two_methods(tmp_path, photos=2)
    alone = replace(scores, methods=scores.methods[:1], comparisons=())
    assert not any(cell.is_best for row in methods_table(alone).rows for cell in row.cells)


def test_several_classes(tmp_path: Path) -> None:
    scores = several_classes(tmp_path, 5)
    assert methods_table(scores).columns == ("IoU", "mislabelled", "boundary F")
    table = classes_table(scores.methods[0], scores.classes)
    assert [row.name for row in table.rows] == list(scores.classes)
    first, second = table.rows[:2]
    pooled = scores.summary.pooled_ious
    assert first.cells[0].value == pooled[scores.classes[0]]
    assert all(cell.value is None for cell in first.cells[1:])  # no means of the background
    assert second.cells[0].value == pooled[scores.classes[1]]
    assert second.cells[0].interval is not None
    assert second.cells[1].value == scores.summary.classes[0].iou


def test_confusion_is_of_the_true_class(tmp_path: Path) -> None:
    scores = several_classes(tmp_path, 3)
    found = confusion(scores.methods[0])
    # Of six columns each, two are taken for the class to the left.
    assert found.shares[1] == pytest.approx((1 / 3, 2 / 3, 0))
    assert sum(found.pixels[1]) == 6 * (40 + 41 + 42)
    empty = replace(scores.methods[0], confusion=((0, 0, 0), (0, 5, 0), (0, 0, 0)))
    assert confusion(empty).shares[0] == (None, None, None)


def test_facts_leave_out_what_is_not_known() -> None:
    known = facts({"model_sha256": "9f", "threshold": None, "sizes": [1, 2], "more": {"a": 1}})
    assert known == [("model sha256", "9f"), ("sizes", "1, 2"), ("more, a", "1")]
