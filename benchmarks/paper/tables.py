"""The tables of docs/notebook/paper.md, and the links to its charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.markdown import markdown_table, paired_points, spread
from benchmarks.paper.charts import CHARTS
from benchmarks.paper.results import (
    Result,
    by_row,
    differences,
    extremes,
    values,
)
from benchmarks.paper.rows import ROWS
from maskwright.metrics.intervals import mean_interval

NONE_YET = "*There are no results yet.*"
_KINDS = ("accuracy", "mean_iou")


def parts(results: Mapping[str, Result]) -> dict[str, str]:
    """Tables and charts as Markdown, by the names of their places in the page."""
    charts = {
        name: f"![{chart.title}](images/{name}.svg)" if chart.can_draw(results) else NONE_YET
        for name, chart in CHARTS.items()
    }
    return {**tables(results), **charts}


def tables(results: Mapping[str, Result]) -> dict[str, str]:
    """All tables as Markdown, by the name that the page gives their place."""
    rows = by_row(results)
    return {
        "rows": _rows(rows),
        "fit": _fit(rows),
        "gap": _gap(rows),
        "leak": _leak(rows),
        "worth": _worth(rows),
        "examples": _examples(results),
    }


def _rows(rows: Mapping[str, Sequence[Result]]) -> str:
    heads = ["row", "seeds", "trained on / held out", "steps", "minutes"]
    heads += ["own validation: accuracy", "all background", "IoU", "test: accuracy", "IoU"]
    shown = [
        ("validation", "accuracy"),
        ("validation", "background_accuracy"),
        ("validation", "mean_iou"),
        ("test", "accuracy"),
        ("test", "mean_iou"),
    ]
    lines = []
    for row, members in rows.items():
        one = members[0]
        lines.append(
            [
                f"**{row}** {ROWS[row].title}",
                str(len(members)),
                f"{one['trained_on']} / {one['held_out']}",
                f"{one['steps']:,}",
                spread([result["minutes"] for result in members], ".1f"),
                *(spread(values(members, *figure), ".3f") for figure in shown),
            ]
        )
    everyone = [one for members in rows.values() for one in members]
    background = values(everyone, "test", "background_accuracy")
    if background:  # the same for all rows
        lines.append(["all background", *[""] * 7, f"{background[0]:.3f}", ""])
    return _table(heads, lines)


def _fit(rows: Mapping[str, Sequence[Result]]) -> str:
    heads = ["row", "training accuracy, last", "validation accuracy, last"]
    heads += ["validation loss, lowest", "after epoch", "validation loss, last"]
    lines = []
    for row, members in rows.items():
        lowest = [min(one["curve"], key=lambda at: at["validation_loss"]) for one in members]
        last = [one["curve"][-1] for one in members]
        lines.append(
            [
                f"**{row}**",
                spread([point["training_accuracy"] for point in last], ".3f"),
                spread([point["validation_accuracy"] for point in last], ".3f"),
                spread([point["validation_loss"] for point in lowest], ".3f"),
                " / ".join(f"{point['epoch']:.0f}" for point in lowest),
                spread([point["validation_loss"] for point in last], ".3f"),
            ]
        )
    return _table(heads, lines)


def _gap(rows: Mapping[str, Sequence[Result]]) -> str:
    heads = ["row", "accuracy", "IoU", "held out with a twin in training"]
    lines = []
    for row, members in rows.items():
        gaps = [differences(members, members, kind, "validation", "test") for kind in _KINDS]
        torn = [one["held_out_with_twins_in_training"] for one in members]
        twins = " / ".join(str(count) for count in dict.fromkeys(torn))
        torn_apart = f"{twins} of {members[0]['held_out']}"
        lines.append([f"**{row}**", *(spread(gap, "+.1f") for gap in gaps), torn_apart])
    return _table(heads, lines)


def _leak(rows: Mapping[str, Sequence[Result]]) -> str:
    like, own = "validation_with_copies", "validation"
    ways = {
        "own validation: b's pictures against c's originals": (own, own),
        "own validation, like for like: c's originals with their copies": (own, like),
        "the test set": ("test", "test"),
    }
    b, c = rows.get("b", []), rows.get("c", [])
    lines = []
    for title, (part, part_of_c) in ways.items():
        points = [differences(b, c, kind, part, part_of_c) for kind in _KINDS]
        if points[0]:
            by_seed = " / ".join(f"{point:+.1f}" for point in points[1])
            lines.append([title, *(spread(each, "+.1f") for each in points), by_seed])
    return _table(["b over c, in points", "accuracy", "IoU", "IoU of each seed"], lines)


def _worth(rows: Mapping[str, Sequence[Result]]) -> str:
    pairs = [
        ("augmentation, and the steps that go with it: c over a", "c", "a"),
        ("`fast` in the place of the paper's recipe: d over c", "d", "c"),
        ("ImageNet weights: d over e", "d", "e"),
    ]
    lines = []
    for title, more, less in pairs:
        both = rows.get(more, []), rows.get(less, [])
        points = [differences(*both, kind, "test", "test") for kind in _KINDS]
        if points[0]:
            photos = _photos_between(*both)
            lines.append([title, *(spread(each, "+.1f") for each in points), photos])
    heads = ["on the test set, in points", "accuracy", "IoU", "95 % interval over photos"]
    return _table(heads, lines)


def _photos_between(more: Sequence[Result], less: Sequence[Result]) -> str:
    """The interval of the difference in IoU between the first seeds, paired by photo."""
    ious = [one["test"].get("ious") for one in (*more, *less) if one["seed"] == 0]
    if len(ious) < 2 or not all(ious):
        return "-"
    low, high = mean_interval(paired_points(*ious))
    return f"{low:+.1f} to {high:+.1f}"


def _examples(results: Mapping[str, Result]) -> str:
    wins, failures = extremes(results)
    shown = [row for row in "acd" if f"{row}-0" in results]
    lines = []
    for kind, names in (("best", wins), ("worst", failures)):
        for name in names:
            ious = [results[f"{row}-0"]["test"]["ious"][name] for row in shown]
            lines.append([kind, f"`{name}`", *(f"{iou:.2f}" for iou in ious)])
    return _table(["c's", "photo", *(f"IoU of {row}" for row in shown)], lines)


def _table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    return markdown_table(heads, lines) if lines else NONE_YET
