"""Scores as lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from maskwright.evaluation.scores import MethodScores, Scores
from maskwright.metrics.comparison import Comparison
from maskwright.metrics.numbers import counted
from maskwright.metrics.photo import PhotoScores
from maskwright.metrics.pooled import PooledScores
from maskwright.metrics.summary import ClassSummary
from maskwright.printable import printable
from maskwright.report.study_text import study_blocks

_FIGURES = {
    "iou": "IoU",
    "dice": "Dice",
    "precision": "precision",
    "recall": "recall",
    "f_beta": "F-beta",
    "boundary_f": "boundary F",
    "boundary_iou": "boundary IoU",
}
_INTERVAL = "95 % interval"
_MOST_CLASSES = 12  # in the table of a confusion, which else is wider than any terminal

Lines = list[str]


def as_lines(scores: Scores, *, worst: int = 5) -> Lines:
    """Return warnings, summary, comparisons, the worst photos and the notes as lines of text.

    Args:
        scores: what to show.
        worst: how many of the worst photos to list.
    """
    blocks = _two_classes(scores) if len(scores.classes) == 2 else _several_classes(scores)
    if scores.comparisons:
        blocks.append(_comparisons(scores.comparisons))
    if len(scores.rows) > 1 and worst:
        heading = "worst photos"
        if len(scores.methods) > 1:
            heading += f" of {scores.methods[0].name}"
        rows = [_worst_cells(row) for row in scores.worst(worst)]
        blocks.append([heading, *_table(["", "IoU", "error %"], rows)])
    if scores.study is not None:
        blocks += study_blocks(scores.study)
    if scores.notes:
        blocks.append([f"note: {note}" for note in scores.notes])
    if scores.warnings:
        blocks.insert(0, [f"warning: {warning}" for warning in scores.warnings])
    lines = [f"{counted(len(scores.rows), 'photo')} of {scores.data}"]
    for block in blocks:
        lines += ["", *block]
    return [printable(line).replace("\n", "\\n") for line in lines]


def _two_classes(scores: Scores) -> list[Lines]:
    header = ["mean over photos", "IoU", _INTERVAL, *list(_FIGURES.values())[1:], "error %", "MAE"]
    summaries = {one.name: one.summary for one in scores.methods} | scores.baselines
    intervals = {one.name: _span(one.intervals.get("iou")) for one in scores.methods}
    means, pooled = [], []
    for name, one in summaries.items():
        iou, *others = _figures(one.classes[0])
        whole = [_percent(one.error_rate), _number(one.mae)]
        means.append([name, iou, intervals.get(name, ""), *others, *whole])
        whole = [_percent(one.pooled_error_rate), _number(one.pooled_mae)]
        pooled.append([name, *_figures(one.pooled[0]), *whole])
    return [
        _table(header, means),
        _table(["all pixels together", *_FIGURES.values(), "error %", "MAE"], pooled),
    ]


def _several_classes(scores: Scores) -> list[Lines]:
    rows = []
    for one in scores.methods:
        errors = _percent(one.summary.error_rate)
        rows.append([one.name, _number(one.summary.iou), _span(one.intervals.get("iou")), errors])
    for name, summary in scores.baselines.items():
        rows.append([name, _number(summary.iou), "", _percent(summary.error_rate)])
    header = ["mean over classes", "pooled IoU", _INTERVAL, "error %"]
    blocks = [_table(header, rows)]
    for one in scores.methods:
        blocks += [_by_class(one, scores.classes), _confusion(one, scores.classes)]
    return blocks


def _by_class(one: MethodScores, classes: Sequence[str]) -> Lines:
    rows = []
    found = {of_class.label: of_class for of_class in one.summary.classes}
    for label in classes:
        pooled = _number(one.summary.pooled_ious[label])
        cells = [label, pooled, _span(one.intervals.get(f"{label}.pooled_iou"))]
        rows.append([*cells, *_figures(found[label])] if label in found else cells)
    header = ["mean over photos that hold it", "pooled IoU", _INTERVAL, *_FIGURES.values()]
    return [f"{one.name}, by class", *_table(header, rows)]


def _confusion(one: MethodScores, classes: Sequence[str]) -> Lines:
    if len(classes) > _MOST_CLASSES:
        return [f"{one.name}: which class is taken for which is in report.html and scores.json"]
    rows = []
    for label, counts in zip(classes, one.confusion, strict=True):
        shares = [_percent(count / max(sum(counts), 1)) for count in counts]
        rows.append([label, *shares, str(sum(counts))])
    heading = f"{one.name}: of 100 pixels that truly are of a class, so many are predicted as"
    return [heading, *_table(["truly", *classes, "pixels"], rows)]


def _comparisons(comparisons: Sequence[Comparison]) -> Lines:
    rows = []
    for one in comparisons:
        scale, name = (100, "error %") if one.figure == "error_rate" else (1, _FIGURES[one.figure])
        digits = 2 if one.figure == "error_rate" else 3
        low, high = (f"{scale * end:+.{digits}f}" for end in (one.low, one.high))
        difference = f"{scale * one.difference:+.{digits}f}"
        counts = [str(one.wins), str(one.losses), str(one.ties)]
        rows.append(
            [f"{one.first} minus {one.second}", name, difference, f"{low} to {high}", *counts]
        )
    header = ["paired by photo", "", "difference", _INTERVAL, "better", "worse", "equal"]
    return _table(header, rows)


def _figures(one: ClassSummary | PooledScores) -> Lines:
    return [_number(getattr(one, name)) for name in _FIGURES]


def _worst_cells(row: PhotoScores) -> Lines:
    return [row.name, _number(row.iou), _percent(row.error_rate)]


def _span(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"{interval[0]:.3f} to {interval[1]:.3f}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Lines:
    """Columns as wide as they need; the first to the left, figures to the right."""
    full = [header, *([*row, *[""] * (len(header) - len(row))] for row in rows)]
    widths = [max(len(row[at]) for row in full) for at in range(len(header))]
    return [
        "  ".join(
            [row[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        ).rstrip()
        for row in full
    ]
