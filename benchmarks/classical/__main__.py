"""GrabCut (OpenCV's and ours) and SIOX side by side: error and time, then noise and bad light.

    scripts/bench classical TRAIN [--grabcut GRABCUT20]

TRAIN is a data folder with a boxes.json; GRABCUT20 holds photos of the GrabCut database with
masks of 0, 128 (void) and 255, and folders of strokes. One thread; methods take turns on every
photo. The tables go into docs/notebook/results.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.classical.cases import CHANGES, changed, grabcut_sets, seeded
from benchmarks.classical.measure import REFERENCE, Figures, measure, methods
from benchmarks.classical.tables import robustness_table, speed_table
from benchmarks.machine import machine
from benchmarks.page import fill
from benchmarks.test_log import log
from maskwright.data.dataset import open_dataset
from maskwright.files import write_json

RESULTS = Path(__file__).parents[1] / "results" / "classical.json"
PAGE = Path(__file__).parents[2] / "docs" / "notebook" / "results.md"
_COMPARED = (REFERENCE, "grabcut", "siox")


def main() -> None:
    """Measure, keep and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train", type=Path)
    parser.add_argument("--grabcut", type=Path, help="a test set: every run is logged")
    parser.add_argument("--rounds", type=int, default=2, help="the fastest of these is the time")
    options = parser.parse_args()
    results: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results["machine"] = machine()
    boxed = seeded(open_dataset(options.train))
    results["sets"] = results.get("sets", {})
    results["sets"]["animals"] = _plain(measure(boxed, methods(), rounds=options.rounds))
    ways = {name: way for name, way in methods().items() if name in _COMPARED}
    results["changes"] = {
        name: _plain(measure(changed(boxed, change), ways, rounds=1))
        for name, change in CHANGES.items()
    }
    if options.grabcut:
        for name, cases in grabcut_sets(options.grabcut).items():
            figures = measure(cases, methods(), rounds=options.rounds)
            results["sets"][f"grabcut-{name}"] = _plain(figures)
            means = {way: round(float(np.mean(one.error)), 5) for way, one in figures.items()}
            log(options.grabcut, sys.argv, {"seeds": name, "mean_error": means})
    write_json(RESULTS, results)
    parts = tables(results)
    fill(PAGE, parts)
    print("\n\n".join(parts.values()))


def tables(results: Mapping[str, Any]) -> dict[str, str]:
    """The tables of docs/notebook/results.md by name."""
    parts = {f"classical-{name}": speed_table(rows) for name, rows in results["sets"].items()}
    return {**parts, "classical-changes": robustness_table(results["changes"])}


def _plain(figures: Mapping[str, Figures]) -> dict[str, Any]:
    return {name: one.to_json() for name, one in figures.items()}


if __name__ == "__main__":
    main()
