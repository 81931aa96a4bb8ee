"""The tables of docs/notebook/fusion.md."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from benchmarks.fusion.rules import RULES
from benchmarks.fusion.ways import (
    BOX,
    FUSED,
    GRABCUT,
    OWN,
    PHOTO,
    PIECE,
    SHIPPED,
    SIOX,
    SOFT,
    T2,
    THRESHOLD,
    UNET,
    UNGUIDED,
)
from maskwright.metrics.intervals import mean_interval

BLIND = ("animals74/train", "animals74/train, from ImageNet", "animals74/test", "grabcut20")
"""Sets whose truth has a void band along outlines: boundary F sees little there."""

ASIDE = ("animals74/train, from ImageNet",)
"""Sets that count in no mean: the same photos as another."""

_ORDER = (
    *(UNET, UNGUIDED, THRESHOLD, BOX, GRABCUT, SIOX, SOFT),
    *RULES,
    *(T2, OWN, SHIPPED, FUSED, PHOTO, PIECE),
)
_FIGURES = ("IoU", "boundary F")
_WORTH_COUNTING = 0.05  # points; smaller differences are neither better nor worse

Result = Mapping[str, Any]
"""What one scoring of a set left: "photos", by name and way [IoU, boundary F]; "groups"."""


@dataclass(frozen=True)
class Difference:
    """A way against the U-Net alone, paired by photo, in points.

    Attributes:
        mean, low, high: the mean over photos and its 95 % interval, whole sources drawn.
        better, worse: photos.
        repeats: the mean of each repeat.
    """

    mean: float
    low: float
    high: float
    better: int
    worse: int
    repeats: tuple[float, ...]

    def __str__(self) -> str:
        return f"{self.mean:+.2f} ({self.low:+.2f} to {self.high:+.2f})"

    @property
    def spread(self) -> str:
        """How far repeats, which have other folds and seeds, differ."""
        return f"{stdev(self.repeats):.2f}" if len(self.repeats) > 1 else ""


def by_set(results: Mapping[str, Result]) -> dict[str, list[Result]]:
    """The repeats of each set; keys of the results are "SET / REPEAT"."""
    sets: dict[str, list[Result]] = {}
    for key in sorted(results):
        sets.setdefault(key.rsplit(" / ", 1)[0], []).append(results[key])
    return sets


def mean(repeats: Sequence[Result], way: str, figure: int) -> float:
    """The mean of a figure (0 for IoU, 1 for boundary F) over photos and repeats, 0..1."""
    return fmean(fmean(ways[way][figure] for ways in one["photos"].values()) for one in repeats)


def difference(repeats: Sequence[Result], way: str, figure: int) -> Difference:
    """Compare a way with the U-Net; a photo's difference is its mean over repeats."""
    names = sorted(repeats[0]["photos"])

    def points(one: Result, name: str) -> float:
        ways = one["photos"][name]
        return float(100 * (ways[way][figure] - ways[UNET][figure]))

    each = [fmean(points(one, name) for one in repeats) for name in names]
    low, high = mean_interval(each, [repeats[0]["groups"][name] for name in names])
    return Difference(
        mean=fmean(each),
        low=low,
        high=high,
        better=sum(value > _WORTH_COUNTING for value in each),
        worse=sum(value < -_WORTH_COUNTING for value in each),
        repeats=tuple(fmean(points(one, name) for name in names) for one in repeats),
    )


def mean_of_sets(differences: Sequence[Difference]) -> str:
    """The mean over sets, each of which counts the same, with its 95 % interval.

    Sets are independent: half widths of their intervals add as squares.
    """
    middle = fmean(one.mean for one in differences)
    reach = math.hypot(*((one.high - one.low) / 2 for one in differences)) / len(differences)
    return f"{middle:+.2f} ({middle - reach:+.2f} to {middle + reach:+.2f})"


def table(repeats: Sequence[Result]) -> str:
    """Every way of one set against the U-Net alone."""
    head = "| |" + "".join(f" {name} | points, 95 % | better / worse |" for name in _FIGURES)
    lines = [head, "|---|" + 3 * len(_FIGURES) * "---|"]
    there = next(iter(repeats[0]["photos"].values()))
    for way in (way for way in _ORDER if way in there):
        cells = [way]
        for figure in range(len(_FIGURES)):
            cells.append(f"{mean(repeats, way, figure):.3f}")
            found = difference(repeats, way, figure)
            cells += ["", ""] if way == UNET else [str(found), f"{found.better} / {found.worse}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def summary(results: Mapping[str, Result]) -> str:
    """What ships against the U-Net alone, and what could be had, on every set."""
    sets = by_set(results)
    lines = [
        "| set | photos | U-Net | GrabCut, box / from it | fused | points of IoU, 95 % | spread "
        "| better / worse | oracles: mask, piece | points of boundary F |",
        "|---|" + 9 * "---|",
    ]
    for name, repeats in sets.items():
        iou, outline = (difference(repeats, FUSED, figure) for figure in (0, 1))
        best = (f"{difference(repeats, way, 0).mean:+.1f}" for way in (PHOTO, PIECE))
        cells = [
            name,
            str(len(repeats[0]["photos"])),
            f"{mean(repeats, UNET, 0):.3f}",
            f"{mean(repeats, BOX, 0):.3f} / {mean(repeats, GRABCUT, 0):.3f}",
            f"{mean(repeats, FUSED, 0):.3f}",
            str(iou),
            iou.spread,
            f"{iou.better} / {iou.worse}",
            ", ".join(best),
            f"{outline}{', blind' if name in BLIND else ''}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    counted = [repeats for name, repeats in sets.items() if name not in ASIDE]
    tests = [repeats for repeats in counted if "gates" not in repeats[0]]  # nothing learned there
    for title, some in (("mean of all sets", counted), ("mean of the test sets", tests)):
        if some:
            overall = mean_of_sets([difference(repeats, FUSED, 0) for repeats in some])
            lines.append(f"| {title} | | | | | {overall} | | | | |")
    return "\n".join(lines)


def ways_over_sets(results: Mapping[str, Result]) -> str:
    """Every way against the U-Net alone on every set, points of IoU."""
    sets = by_set(results)
    counted = {name: repeats for name, repeats in sets.items() if name not in ASIDE}
    lines = [f"| | {' | '.join(counted)} | mean, 95 % |", "|---|" + (len(counted) + 1) * "---|"]
    for way in _ORDER[1:]:
        found = {
            name: difference(repeats, way, 0)
            for name, repeats in counted.items()
            if way in next(iter(repeats[0]["photos"].values()))
        }
        cells = [f"{found[name].mean:+.2f}" if name in found else "" for name in counted]
        cells.append(mean_of_sets(list(found.values())) if len(found) == len(counted) else "")
        lines.append(f"| {way} | {' | '.join(cells)} |")
    return "\n".join(lines)
