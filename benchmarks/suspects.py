"""How many of ten spoilt masks are among the ten most suspect ones.

    scripts/bench suspects TRAIN

Five times ten masks are spoilt, and each time five networks are trained on what there is, a fold
each: the spoilt masks too, as nobody knows them. The ranking sees every photo as a network saw it
that was not trained on it. What the networks found stays in the work folder, so that another
ranking needs no training. The table goes into docs/cross-validation.md.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.corruption import KINDS, spoilt
from benchmarks.jobs import run_jobs
from benchmarks.machine import machine
from benchmarks.page import fill
from benchmarks.training import fit, segmenter
from maskwright.core import Image, Mask
from maskwright.data.cache import load_pairs
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.split import folds
from maskwright.files import write_json
from maskwright.study.suspects import rank_suspects
from maskwright.training.recipes import FAST

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "suspects.json"
PAGE = HERE.parent / "docs" / "cross-validation.md"
DRAWS, FOLDS, STEPS, SIZE = 5, 5, 200, 224
CHOSEN_ON = (0, 1)  # draws on which the ranking was chosen; the others are new to it
KEPT = 128  # long side of what is kept, in pixels


def main() -> None:
    """Train what is missing, rank, and print the table."""
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
    done = run_jobs(one_fold, jobs, options.work / "jobs.json", options.workers)
    dataset = open_dataset(data)
    draws = {
        str(draw): ranked(dataset, options.work, draw, done[f"{draw} / 0"]["kinds"])
        for draw in range(DRAWS)
    }
    results = {"draws": draws, "data": dataset.fingerprint(), "machine": done["0 / 0"]["machine"]}
    write_json(RESULTS, results)
    fill(PAGE, {"suspects": table(results)})
    print(table(results))


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
            size = _small(pair.mask)
            probs = cv2.resize(segment(pair.image), size, interpolation=cv2.INTER_AREA)
            mask = cv2.resize(pair.mask, size, interpolation=cv2.INTER_NEAREST_EXACT)
            kept[f"{pair.name}|probs"] = probs.astype(np.float16)
            kept[f"{pair.name}|mask"] = mask
    np.savez_compressed(Path(work) / f"{draw}-{fold}.npz", **kept)
    return {"kinds": kinds, "data": dataset.fingerprint(), "machine": machine()}


def ranked(dataset: Dataset, work: Path, draw: int, kinds: dict[str, str]) -> dict[str, Any]:
    """Rank the masks of one draw by what the networks found."""
    kept: dict[str, Any] = {}
    for fold in range(FOLDS):
        with np.load(work / f"{draw}-{fold}.npz") as found:
            kept.update(found)
    names = sorted({key.rpartition("|")[0] for key in kept})
    masks = [kept[f"{name}|mask"] for name in names]
    by_name = {example.name: example for example in dataset.examples}
    photos = [
        _photo(dataset.load(by_name[name]).image, mask)
        for name, mask in zip(names, masks, strict=True)
    ]
    probs = [kept[f"{name}|probs"].astype(np.float32) for name in names]
    ranked = rank_suspects(dict(zip(names, zip(photos, probs, masks, strict=True), strict=True)))
    order = [one.name for one in ranked]
    places = {name: order.index(name) + 1 for name in kinds}
    # What ranking by the agreement of masks alone would give.
    agreement = [_iou(p[:, :, 1] > 0.5, mask) for p, mask in zip(probs, masks, strict=True)]
    worst = [names[at] for at in np.argsort(agreement, kind="stable")]
    return {
        "kinds": kinds,
        "places": places,
        "found": sum(place <= len(KINDS) for place in places.values()),
        "found_by_iou": len(set(worst[: len(KINDS)]) & set(kinds)),
    }


def _small(mask: Mask) -> tuple[int, int]:
    """Width and height at which a mask is kept."""
    height, width = (max(1, round(side * KEPT / max(mask.shape))) for side in mask.shape)
    return width, height


def _photo(image: Image, mask: Mask) -> Image:
    small = cv2.resize(image, mask.shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _iou(found: np.ndarray, mask: Mask) -> float:
    found = found & (mask < 2)
    return float((found & (mask == 1)).sum() / max(1, (found | (mask == 1)).sum()))


def table(results: dict[str, Any]) -> str:
    """Recall at ten by kind and draw, as Markdown."""
    draws = results["draws"]
    every = Counter(KINDS)
    lines = [f"| draw | {' | '.join(every)} | all | by IoU alone |"]
    lines.append("|" + "---|" * (len(every) + 3))
    for draw, one in draws.items():
        found = Counter(
            kind for name, kind in one["kinds"].items() if one["places"][name] <= len(KINDS)
        )
        cells = [f"{found[kind]} of {many}" for kind, many in every.items()]
        note = " (chosen on it)" if int(draw) in CHOSEN_ON else ""
        total, plain = one["found"] / len(KINDS), one["found_by_iou"] / len(KINDS)
        lines.append(f"| {draw}{note} | {' | '.join(cells)} | {total:.1f} | {plain:.1f} |")
    new = [one for draw, one in draws.items() if int(draw) not in CHOSEN_ON]
    for name, some in (("mean of the new draws", new), ("mean of all", list(draws.values()))):
        total, plain = (
            np.mean([one[key] for one in some]) / len(KINDS) for key in ("found", "found_by_iou")
        )
        lines.append(f"| {name} |{' |' * len(every)} **{total:.2f}** | {plain:.2f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
