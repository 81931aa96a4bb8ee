"""The tables of docs/notebook/results.md on Keras, written by nobody but this."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.page import fill

PAGE = Path(__file__).parents[2] / "docs" / "notebook" / "results.md"


def write_tables(results: Mapping[str, Any], page: Path = PAGE) -> None:
    """Put the tables of what was measured into their places in the page."""
    parts = {}
    if "speed" in results:
        parts["keras-training"] = training(results["speed"]["training"])
        parts["keras-prediction"] = prediction(results["speed"]["prediction"])
    qualities = [figures for name, figures in results.items() if name.startswith("quality-")]
    if qualities:
        parts["keras-quality"] = quality(qualities)
    fill(page, parts)


def training(measured: Mapping[str, Any]) -> str:
    """Seconds per step and peak memory, as Markdown."""
    lines = [
        "| network | trained weights | seconds a step | times as fast as Keras | peak memory |",
        "|---|---|---|---|---|",
    ]
    for name, row in measured["of"].items():
        lines.append(
            f"| {name} | {row['weights_trained']:,} | {row['median']:.3f} | {_times(row)} "
            f"| {row['peak_mb']:,.0f} MB |"
        )
    return "\n".join(lines)


def prediction(measured: Mapping[str, Any]) -> str:
    """Milliseconds per photo, as Markdown."""
    lines = ["| network | milliseconds a photo | times as fast as Keras |", "|---|---|---|"]
    for name, row in measured["of"].items():
        lines.append(f"| {name} | {1000 * row['median']:.1f} | {_times(row)} |")
    return "\n".join(lines)


def quality(runs: list[Mapping[str, Any]]) -> str:
    """Time to the paper's quality, as Markdown."""
    lines = [
        "| IoU to reach | Keras: steps, minutes | `fast`: steps, pixels, minutes | times as fast |",
        "|---|---|---|---|",
    ]
    for run in runs:
        keras = f"{run['paper_step']:,} steps, {run['keras_minutes']:.2f} min"
        for size, found in run["fast"].items():
            reached = found.get("reached")
            ours = "not reached"
            if reached is not None:
                made = found["runs"][str(reached)]
                ours = f"{reached:,} steps, {size} pixels, {made['minutes']:.2f} min"
            times = f"{found['times_faster']:.1f}" if reached is not None else ""
            lines.append(f"| {run['target_iou']:.3f} | {keras} | {ours} | {times} |")
    return "\n".join(lines)


def _times(row: Mapping[str, Any]) -> str:
    low, high = row["times_faster_range"]
    return f"{row['times_faster']:.2f} ({low:.2f} to {high:.2f})"
