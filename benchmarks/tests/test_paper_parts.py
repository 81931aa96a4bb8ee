"""Parts of the paper's experiment that need no training: scores, curves, the choice of examples."""

from __future__ import annotations

from types import SimpleNamespace
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
    pairs = [Pair("missed", image, mask), Pair("found", image + 1, mask)]
    figures = scored(segmenter, pairs)
    assert figures.ious == {"missed": 0.0, "found": 1.0}
    assert figures.mean_iou == pytest.approx(0.5)
    assert figures.accuracy == pytest.approx((4 / 7 + 1) / 2)
    assert figures.background_accuracy == pytest.approx(4 / 7)
    missed = -(4 * np.log(0.8) + 3 * np.log(0.2)) / 7
    assert figures.cross_entropy == pytest.approx((missed - np.log(0.8)) / 2)


def test_a_curve_has_its_points_and_the_mean_loss_between_them() -> None:
    curve = Curve(every=2, steps=5, score=lambda at: {"iou": at.step / 10})
    for step in range(1, 6):
        curve(SimpleNamespace(step=step), float(step))  # type: ignore[arg-type]
    assert curve.points == [
        {"step": 2, "iou": 0.2, "training_loss": 1.5},
        {"step": 4, "iou": 0.4, "training_loss": 3.5},
        {"step": 5, "iou": 0.5, "training_loss": 5},
    ]
    assert curve.minutes > 0
