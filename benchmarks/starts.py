"""Training from ImageNet's weights against training from the bundled model, in special fields.

    scripts/bench starts DATA... [--starts imagenet,subject] [--steps 190] [--workers 2]

Each DATA is a data folder. A fixed half of it, whole sources, is trained on with several seeds,
and the other half is the test. 190 steps at 320 pixels are what `maskwright train --minutes 2`
makes on two cores that do nothing else: as a number, so that trainings can run side by side, one
thread each. A training that is in the results already is not made again. Every scoring is noted in
benchmarks/test-log.jsonl, and the table goes into docs/results.md.
"""

from __future__ import annotations

import argparse
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
from maskwright.evaluation.intervals import mean_interval
from maskwright.runtime.allocator import keep_freed_memory
from maskwright.runtime.bundled import model_path
from maskwright.runtime.directory import open_directory
from maskwright.unet.start import STARTS
from maskwright.unet.train import train

RESULTS = Path(__file__).parent / "results" / "starts.json"
PAGE = Path(__file__).parents[1] / "docs" / "results.md"
STEPS, SEEDS = 190, 3
BASE, BUNDLED = "imagenet", "subject"


def main() -> None:
    """Train what is missing, then print the table."""
    options = _options()
    work = options.work.resolve()
    starts = {start: start_digest(start) for start in options.starts.split(",")}
    sets = {data.resolve().name: halved(data, work / data.resolve().name) for data in options.data}
    check_same(read_results(RESULTS), sets, starts, options.steps)
    jobs = {
        f"{name} / {start} / {seed}": (str(work / name), halves, start, digest, seed, options.steps)
        for name, halves in sets.items()
        for start, digest in starts.items()
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
    parser.add_argument("--starts", default=f"{BASE},{BUNDLED}", help="[%(default)s]")
    parser.add_argument("--steps", type=int, default=STEPS, help="[%(default)s]")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="[%(default)s]")
    parser.add_argument("--workers", type=int, default=2, help="trainings at once [%(default)s]")
    parser.add_argument("--work", type=Path, default=Path("models/starts"), help="[%(default)s]")
    return parser.parse_args()


def start_digest(start: str) -> str:
    """What tells the weights of a start: its name, or the hash of a model's starting weights."""
    if start in STARTS:
        return start
    return open_directory(model_path(start)).hashes["weights.safetensors"]


def check_same(
    results: Mapping[str, Any], sets: Mapping[str, Halves], starts: Mapping[str, str], steps: int
) -> None:
    """Figures of other data, weights or steps are not mixed in."""
    for job, result in results.items():
        name, start, _ = job.split(" / ")
        odd = name in sets and result["data"] != sets[name].fingerprint
        odd = odd or (start in starts and result["start_sha256"] != starts[start])
        if odd or result["steps"] != steps:
            sys.exit(f"{RESULTS}: {job} is of other data, weights or steps: take it out first")


def one_training(
    folder: str, halves: Halves, start: str, digest: str, seed: int, steps: int
) -> dict[str, Any]:
    """Train on one half as `maskwright train` does, and score on the other."""
    keep_freed_memory()
    cv2.setNumThreads(1)
    model = Path(folder) / f"{start.replace('/', '_')}-{seed}"
    shutil.rmtree(model, ignore_errors=True)
    begin = time.process_time()
    train(halves.train, model, start=start, steps=steps, seed=seed, threads=1)
    seconds = time.process_time() - begin
    scores = evaluate(halves.test, model=model, threads=1)
    log(halves.test, ["starts", "--from", start, "--seed", str(seed)], {"iou": scores.summary.iou})
    return {
        "steps": steps,
        "start_sha256": digest,
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
