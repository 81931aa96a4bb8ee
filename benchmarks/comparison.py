"""U-Net, GrabCut and SIOX on the same test photos in one run, with boxes and seeded by the network.

    scripts/bench comparison TEST --model MODEL

TEST is a data folder with a boxes.json. Every run opens it and is logged. The table goes into
docs/notebook/results.md.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.command import parser_of
from benchmarks.machine import machine
from benchmarks.markdown import NOTEBOOK, fill, interval, markdown_table
from benchmarks.opening_log import log
from benchmarks.result_files import FOLDER, write_results
from benchmarks.scores import compared, comparisons
from maskwright import evaluate
from maskwright.evaluation.scores import Scores

RESULTS, PAGE = FOLDER / "comparison.json", NOTEBOOK / "results.md"
SEEDS = {"boxes": None, "network": "model"}
METHODS = ("unet", "grabcut", "siox")


def main() -> None:
    """Score once with each kind of seeds, then print the table."""
    parser = parser_of(__doc__, "test")
    parser.add_argument("--model", type=Path, required=True)
    options = parser.parse_args()
    results: dict[str, Any] = {"machine": machine(), "model": options.model.name}
    for name, seeds in SEEDS.items():
        scores = evaluate(options.test, model=options.model, methods=METHODS, seeds=seeds)
        results[name] = _plain(scores)
        ious = {one.name: round(one.summary.iou, 4) for one in scores.methods}
        log(options.test, sys.argv, {"seeds": name, "mean_iou": ious})
    print(fill(PAGE, {"comparison": table(write_results(RESULTS, results))}))


def table(results: Mapping[str, Any]) -> str:
    """The methods as Markdown, the network first."""
    rows = []
    for seeds in SEEDS:
        kept = results[seeds]
        for name, one in kept["methods"].items():
            if name == "unet" and seeds != next(iter(SEEDS)):
                continue  # it takes no seeds: the same row again
            iou = interval(one["iou"], one["interval"], ".3f")
            cells = [name, "none" if name == "unet" else seeds, iou]
            versus = compared(kept["comparisons"], name, "iou")
            rows.append([*cells, f"{100 * one['error_rate']:.2f}", *versus])
    heads = ["method", "seeds", "mean IoU, 95 % interval", "mislabelled %"]
    heads += ["points of IoU against the U-Net, 95 % interval", "better / worse"]
    return markdown_table(heads, rows)


def _plain(scores: Scores) -> dict[str, Any]:
    by_photo: dict[str, dict[str, float]] = {}
    for one in scores.methods:
        for row in one.rows:
            by_photo.setdefault(row.name, {})[one.name] = row.iou
    return {
        "methods": {
            one.name: {
                "iou": one.summary.iou,
                "interval": one.intervals["iou"],
                "error_rate": one.summary.error_rate,
            }
            for one in scores.methods
        },
        "comparisons": comparisons(scores, "unet", ("iou",)),
        "by_photo": by_photo,
    }


if __name__ == "__main__":
    main()
