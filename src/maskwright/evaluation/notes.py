"""What a reader of figures must know that the figures do not say."""

from __future__ import annotations

from collections.abc import Sequence

from maskwright.evaluation.scores import MethodScores


def notes_on(methods: Sequence[MethodScores], groups: Sequence[str] | None) -> list[str]:
    """Say what must be known of the figures of one or more methods, the headline first.

    Args:
        methods: on the same photos.
        groups: the group of each photo, where the data names groups.
    """
    return [*_on_truth(methods[0]), _on_empty(methods), *_on_intervals(methods[0], groups)]


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
        which = "1 true mask is" if unknown == 1 else f"{unknown} true masks are"
        notes.append(f"{which} void all over; each counts as perfect")
    return notes


def _on_empty(methods: Sequence[MethodScores]) -> str:
    """The empty rule, and the photos that it concerns."""
    several = len(methods[0].summary.classes) > 1
    concerned = []
    for method in methods:
        for one in method.summary.classes:
            neither = 0 if several else one.in_neither
            if neither or one.in_one_only:
                numbers = f"{one.in_one_only}" if several else f"{neither} and {one.in_one_only}"
                concerned.append(f"{numbers} of {one.label} by {method.name}")
    neither_rule = "is left out of the means of the class" if several else "counts as 1"
    return (
        f"empty masks: a photo that holds a class in neither mask {neither_rule}, one that holds "
        "it only truly or only as predicted counts as 0; photos that this concerns: "
        f"{', '.join(concerned) or 'none'}"
    )


def _on_intervals(headline: MethodScores, groups: Sequence[str] | None) -> list[str]:
    photos = len(headline.rows)
    units = photos if groups is None else len(set(groups))
    what = "photos" if groups is None else "groups of photos"
    if units < 2:
        return []
    return [
        f"95 % intervals: bootstrap over {units} {what}; they cover the choice of photos, not "
        "another training or another data set"
    ]
