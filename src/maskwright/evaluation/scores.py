"""What an evaluation has found: figures of every method, and of one beside the other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maskwright.evaluation.tiles import Tile
from maskwright.metrics.comparison import Comparison
from maskwright.metrics.photo import PhotoScores
from maskwright.metrics.study_results import StudyResults
from maskwright.metrics.summary import Summary


@dataclass(frozen=True)
class MethodScores:
    """How good the masks of one method are.

    Attributes:
        name: of the method, e.g. "unet".
        method: where the predictions come from; plain values for the report.
        rows: figures of each photo, in the order of the data set.
        summary: figures of all photos.
        intervals: 95 % interval of a figure by its name, low before high; see
            `bootstrap.BootstrapFigures` for the names. Without figures that too few photos have.
        confusion: pixels of all photos by class, [true][predicted], void left out.
    """

    name: str
    method: dict[str, Any]
    rows: tuple[PhotoScores, ...]
    summary: Summary
    intervals: dict[str, tuple[float, float]]
    confusion: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Scores:
    """How good predicted masks are.

    Attributes:
        data: the data folder.
        classes: class names, the background first.
        methods: one or more, the headline first.
        baselines: figures of predictions that look at no photo, by name; whatever is worth
            using beats them.
        comparisons: each pair of methods in each of the figures that are compared.
        warnings: what may make the figures mislead, one sentence each; shown before them.
        notes: what a reader of the figures must know, one sentence each.
        gallery: pictures of the photos that the first method is worst at, worst first.
        study: what cross-validation found out beside.
    """

    data: Path
    classes: tuple[str, ...]
    methods: tuple[MethodScores, ...]
    baselines: dict[str, Summary]
    comparisons: tuple[Comparison, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    gallery: tuple[Tile, ...] = ()
    study: StudyResults | None = None

    @property
    def method(self) -> dict[str, Any]:
        """Where the predictions of the first method come from."""
        return self.methods[0].method

    @property
    def rows(self) -> tuple[PhotoScores, ...]:
        """Figures of each photo by the first method."""
        return self.methods[0].rows

    @property
    def summary(self) -> Summary:
        """Figures of all photos by the first method."""
        return self.methods[0].summary

    def worst(self, most: int = 5) -> list[PhotoScores]:
        """Return the photos of the lowest IoU by the first method, worst first."""
        return sorted(self.rows, key=badness)[:most]


def badness(row: PhotoScores) -> tuple[float, float, str]:
    """Sort key: the worst photo first."""
    return row.iou, -row.error_rate, row.name
