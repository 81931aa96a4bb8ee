"""The charts of docs/notebook/paper.md: curves as in the paper's figure 5, and what the rows
promise and keep. Drawn from the results alone; no photo is in them."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.paper.results import Result, by_row, values
from maskwright.files import write_bytes

# Told apart with the usual kinds of colour blindness (Okabe and Ito).
_TRAINING, _VALIDATION, _TEST = "#0072b2", "#d55e00", "#009e73"
_GREY = "#8a8f98"
_FAINT = 0.35
_PARTS = {"validation": "own validation", "test": "test"}
_STYLE = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "maskwright",  # the same figures give the same file
}


@dataclass(frozen=True)
class Chart:
    """A chart of some rows.

    Attributes:
        title: its text alternative.
        rows: the rows it shows, as far as they are there.
        draw: makes the figure of the rows that are there.
    """

    title: str
    rows: str
    draw: Callable[[Mapping[str, Sequence[Result]]], Figure]

    def can_draw(self, results: Mapping[str, Result]) -> bool:
        """Whether any of its rows is there."""
        return any(result["row"] in self.rows for result in results.values())

    def svg(self, results: Mapping[str, Result]) -> bytes:
        """Draw it as an SVG file."""
        there = {row: members for row, members in by_row(results).items() if row in self.rows}
        file = io.BytesIO()
        with plt.style.context(_STYLE):
            figure = self.draw(there)
            figure.savefig(file, format="svg", metadata={"Date": None}, bbox_inches="tight")
            plt.close(figure)
        return file.getvalue()


def draw_charts(folder: Path, results: Mapping[str, Result]) -> list[Path]:
    """Draw every chart that has a row; returns the files."""
    charts = {folder / f"{name}.svg": one for name, one in CHARTS.items() if one.can_draw(results)}
    for path, chart in charts.items():
        write_bytes(path, chart.svg(results))
    return [*charts]


def _curves(rows: Mapping[str, Sequence[Result]]) -> Figure:
    """Loss above, accuracy below, a column for each row; the first seed strong, others faint."""
    figure, grid = plt.subplots(2, len(rows), figsize=(3.1 * len(rows), 4.6), squeeze=False)
    for column, (row, members) in enumerate(rows.items()):
        for members_axes, kind in zip(grid[:, column], ("loss", "accuracy"), strict=True):
            _lines(members_axes, members, f"training_{kind}", "training", _TRAINING)
            _lines(members_axes, members, f"validation_{kind}", "validation", _VALIDATION)
        baseline = fmean(values(members, "validation", "background_accuracy"))
        grid[1, column].axhline(baseline, color=_GREY, ls=":", label="all background")
        grid[0, column].set_title(f"row {row}")
        grid[1, column].set_xlabel("epoch")
    for line, kind in zip(grid, ("loss", "accuracy"), strict=True):
        _share_y(line)
        line[0].set_ylabel(kind)
    grid[1, -1].legend(frameon=False)
    figure.tight_layout()
    return figure


def _transfer(rows: Mapping[str, Sequence[Result]]) -> Figure:
    figure, axes = plt.subplots(figsize=(5, 3))
    for (row, members), colour in zip(rows.items(), (_TRAINING, _VALIDATION), strict=False):
        _lines(axes, members, "validation_iou", f"row {row}", colour, over="step")
    axes.set(xlabel="step", ylabel="IoU on own validation")
    axes.legend(frameon=False)
    figure.tight_layout()
    return figure


def _scores(rows: Mapping[str, Sequence[Result]]) -> Figure:
    """A point for each seed: what its own validation photos promise, what the test set gives."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), sharey=True)
    for axes, kind in ((left, "accuracy"), (right, "mean_iou")):
        for part, colour, shift in (("validation", _VALIDATION, -0.12), ("test", _TEST, 0.12)):
            found = [values(members, part, kind) for members in rows.values()]
            along = [point for points in found for point in points]
            places = [place + shift for place, points in enumerate(found) for _ in points]
            axes.plot(along, places, "o", color=colour, label=_PARTS[part])
            if kind == "accuracy":
                every = [values(m, part, "background_accuracy") for m in rows.values()]
                ticks = {at: fmean(found) for at, found in enumerate(every) if found}
                heights = [at + shift for at in ticks]
                label = f"all background, {_PARTS[part]}"
                axes.plot([*ticks.values()], heights, "|", ms=12, color=colour, label=label)
        axes.set_xlabel("accuracy" if kind == "accuracy" else "IoU")
        axes.grid(axis="x", alpha=0.3)
    left.set_yticks(range(len(rows)), [f"row {row}" for row in rows])
    left.invert_yaxis()
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncols=4, frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 0.9))
    return figure


def _lines(
    axes: Axes,
    members: Sequence[Result],
    name: str,
    label: str,
    colour: str,
    *,
    over: str = "epoch",
) -> None:
    for number, one in enumerate(members):
        axes.plot(
            [point[over] for point in one["curve"]],
            [point[name] for point in one["curve"]],
            color=colour,
            alpha=_FAINT if number else 1,
            label="_" if number else label,  # legends leave "_" out
        )


def _share_y(line: Sequence[Axes]) -> None:
    lowest = min(axes.get_ylim()[0] for axes in line)
    highest = max(axes.get_ylim()[1] for axes in line)
    for axes in line:
        axes.set_ylim(lowest, highest)


CHARTS = {
    "paper-curves": Chart(
        "Loss and accuracy by epoch, on training and on validation photos, rows a, b and c",
        "abc",
        _curves,
    ),
    "paper-scores": Chart(
        "Accuracy and IoU of every row and seed, on its own validation photos and on the test set",
        "abcde",
        _scores,
    ),
    "paper-transfer": Chart(
        "IoU on validation photos by step, from ImageNet (row d) and from scratch (row e)",
        "de",
        _transfer,
    ),
}
"""By the name of the file and of the place in the page."""
