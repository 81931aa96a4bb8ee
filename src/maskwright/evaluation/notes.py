"""Warnings about misleading figures, and notes on what the figures cover, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from maskwright.evaluation.scores import MethodScores
from maskwright.metrics.bootstrap import BootstrapFigures
from maskwright.metrics.intervals import MIN_UNITS, percentile_interval

_VOID_CONTACT_NOTED = 0.005  # which is shown as 1 %


def warnings_on(
    methods: Mapping[str, BootstrapFigures],
    baselines: Mapping[str, BootstrapFigures],
    groups: Sequence[str] | None,
) -> list[str]:
    """Warn about few photos, and about methods that are not clearly better than a constant mask.

    Args:
        methods: figures by name, at least the IoU.
        baselines: figures of the constant masks, over the same draws; one or more.
        groups: the group of each photo, if the data names groups.
    """
    name = max(baselines, key=lambda one: baselines[one].observed["iou"])
    against = [_against(one, found, name, baselines[name]) for one, found in methods.items()]
    return [*_few(next(iter(methods.values())).units, groups), *filter(None, against)]


def notes_on(methods: Sequence[MethodScores], groups: Sequence[str] | None) -> list[str]:
    """Explain void, empty masks and intervals, as far as they matter for these photos.

    Args:
        methods: one or more on the same photos, the headline first.
        groups: the group of each photo, if the data names groups.
    """
    return [*_on_void(methods[0]), _on_empty(methods), *_on_intervals(methods[0], groups)]


def _units(groups: Sequence[str] | None) -> str:
    return "photos" if groups is None else "groups of photos"


def _few(units: int, groups: Sequence[str] | None) -> list[str]:
    if units >= MIN_UNITS:
        return []
    if units == 1:
        only = "photo" if groups is None or len(groups) == 1 else "group of photos"
        return [f"a single {only} says nothing about other photos, so there are no intervals"]
    return [
        f"{units} {_units(groups)} are few: the intervals are rough and too narrow, and the "
        "figures cannot tell which method is better"
    ]


def _against(
    name: str, method: BootstrapFigures, baseline: str, constant: BootstrapFigures
) -> str | None:
    mine, theirs = method.observed["iou"], constant.observed["iou"]
    ious = f"“{baseline}”, a constant mask: IoU {mine:.3f} against {theirs:.3f}"
    if mine <= theirs:
        return f"{name} is no better than {ious}"
    if not method.draws:
        return None
    low, high = percentile_interval(method.draws["iou"] - constant.draws["iou"])
    if low > 0:
        return None
    interval = f"95 % interval of the difference {low:+.3f} to {high:+.3f}"
    return f"{name} is not clearly better than {ious}, {interval}"


def _on_void(headline: MethodScores) -> list[str]:
    notes = []
    touching = [
        f"{one.label} {one.void_contact:.0%}"
        for one in headline.summary.classes
        if one.void_contact is not None and one.void_contact >= _VOID_CONTACT_NOTED
    ]
    if touching:
        notes.append(
            f"fraction of the true outline that touches void: {', '.join(touching)}; boundary F "
            "says nothing there, because every outline inside the void scores the same"
        )
    unknown = sum(row.void == 1 for row in headline.rows)
    if unknown:
        which = "1 true mask is" if unknown == 1 else f"{unknown} true masks are"
        notes.append(f"{which} entirely void; such a mask counts as perfect")
    return notes


def _on_empty(methods: Sequence[MethodScores]) -> str:
    """Explain the empty rule, and count the photos to which it applies."""
    several = len(methods[0].summary.classes) > 1
    affected = []
    for method in methods:
        for one in method.summary.classes:
            neither = 0 if several else one.in_neither
            if neither or one.in_one_only:
                numbers = f"{one.in_one_only}" if several else f"{neither} and {one.in_one_only}"
                affected.append(f"{numbers} of {one.label} by {method.name}")
    rule = "is left out of the means of the class" if several else "counts as 1"
    return (
        f"empty masks: a photo with a class in neither mask {rule}, a photo with it in only one of "
        f"the masks counts as 0; photos affected: {', '.join(affected) or 'none'}"
    )


def _on_intervals(headline: MethodScores, groups: Sequence[str] | None) -> list[str]:
    units = len(headline.rows if groups is None else set(groups))
    note = (
        f"95 % intervals: bootstrap over {units} {_units(groups)}; they cover the choice of "
        "photos, not another training run or another data set"
    )
    return [note] if units > 1 else []
