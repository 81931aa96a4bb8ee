"""The tables on Keras, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.markdown import interval, markdown_table


def tables(results: Mapping[str, Any]) -> dict[str, str]:
    """The tables of what was measured, by the names of their places in the page."""
    parts = {}
    if "speed" in results:
        parts["keras-training"] = _training(results["speed"]["training"])
        parts["keras-prediction"] = _prediction(results["speed"]["prediction"])
    qualities = [figures for name, figures in results.items() if name.startswith("quality-")]
    if qualities:
        parts["keras-quality"] = _quality(qualities)
    return parts


def _training(measured: Mapping[str, Any]) -> str:
    rows = [
        [
            name,
            f"{one['weights_trained']:,}",
            f"{one['median']:.3f}",
            _times(one),
            f"{one['peak_mb']:,.0f} MB",
        ]
        for name, one in measured["of"].items()
    ]
    heads = ["network", "trained weights", "seconds a step", "times as fast as Keras"]
    return markdown_table([*heads, "peak memory"], rows)


def _prediction(measured: Mapping[str, Any]) -> str:
    rows = [
        [name, f"{1000 * one['median']:.1f}", _times(one)] for name, one in measured["of"].items()
    ]
    return markdown_table(["network", "milliseconds a photo", "times as fast as Keras"], rows)


def _quality(runs: list[Mapping[str, Any]]) -> str:
    rows = []
    for run in runs:
        keras = f"{run['paper_step']:,} steps, {run['keras_minutes']:.2f} min"
        for size, found in run["fast"].items():
            ours, times = "not reached", ""
            reached = found.get("reached")
            if reached is not None:
                minutes = found["runs"][str(reached)]["minutes"]
                ours = f"{reached:,} steps, {size} pixels, {minutes:.2f} min"
                times = f"{found['times_faster']:.1f}"
            rows.append([f"{run['target_iou']:.3f}", keras, ours, times])
    heads = ["IoU to reach", "Keras: steps, minutes", "`fast`: steps, pixels, minutes"]
    return markdown_table([*heads, "times as fast"], rows)


def _times(one: Mapping[str, Any]) -> str:
    return interval(one["times_faster"], one["times_faster_range"], ".2f")
