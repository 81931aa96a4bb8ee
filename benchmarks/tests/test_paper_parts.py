"""Parts of the paper's experiment that need no training: scores, curves, the choice of examples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.paper.curve import Curve
from benchmarks.paper.results import extremes
from benchmarks.paper.scoring import scored
from maskwright.core import VOID, Pair, from_function


def test_best_and_worst_are_the_first_of_each_end() -> None:
    ious = {"a": 0.5, "b": 0.9, "c": 0.1, "d": 0.9, "e": 0.3}
    results: dict[str, Any] = {"c-0": {"test": {"ious": ious}}}
    assert extremes(results, 2) == (["b", "d"], ["c", "e"])
    assert extremes({}) == ([], [])


def test_scores_agree_with_a_hand_count() -> None:
    """Half of a 2 x 4 mask is void or right; one photo is found, one is not."""
    mask = np.array([[0, 0, 1, 1], [0, 0, VOID, 1]], np.uint8)
    image = np.zeros((2, 4, 3), np.uint8)

    def half(image: np.ndarray, prior: object) -> np.ndarray:
        found = np.where(np.arange(4) >= (2 if image.any() else 4), 0.8, 0.2)
        plane = np.broadcast_to(found, (2, 4)).astype(np.float32)
        return np.stack([1 - plane, plane], axis=2)

    segmenter = from_function(("background", "foreground"), half)
    kept: dict[str, np.ndarray] = {}
    pairs = [Pair("missed", image, mask), Pair("found", image + 1, mask)]
    figures = scored(segmenter, pairs, kept.__setitem__)
    assert figures.ious == {"missed": 0.0, "found": 1.0}
    assert figures.mean_iou == pytest.approx(0.5)
    assert figures.accuracy == pytest.approx((4 / 7 + 1) / 2)
    assert figures.background_accuracy == pytest.approx(4 / 7)
    missed = -(4 * np.log(0.8) + 3 * np.log(0.2)) / 7
    assert figures.cross_entropy == pytest.approx((missed - np.log(0.8)) / 2)
    assert kept["found"].tolist() == [[0, 0, 1, 1]] * 2


def test_curve_is_whole_after_a_stop(tmp_path: Path) -> None:
    """Steps 3 and 4 are made again after a kill that left half a line."""

    class At:
        def __init__(self, step: int) -> None:
            self.step = step

    def follow(*steps: int) -> Curve:
        curve = Curve(tmp_path / "curve", every=2, steps=5, score=lambda at: {"iou": at.step / 10})
        for step in steps:
            curve(At(step), float(step))  # type: ignore[arg-type]
        return curve

    follow(1, 2, 3, 4)
    with (tmp_path / "curve").open("a") as file:
        file.write('\n{"step": 5, "lo')
    points = follow(3, 4, 5).points()
    assert [point["step"] for point in points] == [2, 4, 5]
    assert [point["training_loss"] for point in points] == [1.5, 3.5, 5]
    assert [point["iou"] for point in points] == [0.2, 0.4, 0.5]
