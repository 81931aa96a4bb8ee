"""What may make figures mislead: it is said before them, and not among the notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from maskwright.metrics.intervals import FEW, middle
from maskwright.metrics.resampled import Resampled


def warnings_on(
    methods: Mapping[str, Resampled],
    baselines: Mapping[str, Resampled],
    groups: Sequence[str] | None,
) -> list[str]:
    """Warn of few photos, and of methods that are no better than looking at no photo.

    Args:
        methods: figures by name, with at least the IoU.
        baselines: likewise, over the same draws; one or more.
        groups: the group of each photo, where the data names groups.
    """
    name = max(baselines, key=lambda one: baselines[one].whole["iou"])
    against = [_against(one, found, name, baselines[name]) for one, found in methods.items()]
    return [*_few(next(iter(methods.values())).units, groups), *filter(None, against)]


def _few(units: int, groups: Sequence[str] | None) -> list[str]:
    if units >= FEW:
        return []
    if units == 1:
        only = "photo" if groups is None or len(groups) == 1 else "group of photos"
        return [f"a single {only} says nothing of others: there are no intervals"]
    what = "photos" if groups is None else "groups of photos"
    return [
        f"{units} {what} are few: intervals are rough and rather too narrow, and which method is "
        "better cannot be told"
    ]


def _against(name: str, method: Resampled, baseline: str, constant: Resampled) -> str | None:
    mine, theirs = method.whole["iou"], constant.whole["iou"]
    if mine <= theirs:
        return (
            f"{name} is no better than “{baseline}”, which looks at no photo: IoU {mine:.3f} "
            f"against {theirs:.3f}"
        )
    if not method.drawn:
        return None
    low, high = middle(method.drawn["iou"] - constant.drawn["iou"])
    if low > 0:
        return None
    return (
        f"{name} is not clearly above “{baseline}”, which looks at no photo: IoU {mine:.3f} "
        f"against {theirs:.3f}, 95 % interval of the difference {low:+.3f} to {high:+.3f}"
    )
