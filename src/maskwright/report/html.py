"""The report as one HTML file that needs nothing else: no network, no other file, no script.

Names of photos, classes, methods and folders come from users. The templates escape all of them, and
a content security policy refuses every script but the two whose hashes it names.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from maskwright._version import __version__
from maskwright.evaluation import tiles
from maskwright.evaluation.scores import Scores
from maskwright.files import write_bytes
from maskwright.metrics.intervals import FEW
from maskwright.metrics.numbers import counted
from maskwright.report.definitions import DEFINITIONS
from maskwright.report.page import charts, photos, tables, versus, wording

_STYLES = ("style.css", "charts.css", "gallery.css")
_ERROR_COLOURS = [
    ("too much", tiles.EXTRA_COLOUR),
    ("missed", tiles.MISSED_COLOUR),
    ("another class", tiles.CONFUSED_COLOUR),
]
_PIECE_COLOURS = [
    ("GrabCut decided the piece", tiles.GIVEN_COLOUR),
    ("the network kept it", tiles.KEPT_COLOUR),
]
_EARLY_SCRIPT, _SCRIPTS = "theme.js", ("filters.js", "gallery.js")


def write_html(scores: Scores, path: Path) -> None:
    """Write the report, whole or not at all; equal scores give equal bytes.

    Args:
        scores: what to show.
        path: the file to write or replace.
    """
    # A file name may hold bytes that are no text: they are shown as question marks.
    write_bytes(path, html(scores).encode("utf-8", "replace"))


def html(scores: Scores) -> str:
    """Return the report as a page of HTML."""
    early, scripts = _source(_EARLY_SCRIPT), "\n".join(map(_source, _SCRIPTS))
    return (
        _templates()
        .get_template("report.html.j2")
        .render(
            **_content(scores),
            version=__version__,
            style=Markup("\n".join(map(_source, _STYLES))),
            early=Markup(early),
            script=Markup(scripts),
            hashes=[_hash(early), _hash(scripts)],
        )
    )


def _content(scores: Scores) -> dict[str, Any]:
    """What the templates show."""
    shown = photos.gallery(scores)
    several = len(scores.classes) > 2
    compared = versus.turned(scores.comparisons, [one.name for one in scores.methods])
    of_iou = tuple(one for one in compared if one.figure == "iou")
    return {
        "scores": scores,
        "title": wording.title(scores),
        "sentences": wording.summary(scores, of_iou),
        "several": several,
        "table": tables.methods_table(scores),
        "compared": compared,
        "few": FEW,
        "figures": tables.FIGURES,
        "histograms": _histograms(scores),
        "class_tables": [
            (one.name, tables.classes_table(one, scores.classes)) for one in scores.methods
        ],
        "confusions": [tables.confusion(one) for one in scores.methods],
        "curve": _curve(scores),
        "photos": shown,
        "suspects": photos.suspects(scores, shown),
        "colours": _colours(scores.classes),
        "error_colours": _ERROR_COLOURS[: len(scores.classes)],
        "piece_colours": _PIECE_COLOURS if any(one.pieces for one in scores.gallery) else [],
        "facts": [(one.name, tables.facts(one.method)) for one in scores.methods],
        # The page turns comparisons round and says so where it shows them.
        "definitions": {key: DEFINITIONS[key] for key in DEFINITIONS if key != "comparisons"},
    }


def _colours(classes: Sequence[str]) -> list[tuple[str, tuple[int, int, int]]]:
    return list(zip(classes[1:], tiles.class_colours(len(classes)), strict=True))


def _histograms(scores: Scores) -> list[tuple[str, charts.Histogram]]:
    # With several classes the headline is no mean over photos: its interval is not that of theirs.
    is_mean = len(scores.classes) == 2
    return [
        (
            one.name,
            charts.histogram(
                [row.iou for row in one.rows], one.intervals.get("iou") if is_mean else None
            ),
        )
        for one in scores.methods
    ]


def _curve(scores: Scores) -> charts.Curve | None:
    if scores.study is None or scores.study.curve is None or not scores.study.curve.points:
        return None
    return charts.curve(scores.study.curve.points)


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("maskwright.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["counted"] = counted
    return templates


def _source(name: str) -> str:
    """A style sheet or script as it is: its braces are no template's."""
    loader = _templates().loader
    assert loader is not None
    # A checkout on Windows may have other line ends; browsers hash scripts with these.
    return loader.get_source(_templates(), name)[0].replace("\r\n", "\n").strip()


def _hash(script: str) -> str:
    return b64encode(sha256(script.encode()).digest()).decode("ascii")
