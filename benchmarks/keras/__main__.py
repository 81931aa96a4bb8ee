"""The paper's pipeline in Keras, on TensorFlow, against ours, on this machine.

    scripts/bench keras speed DATA --venv DIR      seconds per step and per photo, and memory
    scripts/bench keras quality DATA --work DIR    minutes to the paper's IoU; needs the results of
                                                   `speed`, and of `scripts/bench paper` on DATA

`speed` wants a machine that does nothing else. `quality` goes on where it was stopped. Figures go
to benchmarks/results/keras.json, and tables of them into docs/notebook/results.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.jobs import read_results
from benchmarks.keras.quality import SIZES, STEPS, Race, quality
from benchmarks.keras.speed import KERAS, Lengths, speed
from benchmarks.keras.tables import write_tables
from benchmarks.machine import machine
from maskwright.errors import MaskwrightError
from maskwright.files import write_json

_FOLDER = Path(__file__).parents[1] / "results"
RESULTS = _FOLDER / "keras.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, and end with one sentence when something cannot be used."""
    options = _options(arguments)
    try:
        (_speed if options.what == "speed" else _quality)(options)
        if options.results == RESULTS:
            write_tables(read_results(RESULTS))
    except MaskwrightError as error:
        sys.exit(str(error))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("speed", "quality"))
    parser.add_argument("data", type=Path, help="a data folder")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--venv", type=Path, default=Path("keras-work/venv"), help="[%(default)s]")
    parser.add_argument("--work", type=Path, help="[keras-work; paper-work for quality]")
    parser.add_argument("--rounds", type=int, default=5, help="that count [%(default)s]")
    parser.add_argument("--steps", type=int, default=10, help="of a round [%(default)s]")
    parser.add_argument("--model-steps", type=int, default=100, help="[%(default)s]")
    parser.add_argument("--paper", type=Path, default=_FOLDER / "paper.json", help="its results")
    parser.add_argument("--seed", type=int, default=0, help="of the paper's row c [%(default)s]")
    budgets = ",".join(map(str, STEPS))
    parser.add_argument("--budgets", default=budgets, help="steps of `fast` [%(default)s]")
    sizes = ",".join(map(str, SIZES))
    parser.add_argument("--sizes", default=sizes, help="pixels that `fast` sees [%(default)s]")
    options = parser.parse_args(arguments)
    work = options.work or Path("keras-work" if options.what == "speed" else "paper-work")
    options.work = work.resolve()
    options.budgets = [int(steps) for steps in options.budgets.split(",")]
    options.sizes = [int(size) for size in options.sizes.split(",")]
    return options


def _speed(options: argparse.Namespace) -> None:
    lengths = Lengths(options.rounds, options.steps, options.model_steps)
    figures = speed(options.data.resolve(), options.work, options.venv.resolve(), lengths)
    _keep(options.results, "speed", figures | {"machine": machine()})
    print(json.dumps(figures, indent=1))


def _quality(options: argparse.Namespace) -> None:
    results, paper = read_results(options.results), read_results(options.paper)
    if "speed" not in results:
        sys.exit(f"{options.results} has no speed: run `scripts/bench keras speed` first")
    if f"c-{options.seed}" not in paper:
        sys.exit(f"{options.paper} has no row c-{options.seed}: run `scripts/bench paper` first")
    seconds = results["speed"]["training"]["of"][KERAS]["median"]
    key = f"quality-{options.seed}"
    race = Race(options.data.resolve(), options.work, options.seed, options.budgets, options.sizes)
    keep = partial(_keep, options.results, key)
    figures = quality(race, paper, seconds, results.get(key, {}), keep)
    _keep(options.results, key, figures | {"machine": machine()})
    print(json.dumps(figures, indent=1))


def _keep(path: Path, key: str, figures: dict[str, Any]) -> None:
    results = read_results(path)
    results[key] = figures
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, results)


if __name__ == "__main__":
    main()
