"""The report's tables as rows of cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from maskwright.evaluation.scores import MethodScores, Scores
from maskwright.metrics.comparison import LOWER_IS_BETTER, Comparison
from maskwright.metrics.summary import Summary
from maskwright.report.definitions import LABELS

_OF_TWO_CLASSES = tuple(name for name in LABELS if name != "f_beta")
_OF_SEVERAL = ("iou", "error_rate", "boundary_f")
_OF_A_CLASS = ("iou", "dice", "precision", "recall", "boundary_f", "boundary_iou")


@dataclass(frozen=True)
class Cell:
    """A value in a table.

    Attributes:
        value: None if there is none.
        interval: 95 % interval, if known.
        is_percent: shown in per cent.
        is_best: the best of several methods.
    """

    value: float | None
    interval: tuple[float, float] | None = None
    is_percent: bool = False
    is_best: bool = False


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Attributes:
        name: of the method, baseline or class.
        cells: one for each column.
        is_baseline: it is a constant mask.
    """

    name: str
    cells: tuple[Cell, ...]
    is_baseline: bool = False


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        columns: headings of the cells.
        rows: from top to bottom.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def methods_table(scores: Scores) -> Table:
    """All methods in their order, then the baselines."""
    summaries = {one.name: one.summary for one in scores.methods}
    every = [*summaries.values(), *scores.baselines.values()]
    names = _OF_TWO_CLASSES if len(scores.classes) == 2 else _OF_SEVERAL
    names = tuple(name for name in names if any(_figure(one, name) is not None for one in every))
    best = {name: _best(name, [_figure(one, name) for one in summaries.values()]) for name in names}

    def row(label: str, summary: Summary, method: MethodScores | None = None) -> Row:
        cells = []
        for name in names:
            value = _figure(summary, name)
            is_best = method is not None and value is not None and value == best[name]
            interval = method.intervals.get(name) if method else None
            cells.append(Cell(value, interval, name == "error_rate", is_best))
        return Row(label, tuple(cells), is_baseline=method is None)

    methods = [row(one.name, one.summary, one) for one in scores.methods]
    baselines = [row(name, summary) for name, summary in scores.baselines.items()]
    return Table(tuple(LABELS[name] for name in names), (*methods, *baselines))


def classes_table(method: MethodScores, classes: Sequence[str]) -> Table:
    """The classes of one method: pooled IoU, then means over the photos with the class."""
    means = {one.label: one for one in method.summary.classes}
    rows = []
    for label in classes:
        values = {"pooled_iou": method.summary.pooled_ious.get(label)}
        values |= {name: getattr(means.get(label), name, None) for name in _OF_A_CLASS}
        cells = [Cell(one, method.intervals.get(f"{label}.{name}")) for name, one in values.items()]
        rows.append(Row(label, tuple(cells)))
    return Table(("pooled IoU", *(LABELS[name] for name in _OF_A_CLASS)), tuple(rows))


def as_gain(one: Comparison) -> Comparison:
    """Turn a comparison round: the method named first comes first, and above 0 it is better.

    Args:
        one: its second method was named before its first.

    Returns:
        The same comparison. A reduction of the error rate is above 0 too.
    """
    sign = 1 if one.figure in LOWER_IS_BETTER else -1
    low, high = sorted((sign * one.low, sign * one.high))
    return replace(
        one,
        first=one.second,
        second=one.first,
        difference=sign * one.difference,
        low=low,
        high=high,
        wins=one.losses,
        losses=one.wins,
    )


def facts(method: Mapping[str, object]) -> list[tuple[str, str]]:
    """The origin of predictions, as (name, value) pairs without what is not known."""
    known = {key: value for key, value in method.items() if value is not None}
    return [(key.replace("_", " "), str(value)) for key, value in known.items()]


def _figure(summary: Summary, name: str) -> float | None:
    """A metric of a summary, or else of its only foreground class."""
    holder = summary if hasattr(summary, name) else summary.classes[0]
    value: float | None = getattr(holder, name)
    return value


def _best(name: str, values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    best = min if name in LOWER_IS_BETTER else max
    return best(known) if len(known) > 1 else None
