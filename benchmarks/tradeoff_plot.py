"""The plot of accuracy against time, drawn from the results of benchmarks/tradeoff.py alone."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot as plt

from maskwright.files import write_bytes

FAST = "--fast"
"""The way that is no point of a line."""

# Told apart with the usual kinds of colour blindness (Okabe and Ito).
_LINES = {
    True: ("photo and mirrored photo", "#0072b2", "o", (0, 7)),
    False: ("photo once", "#d55e00", "s", (0, -14)),
}
"""By whether the photo is mirrored too: name, colour, marker, and where a point's size stands."""
_STYLE = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}


def draw(path: Path, results: Mapping[str, Any]) -> None:
    """Draw mean IoU over milliseconds a photo: a line for each of the two ways, a point a size."""
    with plt.style.context(_STYLE):
        figure, axes = plt.subplots(figsize=(6.4, 4.0), layout="constrained")
        for mirrored, (label, colour, marker, beside) in _LINES.items():
            points = {
                size: (_milliseconds(results, name), results["scores"][name]["iou"])
                for name, (size, both) in results["ways"].items()
                if both == mirrored and name != FAST
            }
            spent, ious = zip(*points.values(), strict=True)
            axes.plot(spent, ious, color=colour, marker=marker, markersize=4, label=label)
            for size, point in points.items():
                axes.annotate(
                    str(size),
                    point,
                    xytext=beside,
                    textcoords="offset points",
                    ha="center",
                    color=colour,
                )
        name = results["shipped"]
        if name in results["ways"]:
            point = _milliseconds(results, name), results["scores"][name]["iou"]
            axes.plot(*point, "o", ms=11, mfc="none", mec="black", label="as shipped")
        if FAST in results["ways"]:
            point = _milliseconds(results, FAST), results["scores"][FAST]["iou"]
            axes.plot(*point, "*", ms=11, color="#009e73", label=FAST)
        axes.margins(0.06, 0.12)
        axes.set_xlabel(
            f"milliseconds a photo, file to file, {results['times']['threads']} threads"
        )
        axes.set_ylabel("mean IoU of held-out photos")
        axes.grid(alpha=0.3)
        axes.legend(frameon=False, loc="lower right")
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=150)
        plt.close(figure)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, file.getvalue())


def _milliseconds(results: Mapping[str, Any], name: str) -> float:
    return float(median(results["times"]["milliseconds"][name]))
