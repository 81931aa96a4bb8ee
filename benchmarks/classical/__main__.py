"""GrabCut (OpenCV's and ours) and SIOX side by side: error and time, then noise and bad light.

    scripts/bench classical TRAIN [--grabcut GRABCUT20]

TRAIN is a data folder with a boxes.json. GRABCUT20 holds photos of the GrabCut database with
masks of 0, 128 (void) and 255, and folders of strokes; every run on it is logged. One thread;
methods take turns on every photo. The tables go into docs/notebook/results.md.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.classical.cases import CHANGES, changed, grabcut_sets, seeded
from benchmarks.classical.measure import REFERENCE, measure, methods
from benchmarks.classical.tables import robustness_table, speed_table
from benchmarks.command import parser_of
from benchmarks.machine import machine
from benchmarks.markdown import NOTEBOOK, fill
from benchmarks.opening_log import log
from benchmarks.result_files import FOLDER, read_results, write_results
from maskwright.data.dataset import open_dataset

RESULTS, PAGE = FOLDER / "classical.json", NOTEBOOK / "results.md"
_COMPARED = (REFERENCE, "grabcut", "siox")


def main() -> None:
    """Measure, then print the tables."""
    parser = parser_of(__doc__, "train")
    parser.add_argument("--grabcut", type=Path, help="a test set [left out]")
    parser.add_argument("--rounds", type=int, default=2, help="the fastest counts [%(default)s]")
    options = parser.parse_args()
    boxed = seeded(open_dataset(options.train))
    sets = read_results(RESULTS).get("sets", {})
    sets["animals"] = measure(boxed, methods(), rounds=options.rounds)
    ways = {name: way for name, way in methods().items() if name in _COMPARED}
    changes = {
        name: measure(changed(boxed, change), ways, rounds=1) for name, change in CHANGES.items()
    }
    if options.grabcut:
        for name, cases in grabcut_sets(options.grabcut).items():
            figures = measure(cases, methods(), rounds=options.rounds)
            sets[f"grabcut-{name}"] = figures
            means = {way: round(fmean(one["error"]), 5) for way, one in figures.items()}
            log(options.grabcut, sys.argv, {"seeds": name, "mean_error": means})
    results = {"machine": machine(), "sets": sets, "changes": changes}
    print(fill(PAGE, tables(write_results(RESULTS, results))))


def tables(results: Mapping[str, Any]) -> dict[str, str]:
    """The tables by the names of their places in the page."""
    parts = {f"classical-{name}": speed_table(rows) for name, rows in results["sets"].items()}
    return {**parts, "classical-changes": robustness_table(results["changes"])}


if __name__ == "__main__":
    main()
