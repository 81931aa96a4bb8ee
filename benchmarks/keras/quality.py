"""Time to quality: `fast` as a command against the paper's pipeline in Keras.

Keras minutes are defined, not run: Keras seconds per step, times the first step at which the
paper's experiment, split by source (row c of benchmarks/paper), is within half a point of the
validation IoU that it ends with. `fast` is run with more and more steps, each time a process with
its start and its end, until it has the same IoU on the same photos.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.keras.environment import variables
from benchmarks.paper.rows import plan
from benchmarks.paper.scoring import scored
from maskwright.augmentation.augment import augment
from maskwright.data.dataset import open_dataset
from maskwright.data.doctor.fix import fix
from maskwright.data.pairs.tables import PairRow, pairs_csv
from maskwright.data.split import Split
from maskwright.data.write import write_tables
from maskwright.runtime.segmenter import load
from maskwright.training.recipes import PAPER

POINTS = 0.5
Run = dict[str, Any]
STEPS = (40, 60, 80, 100, 120, 150, 200, 250, 300, 400, 600, 1000)
SIZES = (320, 224, 160)


def nearly_there(
    curve: Sequence[Mapping[str, Any]], final: float, points: float = POINTS
) -> tuple[int, float]:
    """Find the first step whose validation IoU is at most so many points under the final one.

    Args:
        curve: points with `step` and `validation_iou`, in any order.
        final: the IoU at the end, 0..1.
        points: hundredths of IoU.

    Returns:
        The step, and the IoU there.

    Raises:
        ValueError: no point comes that close.
    """
    for point in sorted(curve, key=lambda point: point["step"]):
        if point["validation_iou"] >= final - points / 100 - 1e-9:
            return int(point["step"]), float(point["validation_iou"])
    raise ValueError(f"no point of the curve is within {points} points of {final:.4f}")


def first_reaching(
    runs: dict[int, Run], budgets: Sequence[int], target: float, run: Callable[[int], Run]
) -> int | None:
    """Run with growing budgets until one reaches a target.

    Args:
        runs: what was run before, by budget, and is not run again; new runs are added.
        budgets: steps, in any order.
        target: the `iou` to reach.
        run: makes a run; returns its `iou` and more.

    Returns:
        The first budget that reached it, None when none did.
    """
    for budget in sorted(budgets):
        if budget not in runs:
            runs[budget] = run(budget)
        if runs[budget]["iou"] >= target:
            return budget
    return None


@dataclass(frozen=True)
class Race:
    """The race to an IoU.

    Attributes:
        data: the folder that the experiment was run on.
        work: the experiment's work folder: the augmented copies are there, or are made again.
        seed: of the experiment.
    """

    data: Path
    work: Path
    seed: int


def quality(
    race: Race,
    row: Mapping[str, Any],
    keras_seconds: float,
    earlier: Mapping[str, Any],
    keep: Callable[[dict[str, Any]], None],
) -> None:
    """Time `fast` to the IoU of the paper's pipeline.

    Args:
        race: data, folder and seed.
        row: row c of benchmarks/paper with this seed.
        keras_seconds: Keras seconds per step.
        earlier: the figures that an earlier call with this seed has kept.
        keep: called with the figures after every run of `fast`.
    """
    # The last point of the curve, which is scored on the same photos as all other points.
    final = max(row["curve"], key=lambda point: point["step"])["validation_iou"]
    step, target = nearly_there(row["curve"], final)
    augmented = open_dataset(augment(race.data, race.work / "augmented").out)
    split = plan("d", augmented, race.seed).split
    folder = split_folder(race.data, race.work / f"originals-{race.seed}", split)
    fast: dict[str, Any] = earlier.get("fast", {}) if earlier.get("target_iou") == target else {}
    figures: dict[str, Any] = {
        "paper_steps": row["steps"],
        "paper_final_iou": final,
        "paper_step": step,
        "target_iou": target,
        "keras_seconds_per_step": keras_seconds,
        "keras_minutes": keras_seconds * step / 60,
        "fast": fast,
    }
    for size in SIZES:
        runs = {int(n): run for n, run in fast.get(str(size), {}).get("runs", {}).items()}

        def one(steps: int, size: int = size, runs: dict[int, Run] = runs) -> Run:
            model = race.work / f"fast-{race.seed}-{size}-{steps}"
            made = timed_training(folder, model, steps, size, race.seed)
            print(f"fast, {size} pixels, {steps} steps: {made}, to reach {target:.4f}", flush=True)
            fast[str(size)] = {"runs": {**runs, steps: made}}
            keep(figures)
            return made

        reached = first_reaching(runs, STEPS, target, one)
        fast[str(size)] = {"runs": runs, "reached": reached}
        if reached is not None:
            faster = figures["keras_minutes"] / runs[reached]["minutes"]
            fast[str(size)]["times_faster"] = faster
        keep(figures)


def split_folder(data: Path, out: Path, split: Split) -> Path:
    """Write a clean copy of a data folder; its pairs.csv names the held-out photos.

    Photos on neither side become test photos, which training leaves alone.
    """
    shutil.rmtree(out, ignore_errors=True)
    fix(data, out)
    sides = {name: "train" for name in split.train} | {name: "val" for name in split.val}
    rows = [
        PairRow(one.name, one.group, one.parent, one.technique, sides.get(one.name, "test"))
        for one in open_dataset(out).examples
    ]
    write_tables(out, {"pairs.csv": pairs_csv(rows)})
    return out


def timed_training(folder: Path, model: Path, steps: int, size: int, seed: int) -> Run:
    """Run `maskwright train` with its start and its end; return its minutes and IoU.

    It is scored as the points of the paper's curve are: on the held-out photos at that size.
    """
    command = [sys.executable, "-m", "maskwright", "train", str(folder), "-o", str(model)]
    command += ["--recipe", "fast", "--from", "imagenet", "--steps", str(steps)]
    command += ["--size", str(size), "--seed", str(seed), "--overwrite", "--json"]
    begin = time.monotonic()
    subprocess.run(command, env=variables(), stdout=subprocess.DEVNULL, check=True)
    minutes = (time.monotonic() - begin) / 60
    dataset = open_dataset(folder)
    held_out = [one for one in dataset.examples if one.split == "val"]
    pairs = [dataset.load(one, shrink_to=2 * PAPER.size) for one in held_out]
    return {
        "iou": scored(load(model, threads=1), pairs).mean_iou,
        "photos": len(pairs),
        "minutes": round(minutes, 4),
    }
