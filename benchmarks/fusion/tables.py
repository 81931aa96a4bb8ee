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
from benchmarks.markdown import interval, markdown_table
from maskwright.metrics.intervals import mean_interval

BLIND = ("animals74/train", "animals74/train, from ImageNet", "animals74/test", "grabcut20")
"""Sets with a void band along true outlines, where boundary F means little."""

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
"""One scoring of a set: "photos", by name and way [IoU, boundary F], and "groups", by name, of the
photos that share one."""


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
        return interval(self.mean, (self.low, self.high), "+.2f")

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
    low, high = mean_interval(each, [repeats[0]["groups"].get(name, name) for name in names])
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
    return interval(middle, (middle - reach, middle + reach), "+.2f")


def table(repeats: Sequence[Result]) -> str:
    """Every way of one set against the U-Net alone."""
    there = next(iter(repeats[0]["photos"].values()))
    rows = []
    for way in (way for way in _ORDER if way in there):
        cells = [way]
        for figure in range(len(_FIGURES)):
            found = difference(repeats, way, figure)
            compared = ["", ""] if way == UNET else [str(found), f"{found.better} / {found.worse}"]
            cells += [f"{mean(repeats, way, figure):.3f}", *compared]
        rows.append(cells)
    heads = [""]
    for name in _FIGURES:
        heads += [name, "points, 95 %", "better / worse"]
    return markdown_table(heads, rows)


def summary(results: Mapping[str, Result]) -> str:
    """The fused masks against the U-Net alone, and against oracles, on every set."""
    sets = by_set(results)
    rows = []
    for name, repeats in sets.items():
        iou, outline = (difference(repeats, FUSED, figure) for figure in (0, 1))
        oracles = (f"{difference(repeats, way, 0).mean:+.1f}" for way in (PHOTO, PIECE))
        rows.append(
            [
                name,
                str(len(repeats[0]["photos"])),
                f"{mean(repeats, UNET, 0):.3f}",
                f"{mean(repeats, BOX, 0):.3f} / {mean(repeats, GRABCUT, 0):.3f}",
                f"{mean(repeats, FUSED, 0):.3f}",
                str(iou),
                iou.spread,
                f"{iou.better} / {iou.worse}",
                ", ".join(oracles),
                f"{outline}{', blind' if name in BLIND else ''}",
            ]
        )
    counted = [repeats for name, repeats in sets.items() if name not in ASIDE]
    tests = [repeats for repeats in counted if "gates" not in repeats[0]]  # nothing learned there
    for title, some in (("mean of all sets", counted), ("mean of the test sets", tests)):
        if some:
            overall = mean_of_sets([difference(repeats, FUSED, 0) for repeats in some])
            rows.append([title, *[""] * 4, overall, *[""] * 4])
    heads = ["set", "photos", "U-Net", "GrabCut, box / from it", "fused", "points of IoU, 95 %"]
    heads += ["spread", "better / worse", "oracles: mask, piece", "points of boundary F"]
    return markdown_table(heads, rows)


def ways_over_sets(results: Mapping[str, Result]) -> str:
    """Every way against the U-Net alone on every set, points of IoU."""
    sets = {name: repeats for name, repeats in by_set(results).items() if name not in ASIDE}
    rows = []
    for way in _ORDER[1:]:
        found = {
            name: difference(repeats, way, 0)
            for name, repeats in sets.items()
            if way in next(iter(repeats[0]["photos"].values()))
        }
        cells = [f"{found[name].mean:+.2f}" if name in found else "" for name in sets]
        overall = mean_of_sets([*found.values()]) if len(found) == len(sets) else ""
        rows.append([way, *cells, overall])
    return markdown_table(["", *sets, "mean, 95 %"], rows)
