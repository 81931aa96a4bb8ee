"""Scores as lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from maskwright.evaluation.scores import MethodScores, Scores
from maskwright.metrics.comparison import Comparison
from maskwright.metrics.numbers import counted
from maskwright.metrics.photo import CLASS_FIGURES
from maskwright.metrics.pooled import PooledScores
from maskwright.metrics.study_results import Calibration, StudyResults
from maskwright.metrics.summary import ClassSummary, Summary
from maskwright.printable import printable
from maskwright.report.definitions import LABELS

_LABELS = {**LABELS, "error_rate": "error %"}
_CLASS_LABELS = [_LABELS[name] for name in CLASS_FIGURES]
_INTERVAL = "95 % interval"
_MOST_CLASSES = 12  # in a confusion matrix; more would be wider than any terminal
_LISTED = 10

Lines = list[str]


def as_lines(scores: Scores, *, worst: int = 5) -> Lines:
    """Return warnings, summary, comparisons, worst photos, study and notes as lines of text.

    Args:
        scores: what to show.
        worst: how many of the worst photos to list.
    """
    blocks = [[f"warning: {warning}" for warning in scores.warnings]]
    blocks += _two_classes(scores) if len(scores.classes) == 2 else _several_classes(scores)
    if scores.comparisons:
        header = ["paired by photo", "", "difference", _INTERVAL, "better", "worse", "equal"]
        blocks.append(_table(header, map(_comparison, scores.comparisons)))
    if len(scores.rows) > 1 and worst:
        rows = [
            [row.name, _number(row.iou), _percent(row.error_rate)] for row in scores.worst(worst)
        ]
        of_first = f" of {scores.methods[0].name}" if len(scores.methods) > 1 else ""
        blocks.append([f"worst photos{of_first}", *_table(["", "IoU", "error %"], rows)])
    if scores.study is not None:
        blocks += _study(scores.study)
    blocks.append([f"note: {note}" for note in scores.notes])
    lines = [f"{counted(len(scores.rows), 'photo')} of {scores.data}"]
    for block in filter(None, blocks):
        lines += ["", *block]
    return [printable(line).replace("\n", "\\n") for line in lines]


def _two_classes(scores: Scores) -> list[Lines]:
    means, pooled = [], []
    for name, one, interval in _summaries(scores):
        iou, *others = _of_class(one.classes[0])
        means.append([name, iou, interval, *others, _percent(one.error_rate), _number(one.mae)])
        whole = [_percent(one.pooled_error_rate), _number(one.pooled_mae)]
        pooled.append([name, *_of_class(one.pooled[0]), *whole])
    labels = [*_CLASS_LABELS, _LABELS["error_rate"], _LABELS["mae"]]
    return [
        _table(["mean over photos", labels[0], _INTERVAL, *labels[1:]], means),
        _table(["all pixels together", *labels], pooled),
    ]


def _several_classes(scores: Scores) -> list[Lines]:
    rows = [
        [name, _number(one.iou), interval, _percent(one.error_rate)]
        for name, one, interval in _summaries(scores)
    ]
    blocks = [_table(["mean over classes", "pooled IoU", _INTERVAL, "error %"], rows)]
    for method in scores.methods:
        blocks += [_by_class(method, scores.classes), _confusion(method, scores.classes)]
    return blocks


def _summaries(scores: Scores) -> list[tuple[str, Summary, str]]:
    """Name, summary and interval of the IoU of every method and baseline."""
    methods = [(one.name, one.summary, _interval(one, "iou")) for one in scores.methods]
    return [*methods, *((name, one, "") for name, one in scores.baselines.items())]


def _by_class(method: MethodScores, classes: Sequence[str]) -> Lines:
    means = {one.label: _of_class(one) for one in method.summary.classes}
    rows = [
        [
            label,
            _number(method.summary.pooled_ious[label]),
            _interval(method, f"{label}.pooled_iou"),
            *means.get(label, []),
        ]
        for label in classes
    ]
    header = ["mean over photos with it", "pooled IoU", _INTERVAL, *_CLASS_LABELS]
    return [f"{method.name}, by class", *_table(header, rows)]


def _confusion(method: MethodScores, classes: Sequence[str]) -> Lines:
    if len(classes) > _MOST_CLASSES:
        return [f"{method.name}: the confusion matrix is in report.html and scores.json"]
    rows = []
    for label, counts in zip(classes, method.confusion, strict=True):
        shares = [_percent(count / max(sum(counts), 1)) for count in counts]
        rows.append([label, *shares, str(sum(counts))])
    heading = f"{method.name}, confusion matrix: of each true class, % of pixels by predicted class"
    return [heading, *_table(["true class", *classes, "pixels"], rows)]


def _comparison(one: Comparison) -> Lines:
    name = _LABELS[one.figure]
    scale, digits = (100, 2) if one.figure == "error_rate" else (1, 3)
    difference, low, high = (
        f"{scale * value:+.{digits}f}" for value in (one.difference, one.low, one.high)
    )
    counts = [str(one.wins), str(one.losses), str(one.ties)]
    return [f"{one.first} minus {one.second}", name, difference, f"{low} to {high}", *counts]


def _study(study: StudyResults) -> list[Lines]:
    """Threshold, learning curve, suspect masks and what to label next."""
    blocks = [] if study.calibration is None else [[_threshold(study.calibration)]]
    if study.curve is not None:
        points = [
            f"{one.photos} photos: IoU {one.iou:.3f} ({one.low:.3f} to {one.high:.3f})"
            for one in study.curve.points
        ]
        blocks.append(["learning curve", *points, study.curve.sentence])
    masks = [f"{one.name}  {one.suspicion:.2f}  {one.reason}" for one in study.suspects]
    photos = [f"{one.path}  {one.uncertainty:.2f}" for one in study.label_next]
    for heading, found in (("masks that are probably wrong", masks), ("label these next", photos)):
        more = [f"... and {len(found) - _LISTED} more in scores.json"]
        if found:
            blocks.append([heading, *found[:_LISTED], *more[: len(found) > _LISTED]])
    return blocks


def _threshold(found: Calibration) -> str:
    best = f"{found.threshold:.2f} is better than 0.5"
    if found.threshold == 0.5:
        best = "0.5, no other is clearly better"
    gain = found.iou_after - found.iou_before
    return (
        f"threshold: {best}; IoU {found.iou_before:.3f} at 0.5, {found.iou_after:.3f} at the "
        f"threshold chosen by the other folds (difference {gain:+.3f}, {found.low:+.3f} to "
        f"{found.high:+.3f})"
    )


def _of_class(one: ClassSummary | PooledScores) -> Lines:
    return [_number(getattr(one, name)) for name in CLASS_FIGURES]


def _interval(method: MethodScores, name: str) -> str:
    ends = method.intervals.get(name)
    return f"{ends[0]:.3f} to {ends[1]:.3f}" if ends else ""


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Lines:
    """Align columns: the first to the left, the others to the right."""
    full = [header, *([*row, *[""] * (len(header) - len(row))] for row in rows)]
    widths = [max(len(row[at]) for row in full) for at in range(len(header))]
    return [
        "  ".join(
            [row[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        ).rstrip()
        for row in full
    ]
