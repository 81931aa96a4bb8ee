"""Training from ImageNet's weights against training from the bundled model, in special fields.

    scripts/bench starts DATA... --time
    scripts/bench starts DATA... [--starts imagenet,subject] [--steps N] [--other-code]

Each DATA is a data folder. A fixed half of it, whole sources, is trained on with several seeds,
and the other half is the test. `--time` runs alone, on a machine that does nothing else: it trains
from each start on the first half for two minutes, with two threads, and keeps how many steps that
makes. By so many steps, one thread each, the trainings can then run side by side. One that is in
the results already is not made again, and none of other data, weights or recipe is mixed in; nor of
other code, unless --other-code says that the change does not concern it (each keeps its digest).
Every scoring is noted in benchmarks/test-log.jsonl, and the table goes into
docs/notebook/results.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import cv2
import numpy as np

from benchmarks.domains import Halves, halved
from benchmarks.jobs import read_results, run_jobs
from benchmarks.machine import machine
from benchmarks.page import fill
from benchmarks.paper.results import paired_points
from benchmarks.test_log import log
from maskwright import evaluate
from maskwright.data.tables import read_pairs
from maskwright.files import write_json
from maskwright.metrics.intervals import mean_interval
from maskwright.runtime.allocator import keep_freed_memory
from maskwright.runtime.bundled import model_path
from maskwright.runtime.directory import open_directory
from maskwright.training.recipes import recipe_named
from maskwright.training.start.weights import STARTS, with_start
from maskwright.training.train import train

RESULTS = Path(__file__).parent / "results" / "starts.json"
TIMES = RESULTS.with_name("starts-time.json")
PAGE = Path(__file__).parents[1] / "docs" / "notebook" / "results.md"
CODE = Path(__file__).parents[1] / "src" / "maskwright"
MINUTES, SEEDS = 2, 3
BASE, BUNDLED = "imagenet", "subject"
# What depends on the photos too: the code decides how.
_BY_PHOTOS = {"decoder_rate", "encoder_rate", "hold_decoder", "frozen_share"}


def main() -> None:
    """Train what is missing, then print the table; or only find how many steps two minutes are."""
    options = _options()
    work = options.work.resolve()
    names = options.starts.split(",")
    sets = {data.resolve().name: halved(data, work / data.resolve().name) for data in options.data}
    if options.time:
        halves = next(iter(sets.values()))
        write_json(TIMES, read_results(TIMES) | {name: timed(work, halves, name) for name in names})
        return
    starts = {
        start: training_from(start, options.steps, other_code=options.other_code) for start in names
    }
    check_same(read_results(RESULTS), sets, starts, other_code=options.other_code)
    jobs = {
        f"{name} / {start} / {seed}": (str(work / name), halves, start, asked, seed)
        for name, halves in sets.items()
        for start, asked in starts.items()
        for seed in range(options.seeds)
    }
    done = table(run_jobs(one_training, jobs, RESULTS, options.workers))
    fill(PAGE, {"starts": done})
    print(done)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="+", help="data folders")
    parser.add_argument("--time", action="store_true", help="find the number of steps, and end")
    parser.add_argument("--starts", default=f"{BASE},{BUNDLED}", help="[%(default)s]")
    parser.add_argument("--steps", type=int, help="[default: what --time found]")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="[%(default)s]")
    parser.add_argument("--workers", type=int, default=2, help="trainings at once [%(default)s]")
    parser.add_argument("--other-code", action="store_true", help="mix results of other code")
    parser.add_argument("--work", type=Path, default=Path("models/starts"), help="[%(default)s]")
    return parser.parse_args()


def timed(work: Path, halves: Halves, start: str) -> dict[str, Any]:
    """Train for two minutes by the clock, and say how many steps they were."""
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
        "code_sha256": code_digest(),
        "recipe": open_directory(model).info["recipe"],
        "machine": machine(),
    }


def training_from(start: str, steps: int | None, *, other_code: bool = False) -> dict[str, Any]:
    """What all trainings from a start have in common, by its key in the results."""
    code = code_digest()
    found = read_results(TIMES).get(start)
    timed_here = found is not None and (other_code or found["code_sha256"] == code)
    if steps is None and not timed_here:
        sys.exit(f"{TIMES}: how many steps {MINUTES} minutes are from {start}: run --time first")
    recipe = with_start(recipe_named("fast"), start, classes=2).to_json()
    return {
        "steps": steps or found["steps"],
        "start_sha256": start_digest(start),
        "code_sha256": code,
        # As JSON has it, so that it can be compared with what was read.
        "recipe": json.loads(json.dumps(recipe)),
    }


def start_digest(start: str) -> str:
    """What tells the weights of a start: its name, or the hash of a model's starting weights."""
    if start in STARTS:
        return start
    return open_directory(model_path(start)).hashes["weights.safetensors"]


