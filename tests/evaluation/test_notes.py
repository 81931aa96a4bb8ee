"""Warnings about few photos, and about methods no better than a constant mask."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from maskwright.evaluation.notes import warnings_on
from maskwright.metrics.bootstrap import BootstrapFigures
from maskwright.metrics.intervals import DRAWS
from maskwright.report.html import html
from maskwright.report.text import as_lines
from maskwright.report.write import as_json
from tests.support.folders import disc
from tests.support.reports import scored

DRAWN = np.random.default_rng(0).normal(0.5, 0.1, DRAWS)


def figures_at(iou: float, spread: float = 0.0, units: int = 30) -> BootstrapFigures:
    other = np.random.default_rng(1).normal(0, 1, DRAWS)
    return BootstrapFigures({"iou": iou}, {"iou": DRAWN - 0.5 + iou + spread * other}, units)


BASELINES = {"all leaf": figures_at(0.5), "all background": figures_at(0.1)}


def test_a_method_that_is_clearly_above_is_not_warned_of() -> None:
    assert warnings_on({"unet": figures_at(0.6)}, BASELINES, None) == []


def test_a_method_below_the_best_baseline_or_not_clearly_above_it() -> None:
    methods = {
        "unet": figures_at(0.9),
        "poor": figures_at(0.3),
        "vague": figures_at(0.6, spread=0.2),
    }
    below, unclear = warnings_on(methods, BASELINES, None)
    assert below.startswith("poor is no better than “all leaf”")
    assert "IoU 0.300 against 0.500" in below
    assert unclear.startswith("vague is not clearly better than “all leaf”")
    assert "IoU 0.600 against 0.500" in unclear


def test_few_photos_or_groups_or_one() -> None:
    def said(units: int, groups: list[str] | None) -> list[str]:
        return warnings_on({"unet": figures_at(0.9, units=units)}, BASELINES, groups)

    assert said(10, None) == []
    assert said(9, None)[0].startswith("9 photos are few")
    assert said(2, ["a", "b", "b"])[0].startswith("2 groups of photos are few")
    assert said(1, None)[0].startswith("a single photo says")
    assert said(1, ["a", "a"])[0].startswith("a single group of photos says")


def test_warnings_come_before_the_figures_everywhere(tmp_path: Path) -> None:
    truths = {"a": disc(40, 60), "b": disc(50, 50)}
    nothing = {name: np.zeros_like(mask) for name, mask in truths.items()}
    scores = scored(tmp_path, truths, {"found": truths, "nothing": nothing})
    few, lost = scores.warnings
    assert few.startswith("2 photos are few") and lost.startswith("nothing is no better than")
    assert as_lines(scores)[2:4] == [f"warning: {few}", f"warning: {lost}"]
    assert as_json(scores)["warnings"] == [few, lost]
    page = html(scores)
    assert page.index(few) < page.index('<div class="headline">')
    assert "is better than" not in page
