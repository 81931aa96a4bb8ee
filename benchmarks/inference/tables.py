"""The figures as Markdown, by the name of their place in the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.inference.rates import BASE


def tables(results: Mapping[str, Any]) -> dict[str, str]:
    """All tables; without results their heads alone."""
    return {
        "inference-rates": _rates(results.get("rates", {})),
        "inference-floor": _floor(results.get("floor", {}), results.get("rates", {})),
        "inference-cold": _cold(results.get("cold", {})),
        "inference-counts": _counts(results.get("counts", {})),
        "inference-sizes": _sizes(results.get("sizes", {})),
    }


def _rates(measured: Mapping[str, Any]) -> str:
    lines = [
        "| from photo files to mask files | photos a second | milliseconds a photo "
        "| as shipped is times as fast |",
        "|---|---|---|---|",
    ]
    rows = measured.get("of", {})
    for name, row in rows.items():
        ratios = [
            theirs / ours
            for theirs, ours in zip(row["seconds"], rows[BASE]["seconds"], strict=True)
        ]
        times = (
            f"{row['median'] / rows[BASE]['median']:.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        )
        rate = f"{1 / row['median']:.1f}"
        cells = [name, rate, f"{1000 * row['median']:.1f}", "" if name == BASE else times]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _floor(floor: Mapping[str, Any], measured: Mapping[str, Any]) -> str:
    lines = [
        "| network | million multiply-adds a photo | least milliseconds | measured, file to file |",
        "|---|---|---|---|",
    ]
    rows = measured.get("of", {})
    for name, one in floor.get("of", {}).items():
        taken = f"{1000 * rows[name]['median']:.1f}" if name in rows else ""
        work = f"{one['multiply_adds'] / 1e6:,.0f}"
        lines.append(f"| {name} | {work} | {one['milliseconds']:.1f} | {taken} |")
    return "\n".join(lines)


def _cold(points: Mapping[str, Any]) -> str:
    lines = ["| fresh process | seconds, median | peak memory |", "|---|---|---|"]
    for name, one in points.items():
        lines.append(f"| {name} | {one['seconds']:.2f} | {one['peak_mb']:,.0f} MB |")
    return "\n".join(lines)


def _counts(points: Mapping[str, Any]) -> str:
    lines = ["| photos | seconds | photos a second | peak memory |", "|---|---|---|---|"]
    for count, one in points.items():
        cells = [f"{int(count):,}", f"{one['seconds']:.1f}", f"{int(count) / one['seconds']:.1f}"]
        lines.append(f"| {' | '.join(cells)} | {one['peak_mb']:,.0f} MB |")
    return "\n".join(lines)


def _sizes(points: Mapping[str, Any]) -> str:
    lines = [
        "| megapixels | mask: seconds | peak memory | mask and cut-out: seconds | peak memory "
        "| mask and cut-out on a photo: seconds | peak memory |",
        "|---|---|---|---|---|---|---|",
    ]
    for megapixels, saved in points.items():
        cells = [megapixels]
        for one in saved.values():
            cells += [f"{one['seconds']:.2f}", f"{one['peak_mb']:,.0f} MB"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
