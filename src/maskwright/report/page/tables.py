"""The report's tables as rows of cells: methods beside baselines, classes, confusion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from maskwright.evaluation.scores import MethodScores, Scores
from maskwright.metrics.summary import Summary
from maskwright.report.page.versus import LESS_IS_BETTER

FIGURES = {
    "iou": "IoU",
    "error_rate": "mislabelled",
    "dice": "Dice",
    "precision": "precision",
    "recall": "recall",
    "boundary_f": "boundary F",
    "boundary_iou": "boundary IoU",
    "mae": "MAE",
    "f_beta": "F-beta",
}
"""Headings of figures by their names."""

_OF_TWO_CLASSES = tuple(name for name in FIGURES if name != "f_beta")
_OF_SEVERAL = ("iou", "error_rate", "boundary_f")
_OF_A_CLASS = ("iou", "dice", "precision", "recall", "boundary_f", "boundary_iou")

Interval = tuple[float, float]


@dataclass(frozen=True)
class Cell:
    """A figure in a table.

    Attributes:
        value: None where there is none.
        interval: 95 %, where it is known.
        is_share: said in per cent.
        is_best: no other row of the table has a better one; never in a table of one row.
    """

    value: float | None
    interval: Interval | None = None
    is_share: bool = False
    is_best: bool = False


@dataclass(frozen=True)
class Row:
    """A line of a table.

    Attributes:
        name: of the method, baseline or class.
        cells: one for each column.
        is_baseline: it looks at no photo.
    """

    name: str
    cells: tuple[Cell, ...]
    is_baseline: bool = False


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        columns: headings of the cells.
        rows: lines from top to bottom.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Confusion:
    """Which class was called what.

    Attributes:
        method: whose masks they are.
        shares: [true][predicted], of the pixels of the true class; None for a class without any.
        pixels: [true][predicted].
    """

    method: str
    shares: tuple[tuple[float | None, ...], ...]
    pixels: tuple[tuple[int, ...], ...]


def methods_table(scores: Scores) -> Table:
    """All methods in their order, then the baselines."""
    names = _OF_TWO_CLASSES if len(scores.classes) == 2 else _OF_SEVERAL
    every = [*(one.summary for one in scores.methods), *scores.baselines.values()]
    names = tuple(name for name in names if any(_figure(one, name) is not None for one in every))
    values = {name: [_figure(one.summary, name) for one in scores.methods] for name in names}
    best = {name: _best(name, known) for name, known in values.items()}
    rows = [
        Row(
            one.name,
            tuple(
                Cell(
                    values[name][at],
                    one.intervals.get(name),
                    name == "error_rate",
                    values[name][at] is not None and values[name][at] == best[name],
                )
                for name in names
            ),
        )
        for at, one in enumerate(scores.methods)
    ]
    baselines = [
        Row(
            name,
            tuple(Cell(_figure(one, figure), None, figure == "error_rate") for figure in names),
            is_baseline=True,
        )
        for name, one in scores.baselines.items()
    ]
    return Table(tuple(FIGURES[name] for name in names), (*rows, *baselines))


def classes_table(method: MethodScores, classes: Sequence[str]) -> Table:
    """The classes of one method: pooled IoU, then means over the photos that hold the class."""
    rows = []
    means = {one.label: one for one in method.summary.classes}
    for name in classes:
        pooled = Cell(
            method.summary.pooled_ious.get(name), method.intervals.get(f"{name}.pooled_iou")
        )
        of_class = means.get(name)
        cells = [
            Cell(getattr(of_class, figure), method.intervals.get(f"{name}.{figure}"))
            if of_class
            else Cell(None)
            for figure in _OF_A_CLASS
        ]
        rows.append(Row(name, (pooled, *cells)))
    return Table(("pooled IoU", *(FIGURES[figure] for figure in _OF_A_CLASS)), tuple(rows))


def confusion(method: MethodScores) -> Confusion:
    """Pixels of each true class by what they were called."""
    shares = tuple(
        tuple(count / sum(counts) if sum(counts) else None for count in counts)
        for counts in method.confusion
    )
    return Confusion(method.name, shares, method.confusion)


def facts(method: Mapping[str, object]) -> list[tuple[str, str]]:
    """Where predictions come from, as (what, value) pairs; what is not known is left out."""
    found: list[tuple[str, str]] = []
    for key, value in method.items():
        label = str(key).replace("_", " ")
        if isinstance(value, Mapping):
            found += [(f"{label}, {inner}", text) for inner, text in facts(value)]
        elif isinstance(value, list | tuple):
            found.append((label, ", ".join(map(str, value))))
        elif value is not None:
            found.append((label, str(value)))
    return found


def _figure(summary: Summary, name: str) -> float | None:
    """A figure of a summary; those of the one class stand for the whole."""
    where = summary if hasattr(summary, name) else summary.classes[0]
    value: float | None = getattr(where, name)
    return value


def _best(name: str, values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    return min(known) if name in LESS_IS_BETTER else max(known)
