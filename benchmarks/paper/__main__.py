"""The paper's experiment: augmented before the split, as it very likely was, and after it.

    scripts/bench paper TRAIN [TEST]    trains what is missing, then writes tables and charts
    scripts/bench paper                 writes tables and charts again

A row and seed that is in the results is not trained again; one that was stopped goes on from its
checkpoint. Tables go into docs/notebook/paper.md, charts beside it; with --out all of it goes
there. Sample predictions, which show photos, are drawn in the work folder only. Every scoring on
TEST appends a line to the test log.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.jobs import read_results, run_jobs
from benchmarks.page import fill
from benchmarks.paper.charts import draw_charts
from benchmarks.paper.experiment import Job, train_and_score
from benchmarks.paper.page import parts
from benchmarks.paper.rows import ROWS, recipe_of
from benchmarks.paper.sheet import draw_sheet
from benchmarks.test_log import TEST_LOG
from maskwright.augmentation.augment import augment
from maskwright.data.dataset import open_dataset
from maskwright.errors import MaskwrightError, UsageError

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Places:
    """Where what comes out goes."""

    results: Path
    page: Path
    charts: Path
    test_log: Path


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, and end with one sentence when something cannot be used."""
    try:
        run(_options(arguments))
    except MaskwrightError as error:
        sys.exit(str(error))


def run(options: argparse.Namespace) -> None:
    """Train what is missing and write it all up."""
    places = _places(options.out)
    results = read_results(places.results)
    if options.train is not None:
        settings = _settings(options)
        _check_same(places.results, results, settings)
        jobs = _jobs(options, settings, places)
        results = run_jobs(
            train_and_score, {job.name: (job,) for job in jobs}, places.results, options.workers
        )
    fill(places.page, parts(results))
    made = [places.page, *draw_charts(places.charts, results)]
    sheet = options.work / "samples.png"
    runs = _runs(options)
    if options.test is not None and draw_sheet(sheet, results, options.test, runs):
        made.append(sheet)
    print("written:", *made, sep="\n  ")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
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
        parser.error("--trial: its figures say nothing; give --out, so that they stay apart")
    options.work = options.work.resolve()
    return options


def _places(out: Path | None) -> Places:
    if out is None:
        results = PROJECT / "benchmarks" / "results" / "paper.json"
        docs = PROJECT / "docs" / "notebook"
        return Places(results, docs / "paper.md", docs / "images", TEST_LOG)
    out = out.resolve()
    return Places(out / "paper.json", out / "paper.md", out / "images", out / "test-log.jsonl")


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """What all results of one experiment share."""
    test = None if options.test is None else open_dataset(options.test).fingerprint()
    train = open_dataset(options.train).fingerprint()
    return {"train": train, "test": test, "trial": options.trial}


def _check_same(path: Path, results: dict[str, Any], settings: dict[str, Any]) -> None:
    """Figures of other data, or of recipes that have changed since, are not mixed in."""
    for name, result in results.items():
        if result["settings"] != settings:
            raise UsageError(
                f"{path}: {name} is of other data or options: give --out FOLDER and --work FOLDER "
                "for these, or delete the file"
            )
        recipe = recipe_of(result["row"], trial=settings["trial"])
        if result["recipe"] != json.loads(json.dumps(recipe.to_json())):
            raise UsageError(
                f"{path}: the recipe of {name} has changed since: take {name} out of the file, and "
                "it is made again"
            )


def _runs(options: argparse.Namespace) -> Path:
    """Where trainings keep their checkpoints: those of a trial fit no other."""
    return Path(options.work / ("trial" if options.trial else "runs"))


def _jobs(options: argparse.Namespace, settings: dict[str, Any], places: Places) -> list[Job]:
    """All trainings asked for: the first seed of every row goes first."""
    # Written once: rows b and c train on the very same copies.
    augmented = augment(options.train, options.work / "augmented").out
    return [
        Job(
            row=row,
            seed=seed,
            settings=settings,
            train=options.train.resolve(),
            augmented=augmented,
            test=None if options.test is None else options.test.resolve(),
            folder=_runs(options) / f"{row}-{seed}",
            test_log=places.test_log,
            trial=options.trial,
        )
        for seed in range(options.seeds)
        for row in options.rows
    ]


if __name__ == "__main__":
    main()
