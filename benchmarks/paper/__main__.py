"""The paper's experiment: augmented before the split, as it very likely was, and after it.

    scripts/bench paper TRAIN [TEST]    trains what is missing, then writes tables and charts
    scripts/bench paper                 writes tables and charts again

A row and seed that is in the results is not trained again. Tables go into docs/notebook/paper.md
and charts into docs/notebook/images, or all into the folder --out. Every scoring on TEST appends a
line to the log of openings.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.command import parser_of
from benchmarks.jobs import run_jobs
from benchmarks.markdown import NOTEBOOK, fill
from benchmarks.opening_log import TEST_LOG
from benchmarks.paper.charts import draw_charts
from benchmarks.paper.experiment import Job, train_and_score
from benchmarks.paper.rows import ROWS, recipe_of
from benchmarks.paper.tables import parts
from benchmarks.result_files import FOLDER, read_results
from maskwright.augmentation.augment import augment
from maskwright.data.dataset import open_dataset
from maskwright.errors import MaskwrightError, UsageError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run; an error of the package ends the command with its message."""
    try:
        run(_options(arguments))
    except MaskwrightError as error:
        sys.exit(str(error))


def run(options: argparse.Namespace) -> None:
    """Train what is missing, then write the page and the charts."""
    own = options.out is None
    kept, docs = (FOLDER, NOTEBOOK) if own else (options.out, options.out)
    path, page = kept / "paper.json", docs / "paper.md"
    results = read_results(path)
    if options.train is not None:
        settings = _settings(options)
        _check_same(path, results, settings)
        jobs = _jobs(options, settings, TEST_LOG if own else kept / "test-log.jsonl")
        jobs_by_name = {job.name: (job,) for job in jobs}
        results = run_jobs(train_and_score, jobs_by_name, path, options.workers)
    fill(page, parts(results))
    print("written:", page, *draw_charts(docs / "images", results), sep="\n  ")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("train", type=Path, nargs="?", help="a data folder")
    parser.add_argument("test", type=Path, nargs="?", help="another one, never trained on")
    parser.add_argument("--work", type=Path, default=Path("paper-work"), help="[%(default)s]")
    parser.add_argument("--out", type=Path, help="a folder for results, tables and charts")
    parser.add_argument("--workers", type=int, default=2, help="trainings at once [%(default)s]")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each row [%(default)s]")
    parser.add_argument("--rows", default=",".join(ROWS), help="[%(default)s]")
    parser.add_argument("--trial", action="store_true", help="a few steps on small photos")
    options = parser.parse_args(arguments)
    options.rows = options.rows.split(",")
    unknown = sorted(set(options.rows) - set(ROWS))
    if unknown:
        parser.error(f"--rows: there is no row {unknown[0]}; there are {', '.join(ROWS)}")
    if options.trial and options.out is None:
        parser.error("--trial makes no figures of worth: give --out, which keeps them apart")
    options.work = options.work.resolve()
    options.out = options.out and options.out.resolve()
    return options


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """Data and options of one experiment, kept with every result."""
    test = None if options.test is None else open_dataset(options.test).fingerprint()
    train = open_dataset(options.train).fingerprint()
    return {"train": train, "test": test, "trial": options.trial}


def _check_same(path: Path, results: dict[str, Any], settings: dict[str, Any]) -> None:
    """Refuse results of other data, or of recipes that have changed since."""
    for name, result in results.items():
        if result["settings"] != settings:
            raise UsageError(
                f"{path}: {name} is of other data or options: give --out FOLDER and --work FOLDER "
                "for these, or delete the file"
            )
        recipe = recipe_of(result["row"], trial=settings["trial"])
        if result["recipe"] != json.loads(json.dumps(recipe.to_json())):
            raise UsageError(
                f"{path}: the recipe of {name} has changed since: remove {name} from the file, and "
                "it is made again"
            )


def _jobs(options: argparse.Namespace, settings: dict[str, Any], test_log: Path) -> list[Job]:
    """All trainings, the first seed of every row first."""
    # Written once: rows b and c train on the same copies.
    augmented = augment(options.train, options.work / "augmented").out
    return [
        Job(
            row=row,
            seed=seed,
            settings=settings,
            train=options.train.resolve(),
            augmented=augmented,
            test=None if options.test is None else options.test.resolve(),
            test_log=test_log,
            trial=options.trial,
        )
        for seed in range(options.seeds)
        for row in options.rows
    ]


if __name__ == "__main__":
    main()
