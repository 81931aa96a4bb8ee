"""Train with several seeds and recipes, score on a test set, and keep every figure.

    scripts/bench quality TRAIN TEST --recipe fast --minutes 10 --seeds 3
    scripts/bench quality TRAIN TEST --minutes 5 --seeds 3 --from subject

Each training is a process of its own, as a user would run it. A row that is in the results is not
made again. Every scoring appends a line to benchmarks/test-log.jsonl. docs/notebook/results.md
quotes the figures.
"""

from __future__ import annotations

import argparse
import json
import shlex
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.command import parser_of
from benchmarks.machine import machine
from benchmarks.opening_log import log
from benchmarks.result_files import FOLDER, read_results, write_results

RESULTS = FOLDER / "quality.json"


def main() -> None:
    """Make the rows that are missing, one for each seed."""
    parser = parser_of(__doc__, "train", "test")
    parser.add_argument("--recipe", default="fast")
    parser.add_argument("--from", dest="start", default="imagenet")
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--models", type=Path, default=Path("models"), help="kept models")
    options = parser.parse_args()
    recipe = options.recipe
    if options.start != "imagenet":
        recipe += f"-from-{options.start}"
    length = f"{options.minutes:g}min" if options.minutes else "default"
    names = [f"{options.train.parent.name}-{recipe}-{length}-{n}" for n in range(options.seeds)]
    rows = read_results(RESULTS)
    for seed, name in enumerate(names):
        if name in rows:
            print(f"{name}: done before")
            continue
        rows[name] = one_row(options, seed, options.models / name)
        write_results(RESULTS, rows)
        print(name, json.dumps(rows[name]["test"]))
    ious = [rows[name]["test"]["mean_iou"] for name in names]
    spread = statistics.stdev(ious) if len(ious) > 1 else float("nan")
    print(f"{options.recipe}: mean IoU {statistics.mean(ious):.4f}, spread {spread:.4f}")


def one_row(options: argparse.Namespace, seed: int, model: Path) -> dict[str, Any]:
    """Train, predict and score once."""
    train = ["train", str(options.train), "-o", str(model), "--recipe", options.recipe]
    train += ["--from", options.start, "--seed", str(seed), "--overwrite", "--json"]
    if options.minutes:
        train += ["--minutes", str(options.minutes)]
    trained, seconds, peak = timed(train)
    out = str(model.with_name(model.name + "-predictions"))
    photos = str(options.test / "images")
    timed(["predict", photos, "--model", str(model), "-o", out, "--overwrite", "--json"])
    scored, _, _ = timed(["evaluate", str(options.test), "--predictions", out, "--json"])
    summary = scored["results"]["methods"]["predictions"]["summary"]
    figures = {
        "mean_iou": summary["iou"],
        "accuracy": 1 - summary["error_rate"],
        "boundary_f": summary["classes"][0]["boundary_f"],
        "photos": scored["results"]["photos"],
    }
    log(options.test, ["maskwright", *train], figures)
    return {
        "recipe": options.recipe,
        "start": options.start,
        "seed": seed,
        "steps": trained["results"]["steps"],
        "minutes": seconds / 60,
        "peak_memory_mb": peak / 1e6,
        "held_out": (trained["results"]["metrics"]["validation"] or {}).get("mean_iou"),
        "test": figures,
        "machine": machine(),
    }


def timed(arguments: list[str]) -> tuple[dict[str, Any], float, int]:
    """Run maskwright; return its JSON, its seconds and the peak memory of all its processes."""
    begin = time.monotonic()
    command = [sys.executable, "-m", "maskwright", *arguments]
    run = psutil.Popen(command, stdout=subprocess.PIPE, text=True)
    peak = 0
    while True:
        try:
            out, _ = run.communicate(timeout=0.5)
            break
        except subprocess.TimeoutExpired:
            peak = max(peak, resident(run))
    if run.returncode != 0:
        sys.exit(f"{shlex.join(command)} failed: {out}")
    return json.loads(out), time.monotonic() - begin, peak


def resident(process: psutil.Process) -> int:
    """Sum the resident bytes of a process and all its children."""
    try:
        family = [process, *process.children(recursive=True)]
        return sum(one.memory_info().rss for one in family)
    except psutil.NoSuchProcess:
        return 0


if __name__ == "__main__":
    main()
