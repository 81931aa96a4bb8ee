"""How many of ten spoilt masks are among the ten most suspect ones.

    scripts/bench suspects TRAIN

Ten masks are spoilt in each of five draws, and five networks are trained for each draw, one for
each fold. They train on the spoilt masks too, as nobody knows them. The ranking sees every photo
through the network that was not trained on it. Outputs of the networks stay in the work folder, so
another ranking needs no training. The table goes into docs/notebook/measurements.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import cv2
import numpy as np

from benchmarks.command import parser_of
from benchmarks.corruption import KINDS, spoilt
from benchmarks.jobs import run_jobs
from benchmarks.machine import machine
from benchmarks.markdown import NOTEBOOK, fill, markdown_table
from benchmarks.result_files import FOLDER, write_results
from benchmarks.subsets import chosen
from benchmarks.training import fit, loaded, segmenter
from maskwright.core import Image, Mask
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.split import folds
from maskwright.metrics.region import iou
from maskwright.study.suspects import rank_suspects
from maskwright.training.recipes import FAST

RESULTS, PAGE = FOLDER / "suspects.json", NOTEBOOK / "measurements.md"
DRAWS, FOLDS, STEPS, SIZE = 5, 5, 200, 224
CHOSEN_ON = (0, 1)  # draws on which the ranking was chosen; the others are new to it
KEPT = 128  # long side of stored outputs, in pixels


def main() -> None:
    """Train what is missing, rank, and print the table."""
    parser = parser_of(__doc__, "train")
    parser.add_argument("--work", type=Path, default=Path("models/suspects"), help="[%(default)s]")
    parser.add_argument("--workers", type=int, default=2, help="trainings at once [%(default)s]")
    options = parser.parse_args()
    data, work = str(options.train.resolve()), str(options.work.resolve())
    jobs = {
        f"{draw} / {fold}": (data, work, draw, fold)
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
    print(fill(PAGE, {"suspects": table(write_results(RESULTS, results))}))


def one_fold(data: str, work: str, draw: int, fold: int) -> dict[str, Any]:
    """Train on all folds but one, spoilt masks among them, and keep the outputs for that one."""
    recipe = replace(FAST, size=SIZE)
    dataset = open_dataset(data)
    split = folds(dataset, FOLDS, seed=draw)[fold]
    pairs, kinds = spoilt(loaded(dataset, [one.name for one in dataset.examples], 2 * SIZE), draw)
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
    Path(work).mkdir(parents=True, exist_ok=True)
    np.savez_compressed(Path(work) / f"{draw}-{fold}.npz", **kept)
    return {"kinds": kinds, "data": dataset.fingerprint(), "machine": machine()}


def ranked(dataset: Dataset, work: Path, draw: int, kinds: dict[str, str]) -> dict[str, Any]:
    """Rank the masks of one draw by the outputs of the networks."""
    kept: dict[str, Any] = {}
    for fold in range(FOLDS):
        with np.load(work / f"{draw}-{fold}.npz") as found:
            kept.update(found)
    names = sorted({key.rpartition("|")[0] for key in kept})
    masks = [kept[f"{name}|mask"] for name in names]
    photos = [
        _photo(dataset.load(example).image, mask)
        for example, mask in zip(chosen(dataset, names), masks, strict=True)
    ]
    probs = [kept[f"{name}|probs"].astype(np.float32) for name in names]
    ranked = rank_suspects(dict(zip(names, zip(photos, probs, masks, strict=True), strict=True)))
    order = [one.name for one in ranked]
    places = {name: order.index(name) + 1 for name in kinds}
    # The ranking by the agreement of masks alone.
    agreement = [
        iou(mask, (p[:, :, 1] > 0.5).astype(np.uint8)) for p, mask in zip(probs, masks, strict=True)
    ]
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


def table(results: Mapping[str, Any]) -> str:
    """Recall at ten by kind and draw, as Markdown."""
    draws = results["draws"]
    every = Counter(KINDS)
    rows = []
    for draw, one in draws.items():
        found = Counter(
            kind for name, kind in one["kinds"].items() if one["places"][name] <= len(KINDS)
        )
        note = " (chosen on it)" if int(draw) in CHOSEN_ON else ""
        kinds = (f"{found[kind]} of {many}" for kind, many in every.items())
        recalls = (f"{one[key] / len(KINDS):.1f}" for key in ("found", "found_by_iou"))
        rows.append([f"{draw}{note}", *kinds, *recalls])
    new = [one for draw, one in draws.items() if int(draw) not in CHOSEN_ON]
    for name, some in (("mean of the new draws", new), ("mean of all", [*draws.values()])):
        ours, plain = (
            fmean(one[key] for one in some) / len(KINDS) for key in ("found", "found_by_iou")
        )
        rows.append([name, *[""] * len(every), f"**{ours:.2f}**", f"{plain:.2f}"])
    return markdown_table(["draw", *every, "all", "by IoU alone"], rows)


if __name__ == "__main__":
    main()
