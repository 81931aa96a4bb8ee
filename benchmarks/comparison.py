"""U-Net, GrabCut and SIOX on the same test photos in one run, with boxes and seeded by the network.

    scripts/bench comparison TEST --model MODEL

TEST is a data folder with a boxes.json. Every run opens it, and is logged. The table goes into
docs/notebook/results.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.page import fill
from benchmarks.test_log import log
from maskwright import evaluate
from maskwright.evaluation.scores import Scores
from maskwright.files import write_json

RESULTS = Path(__file__).parent / "results" / "comparison.json"
PAGE = Path(__file__).parents[1] / "docs" / "notebook" / "results.md"
SEEDS = {"boxes": None, "network": "model"}
METHODS = ("unet", "grabcut", "siox")


def main() -> None:
    """Score once for each kind of seeds, keep and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("test", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    options = parser.parse_args()
    results: dict[str, Any] = {"machine": machine(), "model": options.model.name}
    for name, seeds in SEEDS.items():
        scores = evaluate(options.test, model=options.model, methods=METHODS, seeds=seeds)
        results[name] = _plain(scores)
        ious = {one.name: round(one.summary.iou, 4) for one in scores.methods}
        log(options.test, sys.argv, {"seeds": name, "mean_iou": ious})
    write_json(RESULTS, results)
    done = table(results)
    fill(PAGE, {"comparison": done})
    print(done)


def table(results: Mapping[str, Any]) -> str:
    """The methods as Markdown, the network first."""
    lines = [
        "| method | seeds | mean IoU, 95 % interval | mislabelled % | points of IoU against the "
        "U-Net, 95 % interval | better / worse |",
        "|---|---|---|---|---|---|",
    ]
    for seeds in SEEDS:
        kept = results[seeds]
        against = {one["first"]: one for one in kept["comparisons"] if one["second"] == "unet"}
        for name, one in kept["methods"].items():
            if name == "unet" and seeds != next(iter(SEEDS)):
                continue  # it takes no seeds: the same row again
            low, high = one["interval"]
            cells = [
                name,
                "none" if name == "unet" else seeds,
                f"{one['iou']:.3f} ({low:.3f} to {high:.3f})",
                f"{100 * one['error_rate']:.2f}",
            ]
            versus = against.get(name)
            if versus is None:
                cells += ["", ""]
            else:
                points = [f"{100 * versus[key]:+.1f}" for key in ("difference", "low", "high")]
                cells.append(f"{points[0]} ({points[1]} to {points[2]})")
                cells.append(f"{versus['wins']} / {versus['losses']}")
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _plain(scores: Scores) -> dict[str, Any]:
    methods = {
        one.name: {
            "iou": one.summary.iou,
            "interval": one.intervals["iou"],
            "error_rate": one.summary.error_rate,
            "by_photo": {row.name: row.iou for row in one.rows},
        }
        for one in scores.methods
    }
    comparisons = [asdict(one) for one in scores.comparisons if one.figure == "iou"]
    return {"methods": methods, "comparisons": comparisons}


if __name__ == "__main__":
    main()
