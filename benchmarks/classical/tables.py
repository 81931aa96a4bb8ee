"""The figures as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.classical.measure import REFERENCE
from maskwright.metrics.intervals import mean_interval

Rows = Mapping[str, Mapping[str, Any]]
"""Figures by method."""


def speed_table(rows: Rows) -> str:
    """Error, its difference to OpenCV's, and time."""
    base = rows[REFERENCE]
    lines = [
        "| method | mislabelled % | difference in points, 95 % interval | better / worse | IoU "
        "| ms a photo | times as fast |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in rows.items():
        error = 100 * np.array(row["error"])
        points = error - 100 * np.array(base["error"])
        milliseconds = 1000 * np.mean(row["seconds"])
        times = np.mean(base["seconds"]) / np.mean(row["seconds"])
        difference, counts = "", ""
        if name != REFERENCE:
            low, high = mean_interval(points.tolist())
            difference = f"{points.mean():+.2f} ({low:+.2f} to {high:+.2f})"
            counts = f"{(points < 0).sum()} / {(points > 0).sum()}"
        lines.append(
            f"| {name} | {error.mean():.2f} | {difference} | {counts} | {np.mean(row['iou']):.3f} "
            f"| {milliseconds:.0f} | {times:.1f} |"
        )
    return "\n".join(lines)


def robustness_table(changes: Mapping[str, Rows]) -> str:
    """Mean error of each method under each change of light, with what the change adds."""
    plain = next(iter(changes.values()))
    lines = [f"| photos | {' | '.join(plain)} |", "|---" * (len(plain) + 1) + "|"]
    for change, rows in changes.items():
        cells = []
        for name, row in rows.items():
            points = 100 * (np.array(row["error"]) - np.array(plain[name]["error"]))
            cell = f"{100 * np.mean(row['error']):.1f}"
            if rows is not plain:
                low, high = mean_interval(points.tolist())
                cell += f", {points.mean():+.1f} ({low:+.1f} to {high:+.1f})"
            cells.append(cell)
        lines.append(f"| {change} | {' | '.join(cells)} |")
    return "\n".join(lines)
