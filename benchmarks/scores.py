"""Several methods on the same photos, and their comparisons as results and as cells of tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from benchmarks.markdown import interval
from maskwright.core import Segmenter
from maskwright.data.dataset import Dataset
from maskwright.data.threads import cores
from maskwright.evaluation.methods import segmenter_method
from maskwright.evaluation.scores import Scores
from maskwright.evaluation.scoring import score_sources


def score(dataset: Dataset, ways: Mapping[str, Segmenter]) -> Scores:
    """Score all ways on the same photos, as `maskwright evaluate` does."""
    methods = {name: segmenter_method(one, dataset) for name, one in ways.items()}
    return score_sources(dataset, methods, workers=cores())


def comparisons(scores: Scores, second: str, figures: Iterable[str]) -> list[dict[str, Any]]:
    """The comparisons of all other methods with one, as plain values."""
    return [
        asdict(one) for one in scores.comparisons if one.second == second and one.figure in figures
    ]


def compared(kept: Iterable[Mapping[str, Any]], first: str, figure: str) -> list[str]:
    """Two cells: the difference in points with its interval, and better / worse photos.

    Both are empty if the method was not compared.
    """
    for one in kept:
        if (one["first"], one["figure"]) == (first, figure):
            points, *ends = (100 * one[key] for key in ("difference", "low", "high"))
            return [interval(points, ends), f"{one['wins']} / {one['losses']}"]
    return ["", ""]
