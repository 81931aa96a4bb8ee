"""Scores as a table for people, and as scores.json and scores.csv."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from maskwright import __version__
from maskwright.atomic import write_bytes, write_json
from maskwright.errors import UsageError
from maskwright.evaluation.photo import ClassScores, PhotoScores
from maskwright.evaluation.scores import Scores
from maskwright.evaluation.summary import ClassSummary, Summary

DEFINITIONS = {
    "iou": "intersection over union; the headline is, with two classes, the foreground's mean over "
    "photos; with more, IoU per class over pooled pixels, mean over the classes present in the "
    "truth, the background among them",
    "error_rate": "mislabelled pixels over pixels that are not void; accuracy is 1 minus it",
    "precision": "share of the pixels predicted as the class that are of it",
    "recall": "share of the pixels of the class that are predicted as it",
    "dice": "harmonic mean of precision and recall",
    "f_beta": "the same weighted with beta squared 0.3, which favours precision",
    "mae": "mean absolute difference between the foreground's probability and the truth",
    "boundary_f": "F measure of outlines (mask minus its 3x3 erosion) matched within a 5x5 "
    "ellipse; predicted outline within 1 pixel of void is not judged; it says nothing where the "
    "truth has a void band along outlines",
    "boundary_iou": "IoU of the parts of both masks within 2 % of the photo's diagonal of their "
    "outlines",
    "void_contact": "share of the true outline that touches void",
    "void": "void pixels count nowhere; a photo that is void all over counts as perfect",
    "empty": "a class absent from truth and prediction gives 1, absent from one of them 0; how "
    "many photos that concerns is in in_neither and in_one_only",
    "means": "each photo counts the same, whatever its size; with more than two classes the means "
    "of a class are over the photos that hold it, truly or as predicted",
    "random": "nothing here is drawn at random",
}
"""What each figure means; docs/metrics.md says it at length."""

_FIGURES = {
    "iou": "IoU",
    "dice": "Dice",
    "precision": "precision",
    "recall": "recall",
    "f_beta": "F-beta",
    "boundary_f": "boundary F",
    "boundary_iou": "boundary IoU",
}
_JSON, _CSV = "scores.json", "scores.csv"


def as_json(scores: Scores) -> dict[str, Any]:
    """Return everything as plain values, ready for JSON."""
    return {
        "maskwright": __version__,
        "data": str(scores.data),
        "classes": list(scores.classes),
        "method": scores.method,
        "photos": len(scores.rows),
        "summary": _with_accuracy(scores.summary),
        "baselines": {name: _with_accuracy(one) for name, one in scores.baselines.items()},
        "notes": list(scores.notes),
        "definitions": DEFINITIONS,
        "rows": [_with_accuracy(row) for row in scores.rows],
    }


def refuse_existing(report: Path, *, overwrite: bool) -> None:
    """Refuse a report folder that holds something, before any work is done.

    Raises:
        UsageError: it is a file, or it holds something and `overwrite` is not set.
    """
    if report.exists() and not report.is_dir():
        raise UsageError(f"{report}: a file, where the report folder should be")
    if not overwrite and report.is_dir() and any(report.iterdir()):
        raise UsageError(f"{report}: exists already: choose another folder, or --overwrite it")


def write_report(scores: Scores, report: Path, *, overwrite: bool = False) -> None:
    """Write scores.csv and scores.json into a folder, each whole or not at all.

    Raises:
        UsageError: as `refuse_existing`.
    """
    refuse_existing(report, overwrite=overwrite)
    write_bytes(report / _CSV, _as_csv(scores.rows).encode())
    write_json(report / _JSON, as_json(scores))


def as_lines(scores: Scores, *, worst: int = 5) -> list[str]:
    """Return a summary, the worst photos and the notes as lines of text.

    Args:
        scores: what to show.
        worst: how many of the worst photos to list.
    """
    lines = _summary_table(scores)
    if len(scores.rows) > 1 and worst:
        lines += ["", "worst photos"]
        lines += _table(["", "IoU", "error %"], [_worst_cells(row) for row in scores.worst(worst)])
    if scores.notes:
        lines += ["", *(f"note: {note}" for note in scores.notes)]
    return lines


def _summary_table(scores: Scores) -> list[str]:
    title = f"{len(scores.rows)} photos of {scores.data}"
    if len(scores.classes) == 2:
        every = {"predicted": scores.summary, **scores.baselines}
        header = ["mean over photos", *_FIGURES.values(), "error %", "MAE"]
        cells = [
            [name, *_figures(one.classes[0]), _percent(one.error_rate), _number(one.mae)]
            for name, one in every.items()
        ]
        return [title, *_table(header, cells)]
    header = ["", "pooled IoU", "error %"]
    every = {"predicted": scores.summary, **scores.baselines}
    cells = [[name, _number(one.iou), _percent(one.error_rate)] for name, one in every.items()]
    lines = [f"{title}; IoU over pooled pixels, mean over classes", *_table(header, cells)]
    pooled = scores.summary.pooled_ious
    by_class = [
        [one.label, _number(pooled[one.label]), *_figures(one)] for one in scores.summary.classes
    ]
    background = [scores.classes[0], _number(pooled[scores.classes[0]])]
    header = ["mean over photos that hold it", "pooled IoU", *_FIGURES.values()]
    return [*lines, "", *_table(header, [background, *by_class])]


def _figures(one: ClassSummary | ClassScores) -> list[str]:
    return [_number(getattr(one, name)) for name in _FIGURES]


def _worst_cells(row: PhotoScores) -> list[str]:
    return [row.name, _number(row.iou), _percent(row.error_rate)]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
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


def _as_csv(rows: Sequence[PhotoScores]) -> str:
    """One line per photo and class; figures of the whole photo repeat."""
    lines = []
    for row in rows:
        whole = _with_accuracy(row)
        of_photo = {key: whole[key] for key in ("void", "error_rate", "accuracy", "mae")}
        for one in row.classes:
            of_class = asdict(one)
            label = of_class.pop("label")
            lines.append({"name": row.name, "class": label, **of_class, **of_photo})
    text = io.StringIO()
    writer = csv.DictWriter(text, list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def _with_accuracy(one: Summary | PhotoScores) -> dict[str, Any]:
    return {**asdict(one), "accuracy": 1 - one.error_rate}
