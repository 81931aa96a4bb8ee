"""Train with several seeds and recipes, score on a test set, and keep every figure.

    scripts/bench quality TRAIN TEST --recipe fast --minutes 10 --seeds 3
    scripts/bench quality TRAIN TEST --minutes 5 --seeds 3 --from subject

Each training is a process of its own, as a user would run it; a figure that is in the results
already is not made again. Every scoring appends a line to benchmarks/test-log.jsonl.
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

from benchmarks.machine import machine
from benchmarks.opening_log import log

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "quality.json"


def main() -> None:
    """Make the rows that are missing, one per seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--recipe", default="fast")
    parser.add_argument("--from", dest="start", default="imagenet")
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--models", type=Path, default=Path("models"), help="kept models")
    options = parser.parse_args()
    rows: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    names = []
    for seed in range(options.seeds):
        length = f"{options.minutes:g}min" if options.minutes else "default"
        recipe = options.recipe
        if options.start != "imagenet":
            recipe += f"-from-{options.start}"
        name = f"{options.train.parent.name}-{recipe}-{length}-{seed}"
        names.append(name)
        if name in rows:
            print(f"{name}: done before")
            continue
        rows[name] = one_row(options, seed, options.models / name)
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
        print(name, json.dumps(rows[name]["test"]))
    ious = [rows[name]["test"]["mean_iou"] for name in names]
    spread = statistics.stdev(ious) if len(ious) > 1 else float("nan")
    print(f"{options.recipe}: mean IoU {statistics.mean(ious):.4f}, spread {spread:.4f}")


def one_row(options: argparse.Namespace, seed: int, model: Path) -> dict[str, Any]:
    """Train, predict and score once."""
    train = ["maskwright", "train", str(options.train), "-o", str(model)]
    train += ["--from", options.start, "--recipe", options.recipe]
    train += ["--seed", str(seed), "--overwrite", "--json"]
    if options.minutes:
        train += ["--minutes", str(options.minutes)]
    trained, seconds, peak = timed(train)
    out = model.with_name(model.name + "-predictions")
    photos = options.test / "images"
    predict = ["maskwright", "predict", str(photos), "--model", str(model), "-o", str(out)]
    timed([*predict, "--overwrite", "--json"])
    evaluate = ["maskwright", "evaluate", str(options.test), "--predictions", str(out)]
    scored, _, _ = timed([*evaluate, "--json"])
    summary = scored["results"]["methods"]["predictions"]["summary"]
    figures = {
        "mean_iou": summary["iou"],
        "accuracy": 1 - summary["error_rate"],
        "boundary_f": summary["classes"][0]["boundary_f"],
        "photos": scored["results"]["photos"],
    }
    log(options.test, train, figures)
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


def timed(command: list[str]) -> tuple[dict[str, Any], float, int]:
    """Run a command; return its JSON, its seconds and the peak memory of all its processes."""
    begin = time.monotonic()
    run = psutil.Popen([sys.executable, "-m", *command], stdout=subprocess.PIPE, text=True)
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