def code_digest() -> str:
    """SHA-256 of the program's files that train."""
    whole = hashlib.sha256()
    for room in ("augment", "unet"):
        for path in sorted((CODE / room).rglob("*.py")):
            whole.update(path.relative_to(CODE).as_posix().encode() + path.read_bytes())
    return whole.hexdigest()


def check_same(
    results: Mapping[str, Any],
    sets: Mapping[str, Halves],
    starts: Mapping[str, Mapping[str, Any]],
    *,
    other_code: bool = False,
) -> None:
    """Figures of other data, weights, steps, recipes or code are not mixed in."""
    codes = {asked["code_sha256"] for asked in starts.values()}
    for job, result in results.items():
        name, start, _ = job.split(" / ")
        odd = [] if other_code or result["code_sha256"] in codes else ["code"]
        if name in sets and result["data"] != sets[name].fingerprint:
            odd.append("data")
        if start in starts:
            odd += _differing(result, starts[start])
        if odd:
            sys.exit(f"{RESULTS}: {job} is of other {', '.join(odd)}: take it out first")


def _differing(result: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    odd = [key for key in ("steps", "start_sha256") if result[key] != asked[key]]
    fixed = asked["recipe"].keys() - _BY_PHOTOS
    return odd + sorted(key for key in fixed if result["recipe"].get(key) != asked["recipe"][key])


def _prepare_process() -> None:
    keep_freed_memory()
    cv2.setNumThreads(1)


def one_training(
    folder: str, halves: Halves, start: str, asked: Mapping[str, Any], seed: int
) -> dict[str, Any]:
    """Train on one half as `maskwright train` does, and score on the other."""
    _prepare_process()
    model = Path(folder) / f"{start.replace('/', '_')}-{seed}"
    shutil.rmtree(model, ignore_errors=True)
    begin = time.process_time()
    train(halves.train, model, start=start, steps=asked["steps"], seed=seed, threads=1)
    seconds = time.process_time() - begin
    scores = evaluate(halves.test, model=model, threads=1)
    log(halves.test, ["starts", "--from", start, "--seed", str(seed)], {"iou": scores.summary.iou})
    return {
        **asked,
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
    return {row.name: row.group or row.name for row in read_pairs(test / "pairs.csv").values()}


def table(results: Mapping[str, Any]) -> str:
    """Both starts in each set, and what the bundled model is worth, as Markdown."""
    lines = [
        "| data | photos: training, test | from ImageNet | from `subject` | points "
        "| photo by photo: points, 95 % interval | better / worse |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in dict.fromkeys(job.split(" / ")[0] for job in results):
        base, ours = (_of(results, name, start) for start in (BASE, BUNDLED))
        some = (base or ours)[0]
        cells = [name, f"{some['train_photos']}, {len(some['by_photo'])}"]
        cells += [_spread([one["iou"] for one in base]), _spread([one["iou"] for one in ours])]
        cells += _difference(base, ours) if len(base) == len(ours) else ["", "", ""]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _of(results: Mapping[str, Any], name: str, start: str) -> list[dict[str, Any]]:
    """The seeds of one start in one set, in order."""
    wanted = f"{name} / {start} / "
    return [results[job] for job in sorted(results) if job.startswith(wanted)]


def _spread(ious: Sequence[float]) -> str:
    if len(ious) < 2:
        return " ".join(f"{iou:.3f}" for iou in ious)
    return f"{fmean(ious):.3f} ± {stdev(ious):.3f}"


def _difference(base: Sequence[Mapping[str, Any]], ours: Sequence[Mapping[str, Any]]) -> list[str]:
    """The headline's difference, and that of the photos, each with its mean over the seeds."""
    points = 100 * (fmean(one["iou"] for one in ours) - fmean(one["iou"] for one in base))
    every = [
        paired_points(one["by_photo"], other["by_photo"])
        for one, other in zip(ours, base, strict=True)
    ]
    photos = np.mean(every, axis=0)
    groups = [ours[0]["groups"][name] for name in sorted(ours[0]["by_photo"])]
    low, high = mean_interval(photos.tolist(), groups)
    return [
        f"{points:+.1f}",
        f"{photos.mean():+.1f} ({low:+.1f} to {high:+.1f})",
        f"{(photos > 0).sum()} / {(photos < 0).sum()}",
    ]


if __name__ == "__main__":
    main()
