"""The tables on inference, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.inference.rates import BASE
from benchmarks.markdown import interval, markdown_table

Figures = Mapping[str, Any]


def tables(results: Figures) -> dict[str, str]:
    """The tables by the names of their places in the page."""
    rates = results["rates"]["of"]
    return {
        "inference-rates": _rates(rates),
        "inference-floor": _floor(results["floor"]["of"], rates),
        "inference-cold": _cold(results["cold"]),
        "inference-counts": _counts(results["counts"]),
        "inference-sizes": _sizes(results["sizes"]),
    }


def _rates(rates: Figures) -> str:
    rows = []
    for name, one in rates.items():
        turns = zip(one["seconds"], rates[BASE]["seconds"], strict=True)
        ratios = [theirs / ours for theirs, ours in turns]
        times = interval(one["median"] / rates[BASE]["median"], (min(ratios), max(ratios)), ".2f")
        cells = [f"{1 / one['median']:.1f}", f"{1000 * one['median']:.1f}"]
        rows.append([name, *cells, "" if name == BASE else times])
    heads = ["from photo files to mask files", "photos a second", "milliseconds a photo"]
    return markdown_table([*heads, "as shipped is times as fast"], rows)


def _floor(floor: Figures, rates: Figures) -> str:
    rows = []
    for name, one in floor.items():
        taken = f"{1000 * rates[name]['median']:.1f}" if name in rates else ""
        work = f"{one['multiply_adds'] / 1e6:,.0f}"
        rows.append([name, work, f"{one['milliseconds']:.1f}", taken])
    heads = ["network", "million multiply-adds a photo", "least milliseconds"]
    return markdown_table([*heads, "measured, file to file"], rows)


def _cold(points: Figures) -> str:
    rows = [[name, *_cost(one)] for name, one in points.items()]
    return markdown_table(["fresh process", "seconds, median", "peak memory"], rows)


def _counts(points: Figures) -> str:
    rows = []
    for count, one in points.items():
        seconds, rate = f"{one['seconds']:.1f}", f"{int(count) / one['seconds']:.1f}"
        rows.append([f"{int(count):,}", seconds, rate, _cost(one)[1]])
    return markdown_table(["photos", "seconds", "photos a second", "peak memory"], rows)


def _sizes(points: Figures) -> str:
    rows = [
        [megapixels, *(cell for one in saved.values() for cell in _cost(one))]
        for megapixels, saved in points.items()
    ]
    heads = ["megapixels"]
    for saved in ("mask", "mask and cut-out", "mask and cut-out on a photo"):
        heads += [f"{saved}: seconds", "peak memory"]
    return markdown_table(heads, rows)


def _cost(one: Figures) -> list[str]:
    return [f"{one['seconds']:.2f}", f"{one['peak_mb']:,.0f} MB"]
