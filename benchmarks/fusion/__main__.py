"""The paper's open question: do U-Net and GrabCut together beat either?

    scripts/bench fusion TRAIN [--domains DATA...] [--tests DATA...]

TRAIN is cross-validated five times in five folds, each of DOMAINS once, by networks of so many
steps as two minutes are (`scripts/bench starts --time`). Networks are trained once and kept in
--work, as is what they scored. TESTS are scored by the bundled model and its own gate, everything
frozen, and noted in benchmarks/test-log.jsonl. The tables go into docs/fusion.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.fusion.networks import folds_of, trained
from benchmarks.fusion.study import cross_validated
from benchmarks.fusion.tables import table
from benchmarks.jobs import read_results
from benchmarks.machine import machine
from benchmarks.peculiar import opened
from benchmarks.test_log import set_name
from maskwright.atomic import write_json
from maskwright.data.dataset import Dataset

RESULTS = Path(__file__).parents[1] / "results" / "fusion.json"
_STEPS = RESULTS.with_name("starts-time.json")
REPEATS = 5


def main() -> None:
    """Train and score what is missing, then print the tables."""
    options = _options()
    work = options.work.resolve()
    results = read_results(RESULTS)
    steps = json.loads(_STEPS.read_text())["subject"]["steps"]
    for data in [options.train, *options.domains]:
        name = set_name(data)
        repeats = REPEATS if data == options.train else 1
        dataset = opened(data)
        folder = work / name.replace("/", "-")
        wanted = folds_of(dataset, folder, repeats)
        trained(dataset, wanted, steps=steps, workers=options.workers)
        if name not in results:
            results[name] = _scored(dataset, wanted, repeats)
            write_json(RESULTS, results)
    for name, result in results.items():
        print(f"{name}\n\n{table(result)}\n")


def _scored(dataset: Dataset, wanted: list[Any], repeats: int) -> dict[str, Any]:
    return {
        "repeats": [
            cross_validated(dataset, [fold for fold in wanted if fold.repeat == repeat])
            for repeat in range(repeats)
        ],
        "groups": dict(dataset.sources),
        "machine": machine(),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("train", type=Path, help="a data folder")
    parser.add_argument("--domains", type=Path, nargs="*", default=[], help="data folders")
    parser.add_argument("--work", type=Path, default=Path("models/fusion"), help="[%(default)s]")
    parser.add_argument("--workers", type=int, default=2, help="trainings at once [%(default)s]")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
