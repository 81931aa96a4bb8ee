"""How many of ten spoilt masks are among the ten most suspect ones.

    scripts/bench suspects TRAIN --work FOLDER

Five times ten masks are spoilt, and each time five networks are trained on what there is, a fold
each: the spoilt masks too, as nobody knows them. The ranking sees every photo as a network saw it
that was not trained on it. What the networks found stays in the work folder, so that another
ranking needs no training.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.corruption import spoilt
from benchmarks.jobs import run_jobs
from benchmarks.machine import machine
from benchmarks.training import fit, segmenter
from maskwright.data.cache import load_pairs
from maskwright.data.dataset import open_dataset
from maskwright.data.split import folds
from maskwright.unet.recipes import FAST

RESULTS = Path(__file__).parent / "results" / "suspects.json"
DRAWS, FOLDS, STEPS, SIZE = 5, 5, 200, 224
KEPT = 128  # long side of what is kept, in pixels


def main() -> None:
    """Train what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train", type=Path)
    parser.add_argument("--work", type=Path, default=Path("models/suspects"))
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    data = str(options.train.resolve())
    jobs = {
        f"{draw} / {fold}": (data, str(options.work.resolve()), draw, fold)
        for draw in range(DRAWS)
        for fold in range(FOLDS)
    }
    run_jobs(one_fold, jobs, options.work / "jobs.json", options.workers)


def one_fold(data: str, work: str, draw: int, fold: int) -> dict[str, Any]:
    """Train on all folds but one, spoilt masks among them, and keep what it says of that one."""
    recipe = replace(FAST, size=SIZE)
    dataset = open_dataset(data)
    split = folds(dataset, FOLDS, seed=draw)[fold]
    with tempfile.TemporaryDirectory() as disk:
        loaded = load_pairs(dataset, dataset.examples, long_side=2 * SIZE, disk=Path(disk))
        pairs, kinds = spoilt(loaded, draw)
        seen = [pair for pair in pairs if pair.name in split.train]
        training = fit(recipe, seen, classes=2, steps=STEPS, seed=draw)
        segment = segmenter(training.mean, recipe, dataset.classes)
        kept: dict[str, Any] = {}
        for pair in pairs:
            if pair.name in split.val:
                height, width = (
                    max(1, round(n * KEPT / max(pair.mask.shape))) for n in pair.mask.shape
                )
                probs = cv2.resize(
                    segment(pair.image), (width, height), interpolation=cv2.INTER_AREA
                )
                mask = cv2.resize(pair.mask, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
                kept[f"{pair.name}|probs"] = probs.astype(np.float16)
                kept[f"{pair.name}|mask"] = mask
    np.savez_compressed(Path(work) / f"{draw}-{fold}.npz", **kept)
    return {"kinds": kinds, "data": dataset.fingerprint(), "machine": machine()}


if __name__ == "__main__":
    main()
