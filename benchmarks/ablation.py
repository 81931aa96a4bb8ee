"""The gain of each choice in the recipe `fast`: one choice changed at a time, on shared folds.

    scripts/bench ablation TRAIN

Each row trains five networks of 300 steps, one for each fold. Every photo is scored once, by a
network that never saw it or another photo of its source. Differences to the first row are paired
by photo. Folds that are in the results are not trained again. The table goes into
docs/notebook/results.md.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from statistics import fmean
from typing import Any

from benchmarks.command import parser_of
from benchmarks.jobs import run_jobs
from benchmarks.machine import machine
from benchmarks.markdown import NOTEBOOK, fill, markdown_table, paired, paired_points
from benchmarks.result_files import FOLDER, read_results
from benchmarks.training import fit, loaded, segmenter
from maskwright.augmentation.online import COLOUR, PAPER_SIX, PASTE
from maskwright.data.dataset import open_dataset
from maskwright.data.split import folds
from maskwright.training.recipes import FAST, Recipe
from maskwright.training.scores import score_pairs

RESULTS, PAGE = FOLDER / "ablation.json", NOTEBOOK / "results.md"
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
    parser = parser_of(__doc__, "train")
    parser.add_argument("--workers", type=int, default=2, help="trainings at once [%(default)s]")
    options = parser.parse_args()
    data = str(options.train.resolve())
    _check_same(read_results(RESULTS), open_dataset(data).fingerprint())
    jobs = {f"{row} / {fold}": (data, row, fold) for row in ROWS for fold in range(FOLDS)}
    results = run_jobs(one_fold, jobs, RESULTS, options.workers)
    print(fill(PAGE, {"ablation": table(results)}))


def _check_same(results: dict[str, Any], data: str) -> None:
    """Stop if a result is of other data, or of a recipe that has changed since."""
    for name, result in results.items():
        recipe = json.loads(json.dumps(ROWS[name.rpartition(" / ")[0]].to_json()))
        if result["data"] != data or result["recipe"] != recipe:
            sys.exit(f"{RESULTS}: {name} is of other data or of another recipe: remove it first")


def one_fold(data: str, row: str, fold: int) -> dict[str, Any]:
    """Train on all folds but one and score that one: IoU by photo for each way to predict."""
    recipe = ROWS[row]
    dataset = open_dataset(data)
    split = folds(dataset, FOLDS)[fold]
    classes = dataset.classes
    pairs = loaded(dataset, split.train, LONG_SIDE)
    training = fit(recipe, pairs, classes=len(classes), steps=STEPS, seed=0)
    held_out = loaded(dataset, split.val, LONG_SIDE)
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
    """The rows of which all folds are there, as Markdown."""
    rows: dict[str, dict[str, float]] = {}
    for name in ROWS:
        parts = [results.get(f"{name} / {fold}") for fold in range(FOLDS)]
        for part in parts if all(parts) else ():
            for way, ious in part["iou"].items():  # type: ignore[index]
                rows.setdefault(way, {}).update(ious)
    base = rows.get(BASE, {})
    lines = [
        [
            way,
            f"{fmean(ious.values()):.3f}",
            *(["", ""] if way == BASE else paired(paired_points(ious, base))),
        ]
        for way, ious in rows.items()
    ]
    heads = ["what is changed", "mean IoU", "difference in points, 95 % interval", "better / worse"]
    return markdown_table(heads, lines)


if __name__ == "__main__":
    main()
