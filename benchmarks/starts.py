"""Training from ImageNet's weights against training from the bundled model, in special fields.

    scripts/bench starts DATA... --time
    scripts/bench starts DATA... [--starts imagenet,subject] [--steps N]

A fixed half of each data folder, whole sources, is trained on with several seeds; the other half
is the test. `--time` wants a machine that does nothing else: it trains from each start on the
first half of the first folder for two minutes, with two threads, and keeps the number of steps.
Trainings of so many steps, one thread each, can then run side by side. A training that is in the
results is not made again, and results of other data, weights, steps or recipes are refused; the
commit beside each tells the code. Every scoring is noted in benchmarks/test-log.jsonl, and the
table goes into docs/notebook/results.md.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import cv2
import numpy as np

from benchmarks.command import parser_of
from benchmarks.domains import Halves, halved
from benchmarks.jobs import run_jobs
from benchmarks.machine import machine
from benchmarks.markdown import NOTEBOOK, fill, markdown_table, paired, paired_points, spread
from benchmarks.opening_log import log
from benchmarks.result_files import FOLDER, read_results, write_results
from maskwright import evaluate
from maskwright.data.pairs.tables import read_pairs
from maskwright.runtime.allocator import keep_freed_memory
from maskwright.runtime.bundled import model_path
from maskwright.runtime.directory import open_directory
from maskwright.training.recipes import recipe_named
from maskwright.training.start.weights import STARTS, with_start
from maskwright.training.train import train

RESULTS, TIMES, PAGE = FOLDER / "starts.json", FOLDER / "starts-time.json", NOTEBOOK / "results.md"
MINUTES, SEEDS = 2, 3
BASE, BUNDLED = "imagenet", "subject"
# Settings that training adapts to the number of photos.
_BY_PHOTOS = {"decoder_rate", "encoder_rate", "hold_decoder", "frozen_share"}


def main() -> None:
    """Train what is missing, then print the table; or find how many steps two minutes are."""
    options = _options()
    work = options.work.resolve()
    names = options.starts.split(",")
    sets = {data.resolve().name: halved(data, work / data.resolve().name) for data in options.data}
    if options.time:
        halves = next(iter(sets.values()))
        times = {name: timed(work, halves, name) for name in names}
        write_results(TIMES, read_results(TIMES) | times)
        return
    starts = {start: training_from(start, options.steps) for start in names}
    check_same(read_results(RESULTS), sets, starts)
    jobs = {
        f"{name} / {start} / {seed}": (str(work / name), halves, start, wanted, seed)
        for name, halves in sets.items()
        for start, wanted in starts.items()
        for seed in range(options.seeds)
    }
    results = run_jobs(one_training, jobs, RESULTS, options.workers)
    print(fill(PAGE, {"starts": table(results)}))


def _options() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("data", type=Path, nargs="+", help="data folders")
    parser.add_argument("--time", action="store_true", help="find the number of steps, and end")
    parser.add_argument("--starts", default=f"{BASE},{BUNDLED}", help="[%(default)s]")
    parser.add_argument("--steps", type=int, help="[default: what --time found]")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="[%(default)s]")
    parser.add_argument("--workers", type=int, default=2, help="trainings at once [%(default)s]")
    parser.add_argument("--work", type=Path, default=Path("models/starts"), help="[%(default)s]")
    return parser.parse_args()


def timed(work: Path, halves: Halves, start: str) -> dict[str, Any]:
    """Train for two minutes by the clock, and count the steps."""
    _prepare_process()
    model = work / f"time-{start.replace('/', '_')}"
    shutil.rmtree(model, ignore_errors=True)
    begin = time.perf_counter()
    result = train(halves.train, model, start=start, minutes=MINUTES, threads=2)
    seconds = time.perf_counter() - begin
    print(f"from {start}: {result.steps} steps in {seconds:.0f} seconds", flush=True)
    return {
        "steps": result.steps,
        "seconds": round(seconds, 1),
        "data": halves.fingerprint,
        "recipe": open_directory(model).info["recipe"],
        "machine": machine(),
    }


def training_from(start: str, steps: int | None) -> dict[str, Any]:
    """Steps, weights and recipe of all trainings from a start, as the results have them."""
    times = read_results(TIMES)
    if steps is None and start not in times:
        sys.exit(f"{TIMES}: how many steps {MINUTES} minutes are from {start}: run --time first")
    recipe = with_start(recipe_named("fast"), start, classes=2).to_json()
    return {
        "steps": steps or times[start]["steps"],
        "start_sha256": start_digest(start),
        "recipe": json.loads(json.dumps(recipe)),  # comparable with what is read
    }


def start_digest(start: str) -> str:
    """The identity of a start: its name, or the hash of a model's starting weights."""
    if start in STARTS:
        return start
    return open_directory(model_path(start)).hashes["weights.safetensors"]


