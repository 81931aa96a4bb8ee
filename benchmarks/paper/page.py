"""Puts tables and charts into their places in a page, and leaves all other words alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from benchmarks.paper.charts import CHARTS
from benchmarks.paper.results import Result
from benchmarks.paper.tables import NONE_YET, tables
from maskwright.atomic import write_bytes

_PLACE = re.compile(r"(<!-- made: ([\w-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def update_page(page: Path, results: Mapping[str, Result]) -> None:
    """Write tables and charts into a page; where there is none, it holds nothing else."""
    parts = _parts(results)
    bare = "\n".join(f"<!-- made: {name} -->\n<!-- end -->\n" for name in parts)
    text = page.read_text(encoding="utf-8") if page.exists() else bare
    write_bytes(page, filled(text, results).encode())


def filled(text: str, results: Mapping[str, Result]) -> str:
    """The text of a page with every place filled.

    Raises:
        KeyError: a place asks for something that is not made.
    """
    parts = _parts(results)
    return _PLACE.sub(lambda place: f"{place[1]}{parts[place[2]]}\n{place[4]}", text)


def _parts(results: Mapping[str, Result]) -> dict[str, str]:
    charts = {
        name: f"![{chart.title}](images/{name}.svg)" if chart.can_draw(results) else NONE_YET
        for name, chart in CHARTS.items()
    }
    return {**tables(results), **charts}
