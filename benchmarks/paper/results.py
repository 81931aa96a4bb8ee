"""Results by row, and differences between rows in points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.paper.rows import ROWS

Result = Mapping[str, Any]
"""As `train_and_score` returns it."""


def by_row(results: Mapping[str, Result]) -> dict[str, list[Result]]:
    """Results by row in the order of the rows, each row's by seed."""
    found: dict[str, list[Result]] = {row: [] for row in ROWS}
    for result in sorted(results.values(), key=lambda result: int(result["seed"])):
        found[result["row"]].append(result)
    return {row: members for row, members in found.items() if members}


def values(members: Sequence[Result], split: str, name: str) -> list[float]:
    """A figure of each seed that has it: `values(members, "test", "mean_iou")`."""
    return [float(one[split][name]) for one in members if one[split] is not None]


def differences(
    more: Sequence[Result], less: Sequence[Result], name: str, split: str, split_less: str
) -> list[float]:
    """By how many points one row is over another, for each seed that both have.

    Args:
        more: results of the one row.
        less: results of the other.
        name: the figure.
        split: the photos that it is of.
        split_less: the photos that it is of in the other row.
    """
    others = {one["seed"]: one[split_less] for one in less}
    pairs = [(one[split], others.get(one["seed"])) for one in more]
    return [100 * (one[name] - other[name]) for one, other in pairs if one and other]


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