def check_same(
    results: Mapping[str, Any],
    sets: Mapping[str, Halves],
    starts: Mapping[str, Mapping[str, Any]],
) -> None:
    """Stop if a result is of other data, weights, steps or recipes."""
    for job, result in results.items():
        name, start, _ = job.split(" / ")
        odd = []
        if name in sets and result["data"] != sets[name].fingerprint:
            odd.append("data")
        if start in starts:
            odd += _differing(result, starts[start])
        if odd:
            sys.exit(f"{RESULTS}: {job} is of other {', '.join(odd)}: remove it first")


def _differing(result: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    odd = [key for key in ("steps", "start_sha256") if result[key] != wanted[key]]
    fixed = wanted["recipe"].keys() - _BY_PHOTOS
    return odd + sorted(key for key in fixed if result["recipe"].get(key) != wanted["recipe"][key])


def _prepare_process() -> None:
    keep_freed_memory()
    cv2.setNumThreads(1)


def one_training(
    folder: str, halves: Halves, start: str, wanted: Mapping[str, Any], seed: int
) -> dict[str, Any]:
    """Train on one half as `maskwright train` does, and score on the other."""
    _prepare_process()
    model = Path(folder) / f"{start.replace('/', '_')}-{seed}"
    shutil.rmtree(model, ignore_errors=True)
    begin = time.process_time()
    train(halves.train, model, start=start, steps=wanted["steps"], seed=seed, threads=1)
    seconds = time.process_time() - begin
    scores = evaluate(halves.test, model=model, threads=1)
    log(halves.test, ["starts", "--from", start, "--seed", str(seed)], {"iou": scores.summary.iou})
    return {
        **wanted,
        "recipe": open_directory(model).info["recipe"],  # with the rates that were used
        "data": halves.fingerprint,
        "train_photos": len(list((halves.train / "images").iterdir())),
        "iou": scores.summary.iou,
        "boundary_f": scores.summary.boundary_f,
        "error_rate": scores.summary.error_rate,
        "by_photo": {row.name: row.iou for row in scores.rows},
        "groups": _groups(halves.test),
        "processor_seconds": round(seconds, 1),
        "machine": machine(),
    }


def _groups(test: Path) -> dict[str, str]:
    """The groups of the photos that share one."""
    rows = read_pairs(test / "pairs.csv").values()
    return {row.name: row.group for row in rows if row.group not in (None, row.name)}


def table(results: Mapping[str, Any]) -> str:
    """Both starts in each set, and the gain of the bundled model, as Markdown."""
    rows = []
    for name in dict.fromkeys(job.split(" / ")[0] for job in results):
        base, ours = (_of(results, name, start) for start in (BASE, BUNDLED))
        some = (base or ours)[0]
        cells = [name, f"{some['train_photos']}, {len(some['by_photo'])}"]
        cells += [spread([one["iou"] for one in seeds], ".3f") for seeds in (base, ours)]
        cells += _difference(base, ours) if len(base) == len(ours) else ["", "", ""]
        rows.append(cells)
    heads = ["data", "photos: training, test", "from ImageNet", "from `subject`", "points"]
    heads += ["photo by photo: points, 95 % interval", "better / worse"]
    return markdown_table(heads, rows)


def _of(results: Mapping[str, Any], name: str, start: str) -> list[dict[str, Any]]:
    """The seeds of one start in one set, in order."""
    jobs = f"{name} / {start} / "
    return [results[job] for job in sorted(results) if job.startswith(jobs)]


def _difference(base: Sequence[Mapping[str, Any]], ours: Sequence[Mapping[str, Any]]) -> list[str]:
    """The difference of the mean IoUs, and that photo by photo, each a mean over the seeds."""
    points = 100 * (fmean(one["iou"] for one in ours) - fmean(one["iou"] for one in base))
    every = [
        paired_points(one["by_photo"], other["by_photo"])
        for one, other in zip(ours, base, strict=True)
    ]
    groups = [ours[0]["groups"].get(name, name) for name in sorted(ours[0]["by_photo"])]
    return [f"{points:+.1f}", *paired(np.mean(every, axis=0).tolist(), groups)]


if __name__ == "__main__":
    main()
