"""The paper's pipeline in Keras, on TensorFlow, against ours, on this machine.

    scripts/bench keras speed DATA --venv DIR      seconds per step and per photo, and memory
    scripts/bench keras quality DATA --work DIR    minutes to the paper's IoU; needs the results of
                                                   `speed`, and of `scripts/bench paper` on DATA

`speed` wants a machine that does nothing else. `quality` goes on where it was stopped. The tables
go into docs/notebook/results.md.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from benchmarks.command import parser_of
from benchmarks.keras.quality import Race, quality
from benchmarks.keras.speed import KERAS, speed
from benchmarks.keras.tables import tables
from benchmarks.machine import machine
from benchmarks.markdown import NOTEBOOK, fill
from benchmarks.result_files import FOLDER, read_results, write_results
from maskwright.errors import MaskwrightError

RESULTS, PAGE = FOLDER / "keras.json", NOTEBOOK / "results.md"


def main() -> None:
    """Run; an error of the package ends the command with its message."""
    options = _options()
    results = read_results(RESULTS)
    try:
        (_speed if options.what == "speed" else _quality)(options, results)
    except MaskwrightError as error:
        sys.exit(str(error))
    print(fill(PAGE, tables(read_results(RESULTS))))


def _options() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("what", choices=("speed", "quality"))
    parser.add_argument("data", type=Path, help="a data folder")
    parser.add_argument("--venv", type=Path, default=Path("keras-work/venv"), help="[%(default)s]")
    parser.add_argument("--work", type=Path, help="[keras-work; paper-work for quality]")
    parser.add_argument("--rounds", type=int, default=5, help="that count [%(default)s]")
    parser.add_argument("--steps", type=int, default=10, help="of a round [%(default)s]")
    parser.add_argument("--seed", type=int, default=0, help="of the paper's row c [%(default)s]")
    options = parser.parse_args()
    work = options.work or Path("keras-work" if options.what == "speed" else "paper-work")
    options.work = work.resolve()
    return options


def _speed(options: argparse.Namespace, results: dict[str, Any]) -> None:
    folder, venv = options.data.resolve(), options.venv.resolve()
    figures = speed(folder, options.work, venv, rounds=options.rounds, steps=options.steps)
    write_results(RESULTS, results | {"speed": figures | {"machine": machine()}})


def _quality(options: argparse.Namespace, results: dict[str, Any]) -> None:
    paper, row = read_results(FOLDER / "paper.json"), f"c-{options.seed}"
    if "speed" not in results:
        sys.exit(f"{RESULTS} has no speed: run `scripts/bench keras speed` first")
    if row not in paper:
        sys.exit(f"the paper's results have no row {row}: run `scripts/bench paper` first")
    key = f"quality-{options.seed}"

    def keep(figures: dict[str, Any]) -> None:
        write_results(RESULTS, results | {key: figures | {"machine": machine()}})

    seconds = results["speed"]["training"]["of"][KERAS]["median"]
    race = Race(options.data.resolve(), options.work, options.seed)
    quality(race, paper[row], seconds, results.get(key, {}), keep)


if __name__ == "__main__":
    main()
