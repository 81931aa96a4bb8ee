"""Tables as Markdown, and their places in the pages of the docs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev

from maskwright.files import write_bytes
from maskwright.metrics.intervals import mean_interval

NOTEBOOK = Path(__file__).parents[1] / "docs" / "notebook"
_PLACE = re.compile(r"(<!-- made: ([\w-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def markdown_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [f"| {' | '.join(cells)} |" for cells in (heads, *rows)]
    lines.insert(1, "|" + "---|" * len(heads))
    return "\n".join(lines)


def interval(value: float, ends: Sequence[float], form: str = "+.1f") -> str:
    """A figure with the two ends of its interval: "+1.2 (+0.3 to +2.0)"."""
    low, high = ends
    return f"{value:{form}} ({low:{form}} to {high:{form}})"


def spread(figures: Sequence[float], form: str) -> str:
    """Mean and standard deviation as text: `spread([0.70, 0.72], ".3f")`; "-" without any."""
    if not figures:
        return "-"
    mean = format(fmean(figures), form)
    return mean if len(figures) == 1 else f"{mean} ± {stdev(figures):{form.lstrip('+')}}"


def paired(points: Sequence[float], groups: Sequence[str] | None = None) -> list[str]:
    """Two cells of a comparison: the mean difference, and how many photos are better and worse.

    Args:
        points: the difference at each photo.
        groups: the group of each photo; the bootstrap draws whole groups [each photo is one].
    """
    better, worse = sum(one > 0 for one in points), sum(one < 0 for one in points)
    return [interval(fmean(points), mean_interval(points, groups)), f"{better} / {worse}"]


def paired_points(more: Mapping[str, float], less: Mapping[str, float]) -> list[float]:
    """Photo by photo in the order of their names: figure in `more` minus figure in `less`, x100."""
    return [100 * (more[photo] - less[photo]) for photo in sorted(more)]


def fill(page: Path, parts: Mapping[str, str]) -> str:
    """Write parts into their places in a page; without a page, make one of the parts.

    Returns:
        The parts as one text, to be printed.

    Raises:
        ValueError: the page has no place for a part.
    """
    bare = "\n".join(f"<!-- made: {name} -->\n<!-- end -->\n" for name in parts)
    text = page.read_text(encoding="utf-8") if page.exists() else bare
    write_bytes(page, filled(text, parts).encode())
    return "\n\n".join(parts.values())


def filled(text: str, parts: Mapping[str, str]) -> str:
    """The text of a page with parts in their places.

    Raises:
        ValueError: the page has no place for a part.
    """
    missing = set(parts) - {place[2] for place in _PLACE.finditer(text)}
    if missing:
        raise ValueError(f"the page has no place for {', '.join(sorted(missing))}")

    def put(place: re.Match[str]) -> str:
        name = place[2]
        return f"{place[1]}{parts[name]}\n{place[4]}" if name in parts else place[0]

    return _PLACE.sub(put, text)
