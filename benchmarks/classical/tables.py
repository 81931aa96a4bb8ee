"""The tables on the classical methods, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchmarks.classical.measure import REFERENCE, Figures
from benchmarks.markdown import interval, markdown_table
from maskwright.metrics.intervals import mean_interval


def speed_table(methods: Mapping[str, Figures]) -> str:
    """Error, its difference to OpenCV's, and time."""
    base = methods[REFERENCE]
    rows = []
    for name, one in methods.items():
        points = 100 * (np.array(one["error"]) - np.array(base["error"]))
        compared = ["", ""]
        if name != REFERENCE:
            difference = interval(points.mean(), mean_interval(points.tolist()), "+.2f")
            compared = [difference, f"{(points < 0).sum()} / {(points > 0).sum()}"]
        seconds = np.mean(one["seconds"])
        rows.append(
            [
                name,
                f"{100 * np.mean(one['error']):.2f}",
                *compared,
                f"{np.mean(one['iou']):.3f}",
                f"{1000 * seconds:.0f}",
                f"{np.mean(base['seconds']) / seconds:.1f}",
            ]
        )
    heads = ["method", "mislabelled %", "difference in points, 95 % interval", "better / worse"]
    return markdown_table([*heads, "IoU", "ms a photo", "times as fast"], rows)


def robustness_table(changes: Mapping[str, Mapping[str, Figures]]) -> str:
    """Mean error of each method under each change of light, and by how much the change adds."""
    plain = next(iter(changes.values()))
    rows = []
    for change, methods in changes.items():
        cells = [change]
        for name, one in methods.items():
            cell = f"{100 * np.mean(one['error']):.1f}"
            if methods is not plain:
                points = 100 * (np.array(one["error"]) - np.array(plain[name]["error"]))
                cell += f", {interval(points.mean(), mean_interval(points.tolist()))}"
            cells.append(cell)
        rows.append(cells)
    return markdown_table(["photos", *plain], rows)
