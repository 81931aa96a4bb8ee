"""What a reader of figures must know that the figures do not say."""

from __future__ import annotations

from collections.abc import Sequence

from maskwright.evaluation.scores import MethodScores

FEW = 10
"""Photos, or groups, below which an interval is said to be rough."""


def notes_on(methods: Sequence[MethodScores], groups: Sequence[str] | None) -> list[str]:
    """Say what must be known of the figures of one or more methods, the headline first.

    Args:
        methods: on the same photos.
        groups: the group of each photo, where the data names groups.
    """
    return [*_on_truth(methods[0]), *_on_empty(methods), *_on_intervals(methods[0], groups)]


def _on_truth(headline: MethodScores) -> list[str]:
    notes = []
    touching = [
        f"{one.label} {one.void_contact:.0%}"
        for one in headline.summary.classes
        if one.void_contact is not None and one.void_contact >= 0.005
    ]
    if touching:
        notes.append(
            f"share of the true outline that touches void: {', '.join(touching)}; boundary F says "
            "nothing there, an outline anywhere in the void scores the same"
        )
    unknown = sum(row.void == 1 for row in headline.rows)
    if unknown:
        notes.append(f"{unknown} true masks are void all over; each counts as perfect")
    return notes


def _on_empty(methods: Sequence[MethodScores]) -> list[str]:
    """The empty rule and the photos that it concerns; with two classes only.

    With more, photos that hold a class nowhere are left out of its means.
    """
    if len(methods[0].summary.classes) > 1:
        return []
    notes = []
    for one in methods:
        found = one.summary.classes[0]
        by = f" by {one.name}" if len(methods) > 1 else ""
        if found.in_neither:
            notes.append(
                f"{found.in_neither} photos hold no {found.label}, neither truly nor as predicted"
                f"{by}; each counts as 1 in the means"
            )
        if found.in_one_only:
            notes.append(
                f"{found.in_one_only} photos hold {found.label} only truly or only as predicted"
                f"{by}; each counts as 0 in the means"
            )
    return notes


def _on_intervals(headline: MethodScores, groups: Sequence[str] | None) -> list[str]:
    photos = len(headline.rows)
    units = photos if groups is None else len(set(groups))
    what = "photos" if groups is None else "groups of photos"
    if units < 2:
        return [f"no intervals: {photos} photos in {units} group say nothing of others"]
    notes = [
        f"95 % intervals: bootstrap over {units} {what}; they cover the choice of photos, not "
        "another training or another data set"
    ]
    if units < FEW:
        notes.append(f"with {units} {what} the intervals are rough, and rather too narrow")
    return notes
