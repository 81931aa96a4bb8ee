"""What docs/notebook/paper.md shows of the results: tables, and links to the charts."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.paper.charts import CHARTS
from benchmarks.paper.results import Result
from benchmarks.paper.tables import NONE_YET, tables


def parts(results: Mapping[str, Result]) -> dict[str, str]:
    """Tables and charts as Markdown, by the name of their place in the page."""
    charts = {
        name: f"![{chart.title}](images/{name}.svg)" if chart.can_draw(results) else NONE_YET
        for name, chart in CHARTS.items()
    }
    return {**tables(results), **charts}
