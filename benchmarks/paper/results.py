"""Results by row, and differences between rows in points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean, stdev
from typing import Any

from benchmarks.paper.rows import ROWS

Result = Mapping[str, Any]
"""What `train_and_score` returned."""
Measure = Callable[[Result], float | None]
"""Reads a figure off a result; None where it has none."""


def by_row(results: Mapping[str, Result]) -> dict[str, list[Result]]:
    """Results by row in the order of the rows, each row's by seed."""
    found: dict[str, list[Result]] = {row: [] for row in ROWS}
    for result in sorted(results.values(), key=lambda result: int(result["seed"])):
        found[result["row"]].append(result)
    return {row: members for row, members in found.items() if members}


def measure(part: str, name: str) -> Measure:
    """A figure on a set: `measure("test", "mean_iou")`."""

    def read(result: Result) -> float | None:
        figures = result[part]
        return None if figures is None else float(figures[name])

    return read


def values(members: Sequence[Result], read: Measure) -> list[float]:
    """A figure of each seed that has it."""
    return [value for value in map(read, members) if value is not None]


def differences(
    more: Sequence[Result], less: Sequence[Result], read: Measure, read_less: Measure | None = None
) -> list[float]:
    """By how many points one row is over another, for each seed that both have.

    Args:
        more: results of the one row.
        less: results of the other.
        read: the figure.
        read_less: the figure of the other row, where it is not the same.
    """
    others = {result["seed"]: (read_less or read)(result) for result in less}
    points = []
    for result in more:
        value, other = read(result), others.get(result["seed"])
        if value is not None and other is not None:
            points.append(100 * (value - other))
    return points


def spread(figures: Sequence[float], form: str) -> str:
    """Mean and standard deviation as text: `spread([0.70, 0.72], ".3f")`; "-" without any."""
    if not figures:
        return "-"
    mean = format(fmean(figures), form)
    return mean if len(figures) == 1 else f"{mean} ± {stdev(figures):{form.lstrip('+')}}"


def extremes(results: Mapping[str, Result], most: int = 3) -> tuple[list[str], list[str]]:
    """Names of the test photos that row c's first seed segments best, and worst, of all.

    Worst first among the worst, best first among the best; equals by name.
    """
    test = results["c-0"]["test"] if "c-0" in results else None
    if test is None:
        return [], []
    ious: dict[str, float] = test["ious"]
    ordered = sorted(ious, key=lambda name: (-ious[name], name))
    most = min(most, len(ordered) // 2)
    return ordered[:most], ordered[::-1][:most]
