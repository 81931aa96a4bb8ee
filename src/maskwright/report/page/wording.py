"""The report's sentences, which explain the figures to a first reader."""

from __future__ import annotations

from collections.abc import Sequence

from maskwright.evaluation.scores import MethodScores, Scores
from maskwright.evaluation.tiles import DisputeMap
from maskwright.metrics.comparison import Comparison
from maskwright.metrics.intervals import MIN_UNITS
from maskwright.metrics.numbers import counted, percent, signed
from maskwright.report.page.tables import as_gain

_POOR = 0.5
_LEAST = 0.0005  # a smaller fraction would be shown as 0.0 %
_SPLITS = frozenset({"train", "val", "test", "data"})


def title(scores: Scores) -> str:
    """Name the data folder."""
    folder = scores.data.resolve()
    # The name of a split alone says little.
    parts = folder.parts[-2:] if folder.name in _SPLITS else folder.parts[-1:]
    return "/".join(part for part in parts if part != folder.anchor) or str(folder)


def summary(scores: Scores, comparisons: Sequence[Comparison]) -> list[str]:
    """Say in a few sentences how good the first method is, also compared with the others.

    Args:
        scores: what to describe.
        comparisons: of the methods' IoU, as `tables.as_gain` turns them.
    """
    best = scores.methods[0]
    wrong = percent(best.summary.error_rate)
    return [
        _headline(scores, best),
        f"On average {wrong} of a photo's pixels have the wrong class.",
        _poor(scores) if len(scores.classes) == 2 else _classes(best),
        *(comparison_sentence(one) for one in comparisons if one.first == best.name),
        *_baseline(scores),
    ]


def comparison_sentence(one: Comparison) -> str:
    """Say which of two methods has the better IoU, and whether that may be chance."""
    tied = f", equal on {one.ties:,}" if one.ties else ""
    if one.is_clear:
        gain = one if one.low > 0 else as_gain(one)
        return (
            f"{gain.first} is better than {gain.second} by {gain.difference:.3f} in IoU (95 % "
            f"interval {gain.low:.3f} to {gain.high:.3f}): better on "
            f"{counted(gain.wins, 'photo')}, worse on {gain.losses:,}{tied}."
        )
    photos = f"on {counted(one.wins, 'photo')}, worse on {one.losses:,}{tied}"
    difference = f"{signed(one.difference)} in IoU"
    if one.units < MIN_UNITS:
        units = "photos" if one.wins + one.losses + one.ties == one.units else "groups of photos"
        return (
            f"{one.first} was better than {one.second} {photos} ({difference}). There are too few "
            f"{units} to tell which method is better."
        )
    return (
        f"{one.first} and {one.second} do not differ clearly: {difference}, 95 % interval "
        f"{signed(one.low)} to {signed(one.high)}; {one.first} is better {photos}."
    )


def accepted(disputes: DisputeMap) -> str:
    """Say in how much of a photo GrabCut's change was accepted."""
    if not disputes.regions:
        return "no disputed regions"
    regions = counted(disputes.regions, "disputed region")
    said = f"GrabCut's change accepted in {disputes.accepted:,} of {regions}"
    if not disputes.accepted:
        return said
    area = "under 0.1 %" if disputes.area < _LEAST else percent(disputes.area)
    return f"{said}, {area} of the photo"


def _headline(scores: Scores, best: MethodScores) -> str:
    iou, interval = best.summary.iou, best.intervals.get("iou")
    figure = f"IoU {iou:.3f}"
    if interval:
        figure += f", 95 % interval {interval[0]:.3f} to {interval[1]:.3f}"
    area, average = scores.classes[1], ""
    if len(scores.classes) > 2:
        area, average = "a class", f", averaged over {len(scores.classes)} classes"
    return (
        f"{best.name} was scored on {counted(len(best.rows), 'photo')} with known masks. Of the "
        f"area marked as {area} in the true or the predicted mask, {percent(iou)} is marked in both"
        f"{average} ({figure})."
    )


def _poor(scores: Scores) -> str:
    poor = sum(row.iou < _POOR for row in scores.rows)
    if not poor:
        return f"No photo has an IoU below {_POOR}."
    have = "has" if poor == 1 else "have"
    share = percent(poor / len(scores.rows))
    return f"{counted(poor, 'photo')} ({share}) {have} an IoU below {_POOR}."


def _classes(best: MethodScores) -> str:
    known = {name: iou for name, iou in best.summary.pooled_ious.items() if iou is not None}
    if len(known) < 2:
        return "The true masks contain one class only."
    first, last = max(known, key=lambda name: known[name]), min(known, key=lambda name: known[name])
    return (
        f"The best class is {first} (IoU {known[first]:.3f}), the worst is {last} "
        f"({known[last]:.3f})."
    )


def _baseline(scores: Scores) -> list[str]:
    if not scores.baselines:
        return []
    name, best = max(scores.baselines.items(), key=lambda item: item[1].iou)
    gain = scores.summary.iou - best.iou
    which = f"better by {gain:.3f}" if gain > 0 else "not better, and so of no use on these photos"
    return [
        f"A constant mask, “{name}”, would reach an IoU of {best.iou:.3f}: "
        f"{scores.methods[0].name} is {which}."
    ]
