"""The report as one self-contained HTML file: no network, no other file, no foreign script.

Names of photos, classes, methods and folders come from users. The templates escape all of them, and
a content security policy blocks every script except the two with known hashes.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from maskwright._version import __version__
from maskwright.evaluation import tiles
from maskwright.evaluation.scores import Scores
from maskwright.files import write_bytes
from maskwright.metrics.intervals import MIN_UNITS
from maskwright.metrics.numbers import counted, percent, signed
from maskwright.report.definitions import DEFINITIONS, LABELS
from maskwright.report.page import charts, tables, wording
from maskwright.report.page.photos import data_url, gallery
from maskwright.report.page.wording import accepted

_ERROR_COLOURS = [
    ("false foreground", tiles.EXTRA_COLOUR),
    ("missed", tiles.MISSED_COLOUR),
    ("another class", tiles.CONFUSED_COLOUR),
]
_DISPUTE_COLOURS = [
    ("GrabCut's change accepted", tiles.ACCEPTED_COLOUR),
    ("GrabCut's change rejected", tiles.REJECTED_COLOUR),
]


def write_html(scores: Scores, path: Path) -> None:
    """Write the report atomically; equal scores give equal bytes.

    Args:
        scores: what to show.
        path: the file to write or replace.
    """
    # A file name may contain bytes that are not text; they become question marks.
    write_bytes(path, html(scores).encode("utf-8", "replace"))


def html(scores: Scores) -> str:
    """Return the report as a page of HTML."""
    early, scripts = _source("theme.js"), _source("filters.js", "gallery.js")
    return (
        _templates()
        .get_template("report.html.j2")
        .render(
            **_content(scores),
            version=__version__,
            style=Markup(_source("style.css", "charts.css", "gallery.css")),
            early=Markup(early),
            script=Markup(scripts),
            hashes=[_hash(early), _hash(scripts)],
        )
    )


def _content(scores: Scores) -> dict[str, Any]:
    """The variables of the templates."""
    classes = scores.classes
    compared = [tables.as_gain(one) for one in scores.comparisons]
    curve = scores.study.curve if scores.study else None
    return {
        "scores": scores,
        "title": wording.title(scores),
        "sentences": wording.summary(scores, [one for one in compared if one.figure == "iou"]),
        "several": len(classes) > 2,
        "table": tables.methods_table(scores),
        "compared": compared,
        "min_units": MIN_UNITS,
        "labels": LABELS,
        "histograms": _histograms(scores),
        "class_tables": [(one.name, tables.classes_table(one, classes)) for one in scores.methods],
        "curve": charts.curve(curve.points) if curve and curve.points else None,
        "photos": gallery(scores),
        "colours": list(zip(classes[1:], tiles.class_colours(len(classes)), strict=True)),
        "error_colours": _ERROR_COLOURS[: len(classes)],
        "dispute_colours": _DISPUTE_COLOURS if any(one.disputes for one in scores.gallery) else [],
        "facts": [(one.name, tables.facts(one.method)) for one in scores.methods],
        # The page shows comparisons the other way round, and explains them in place.
        "definitions": {key: DEFINITIONS[key] for key in DEFINITIONS if key != "comparisons"},
    }


def _histograms(scores: Scores) -> list[tuple[str, charts.Histogram]]:
    found = []
    for one in scores.methods:
        # With several classes the headline is not a mean over photos, and its interval differs.
        interval = one.intervals.get("iou") if len(scores.classes) == 2 else None
        found.append((one.name, charts.histogram([row.iou for row in one.rows], interval)))
    return found


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("maskwright.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (counted, percent, signed, data_url, accepted)
    templates.filters |= {one.__name__: one for one in filters}
    return templates


def _source(*names: str) -> str:
    """Style sheets or scripts, unchanged: their braces are not template syntax."""
    folder = files("maskwright.report") / "templates"
    # Read as text: a checkout on Windows may have CRLF line ends, and browsers hash with LF.
    return "\n".join((folder / name).read_text(encoding="utf-8").strip() for name in names)


def _hash(script: str) -> str:
    return b64encode(sha256(script.encode()).digest()).decode("ascii")
