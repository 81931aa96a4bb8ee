"""Write a report folder: scores.json and scores.csv for programs, report.html for people."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from maskwright._version import __version__
from maskwright.errors import UsageError
from maskwright.evaluation.scores import MethodScores, Scores
from maskwright.files import is_leftover, remove_leftovers, write_bytes, write_json
from maskwright.locks import alone, lock_in
from maskwright.metrics.photo import PhotoScores
from maskwright.metrics.summary import Summary
from maskwright.printable import printable
from maskwright.report.definitions import DEFINITIONS
from maskwright.runtime.directory import MANIFEST, TRAINING

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for the start of one
_FILES = ("scores.csv", "scores.json", "report.html")
_PATIENCE = 10.0  # seconds in which any other run has written its report


def as_json(scores: Scores) -> dict[str, Any]:
    """Return all scores as plain values for JSON; docs/reference/metrics.md has the format."""
    return {
        "maskwright": __version__,
        "data": str(scores.data),
        "classes": list(scores.classes),
        "photos": len(scores.rows),
        "headline": scores.methods[0].name,
        "methods": {one.name: _of_method(one) for one in scores.methods},
        "baselines": {name: _with_accuracy(one) for name, one in scores.baselines.items()},
        "comparisons": [asdict(one) for one in scores.comparisons],
        "study": None if scores.study is None else asdict(scores.study),
        "warnings": list(scores.warnings),
        "notes": list(scores.notes),
        "definitions": dict(DEFINITIONS),
    }


def refuse_unusable(report: Path, *, overwrite: bool) -> None:
    """Refuse a report folder that is not empty or not writable, before any work is done.

    This creates no folder, so that a failed evaluation leaves none behind.

    Raises:
        UsageError: it is a file or a model, it is not empty and `overwrite` is not set, or it
            cannot be written.
    """
    _refuse_existing(report, overwrite=overwrite)
    existing = next(folder for folder in (report, *report.absolute().parents) if folder.exists())
    try:
        with TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise UsageError(
            f"{report}: cannot be written ({error.strerror or error}): choose another folder"
        ) from error


def _refuse_existing(report: Path, *, overwrite: bool) -> None:
    if report.exists() and not report.is_dir():
        raise UsageError(f"{report}: is a file: choose a folder for the report")
    if (report / MANIFEST).exists() or (report / TRAINING).exists():
        raise UsageError(f"{report}: contains a model: choose another folder for the report")
    if not overwrite and report.is_dir() and not _is_free(report):
        raise UsageError(f"{report}: not empty: choose another folder, or add --overwrite")


def _is_free(report: Path) -> bool:
    """Whether a folder is empty, or holds nothing but a report that a killed run left half."""
    there = {path.name for path in report.iterdir() if not is_leftover(path)}
    lock = lock_in(report).name
    return there <= {lock, *_FILES} if lock in there else not there


def write_report(scores: Scores, report: Path, *, overwrite: bool = False) -> None:
    """Write scores.csv, scores.json and report.html into a folder, each whole or not at all.

    Raises:
        UsageError: as for `refuse_unusable`.
        OSError: a file cannot be written, for example because the disk is full.
    """
    # Jinja is imported only where a page is written.
    from maskwright.report.html import write_html

    _refuse_existing(report, overwrite=overwrite)
    table, values, page = (report / name for name in _FILES)
    with alone(lock_in(report), report, wait=_PATIENCE) as killed:
        _refuse_existing(report, overwrite=overwrite or killed)
        remove_leftovers(report, below=False)
        write_bytes(table, _as_csv(scores.methods).encode("utf-8", "backslashreplace"))
        write_json(values, as_json(scores))
        write_html(scores, page)


def _of_method(one: MethodScores) -> dict[str, Any]:
    return {
        "method": one.method,
        "summary": _with_accuracy(one.summary),
        "intervals": {name: list(ends) for name, ends in one.intervals.items()},
        "confusion": [list(line) for line in one.confusion],
        "rows": [_with_accuracy(row) for row in one.rows],
    }


def _as_csv(methods: Sequence[MethodScores]) -> str:
    """One line per method, photo and class; the metrics of the whole photo repeat."""
    lines = []
    for method in methods:
        for row in method.rows:
            whole = _with_accuracy(row)
            of_photo = {key: whole[key] for key in ("void", "error_rate", "accuracy", "mae")}
            for one in row.classes:
                of_class = asdict(one)
                label = of_class.pop("label")
                named = {
                    "method": _as_text(method.name),
                    "name": _as_text(row.name),
                    "class": _as_text(label),
                }
                lines.append({**named, **of_class, **of_photo})
    text = io.StringIO()
    writer = csv.DictWriter(text, list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def _as_text(name: str) -> str:
    """A name that spreadsheets show as text; they would run one that looks like a formula."""
    shown = printable(name)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def _with_accuracy(one: Summary | PhotoScores) -> dict[str, Any]:
    return {**asdict(one), "accuracy": 1 - one.error_rate}
