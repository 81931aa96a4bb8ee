"""What each choice of the recipe `fast` is worth: one choice changed at a time, on shared folds.

    scripts/bench ablation TRAIN

Each row trains five networks of 300 steps, a fold each, and every photo is scored once, by a
network that never saw it or its relatives. Differences to the first row are paired by photo. A
network that is in the results already is not trained again. The table goes into
docs/notebook/results.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.jobs import read_results, run_jobs
from benchmarks.machine import machine
from benchmarks.page import fill
from benchmarks.paper.results import paired_points
from benchmarks.training import fit, segmenter
from maskwright.augmentation.online import COLOUR, PAPER_SIX, PASTE
from maskwright.core import Pair
from maskwright.data.cache import load_pairs
from maskwright.data.dataset import open_dataset
from maskwright.data.split import folds
from maskwright.metrics.intervals import mean_interval
from maskwright.training.recipes import FAST, Recipe
from maskwright.training.scores import score_pairs

RESULTS = Path(__file__).parent / "results" / "ablation.json"
PAGE = Path(__file__).parents[1] / "docs" / "notebook" / "results.md"
STEPS, FOLDS, SIZE, LONG_SIDE = 300, 5, 224, 640
BASE = "as it is"
RAW, UNFLIPPED = "no averaging of weights", "no mirrored photo when predicting"

_BASE = replace(FAST, size=SIZE)  # smaller than the recipe's own, which would take twice as long
_GEOMETRY = tuple(part for part in _BASE.augment if part not in COLOUR)
ROWS: dict[str, Recipe] = {
    BASE: _BASE,
    "no augmentation": replace(_BASE, augment=()),
    "the paper's six techniques instead": replace(_BASE, augment=tuple(PAPER_SIX)),
    "encoder frozen throughout": replace(_BASE, tune_from=5),
    "whole encoder tuned from the first step": replace(_BASE, tune_from=0, frozen_share=0.0),
    "cross-entropy alone": replace(_BASE, loss="cross_entropy"),
    "and objects pasted": replace(_BASE, augment=(*_BASE.augment, PASTE)),
    "no colour": replace(_BASE, augment=_GEOMETRY),
    "320 pixels": replace(_BASE, size=320),
    "the paper's decoder": replace(_BASE, decoder="paper"),
}


def main() -> None:
    """Train what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    data = str(options.train.resolve())
    results = read_results(RESULTS)
    _check_same(results, open_dataset(data).fingerprint())
    jobs = {f"{row} / {fold}": (data, row, fold) for row in ROWS for fold in range(FOLDS)}
    done = table(run_jobs(one_fold, jobs, RESULTS, options.workers))
    fill(PAGE, {"ablation": done})
    print(done)


def _check_same(results: dict[str, Any], data: str) -> None:
    """Figures of other data, or of a recipe that has changed since, are not mixed in."""
    for name, result in results.items():
        recipe = json.loads(json.dumps(ROWS[name.rpartition(" / ")[0]].to_json()))
        if result["data"] != data or result["recipe"] != recipe:
            sys.exit(f"{RESULTS}: {name} is of other data or of another recipe: take it out first")


def one_fold(data: str, row: str, fold: int) -> dict[str, Any]:
    """Train on all folds but one and score that one: IoU by photo for each way to predict."""
    recipe = ROWS[row]
    dataset = open_dataset(data)
    split = folds(dataset, FOLDS)[fold]
    by_name = {example.name: example for example in dataset.examples}

    def load(names: tuple[str, ...]) -> list[Pair]:
        with tempfile.TemporaryDirectory() as disk:
            chosen = [by_name[name] for name in names]
            return load_pairs(dataset, chosen, long_side=LONG_SIDE, disk=Path(disk))

    classes = dataset.classes
    training = fit(recipe, load(split.train), classes=len(classes), steps=STEPS, seed=0)
    held_out = load(split.val)
    ways = {row: segmenter(training.mean, recipe, classes)}
    if row == BASE:
        ways[RAW] = segmenter(training.network, recipe, classes)
        ways[UNFLIPPED] = segmenter(training.mean, replace(recipe, flips=False), classes)
    scores = {name: score_pairs(way, held_out)["images"] for name, way in ways.items()}
    return {
        "iou": {way: {one["name"]: one["iou"] for one in images} for way, images in scores.items()},
        "recipe": recipe.to_json(),
        "data": dataset.fingerprint(),
        "machine": machine(),
    }


def table(results: dict[str, Any]) -> str:
    """The rows whose five folds are all there, as Markdown."""
    rows: dict[str, dict[str, float]] = {}
    for name in ROWS:
        parts = [results.get(f"{name} / {fold}") for fold in range(FOLDS)]
        for part in parts if all(parts) else ():
            for way, ious in part["iou"].items():  # type: ignore[index]
                rows.setdefault(way, {}).update(ious)
    lines = [
        "| what is changed | mean IoU | difference in points, 95 % interval | better / worse |"
    ]
    lines.append("|---|---|---|---|")
    base = rows.get(BASE, {})
    for way, ious in rows.items():
        mean = f"| {way} | {np.mean(list(ious.values())):.3f} |"
        if way == BASE:
            lines.append(f"{mean} | |")
            continue
        points = np.array(paired_points(ious, base))
        low, high = mean_interval(points.tolist())
        lines.append(
            f"{mean} {points.mean():+.1f} ({low:+.1f} to {high:+.1f}) "
            f"| {(points > 0).sum()} / {(points < 0).sum()} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
