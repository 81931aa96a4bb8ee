"""The tables of docs/fusion.md."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean, median
from typing import Any

from benchmarks.fusion.ways import UNET
from maskwright.evaluation.intervals import mean_interval

_HEAD = (
    "| | mean IoU | points, 95 % interval | better / worse | boundary F "
    "| points, 95 % interval | better / worse | ms |\n|---|---|---|---|---|---|---|---|"
)


def table(result: Mapping[str, Any]) -> str:
    """Every way of one set against the U-Net alone, paired by photo.

    Args:
        result: "repeats", each of which has "photos", and "groups", the source of each photo.
    """
    repeats = [repeat["photos"] for repeat in result["repeats"]]
    names = sorted(repeats[0])
    groups = [result["groups"][name] for name in names]
    lines = [_HEAD]
    for way in repeats[0][names[0]]["ways"]:
        cells = [way]
        for figure in ("iou", "boundary_f"):
            ours = [_mean(repeats, name, way, figure) for name in names]
            base = [_mean(repeats, name, UNET, figure) for name in names]
            cells.append(f"{fmean(ours):.3f}")
            cells += ["", ""] if way == UNET else _compared(ours, base, groups)
        times = [one["ways"][way].get("ms") for repeat in repeats for one in repeat.values()]
        cells.append("" if None in times or way == UNET else f"{median(times):.1f}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def costs(result: Mapping[str, Any]) -> tuple[float, float]:
    """Milliseconds a photo: asking GrabCut at the network's size; OpenCV's GrabCut at the photo's."""
    photos = [one for repeat in result["repeats"] for one in repeat["photos"].values()]
    return median(one["asking_ms"] for one in photos), median(one["opencv_ms"] for one in photos)


def _mean(repeats: list[Mapping[str, Any]], name: str, way: str, figure: str) -> float:
    return fmean(repeat[name]["ways"][way][figure] for repeat in repeats)


def _compared(ours: list[float], base: list[float], groups: list[str]) -> list[str]:
    points = [100 * (one - other) for one, other in zip(ours, base, strict=True)]
    low, high = mean_interval(points, groups)
    wins, losses = sum(p > 0.05 for p in points), sum(p < -0.05 for p in points)
    return [f"{fmean(points):+.2f} ({low:+.2f} to {high:+.2f})", f"{wins} / {losses}"]
