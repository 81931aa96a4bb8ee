"""One row with one seed: train, follow the curve, score. Runs in a process of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.machine import machine
from benchmarks.opening_log import log
from benchmarks.paper.curve import Curve
from benchmarks.paper.rows import Plan, plan, twins, with_copies
from benchmarks.paper.scoring import scored
from benchmarks.training import fit, segmenter
from maskwright.core import Mask, Pair, Segmenter
from maskwright.data.cache import load_pairs
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.files import write_bytes
from maskwright.outputs.pictures import mask_png
from maskwright.training.checkpoint import remove_checkpoint, save_checkpoint
from maskwright.training.loop import Training

_Item = TypeVar("_Item")

_CURVE_TRAINED, _CURVE_HELD_OUT = 20, 40
"""A point of the curve is scored on at most so many photos, evenly spread."""


@dataclass(frozen=True)
class Job:
    """The work of one process.

    Attributes:
        row, seed: which training.
        settings: of the whole experiment, kept with the result.
        train: the data folder of the originals.
        augmented: the folder of originals and copies.
        test: the test set, if there is one.
        folder: checkpoint, curve and predictions of this training.
        test_log: the log of openings.
        trial: a few steps on small photos.
    """

    row: str
    seed: int
    settings: dict[str, Any]
    train: Path
    augmented: Path
    test: Path | None
    folder: Path
    test_log: Path
    trial: bool

    @property
    def name(self) -> str:
        """The result's name."""
        return f"{self.row}-{self.seed}"


def train_and_score(job: Job) -> dict[str, Any]:
    """Make one result; go on from the checkpoint of an earlier try."""
    dataset = open_dataset(job.augmented)
    planned = plan(job.row, dataset, job.seed, trial=job.trial)
    split = planned.split
    curve, training = _trained(job, dataset, planned)
    # A stop while scoring must not cost the training: this checkpoint is of the last step.
    save_checkpoint(job.folder, training)
    network = segmenter(training.mean, planned.recipe, dataset.classes)
    with_own_copies = None
    if job.row == "c":  # the same kind of pictures as row b's validation
        names = with_copies(dataset, split.val)
        with_own_copies = scored(network, _pairs(dataset, names)).to_json()
    result = {
        "row": job.row,
        "seed": job.seed,
        "settings": job.settings,
        "recipe": planned.recipe.to_json(),
        "start": planned.start,
        "trained_on": len(split.train),
        "held_out": len(split.val),
        "held_out_with_twins_in_training": twins(dataset, split),
        "steps": planned.steps,
        "epochs": planned.steps * planned.recipe.batch / len(split.train),
        "minutes": curve.minutes(),
        "validation": scored(network, _pairs(dataset, split.val)).to_json(),
        "validation_with_copies": with_own_copies,
        "test": _tested(job, network) if job.test else None,
        "curve": [
            {"epoch": point["step"] * planned.recipe.batch / len(split.train), **point}
            for point in curve.points()
        ],
        "machine": machine(),
    }
    remove_checkpoint(job.folder)
    return result


def _trained(job: Job, dataset: Dataset, planned: Plan) -> tuple[Curve, Training]:
    cache = job.folder / "cache"
    by_name = {one.name: one for one in dataset.examples}

    def load(names: Sequence[str], kind: str) -> list[Pair]:
        chosen = [by_name[name] for name in names]
        return load_pairs(dataset, chosen, long_side=2 * planned.recipe.size, disk=cache / kind)

    shutil.rmtree(cache, ignore_errors=True)
    pairs = load(planned.split.train, "train")
    seen = _spread(pairs, _CURVE_TRAINED)
    held_out = load(_spread(planned.split.val, _CURVE_HELD_OUT), "val")

    def score(training: Training) -> dict[str, float]:
        network = segmenter(training.mean, planned.recipe, dataset.classes)
        trained, validated = scored(network, seen), scored(network, held_out)
        return {
            "training_accuracy": trained.accuracy,
            "validation_loss": validated.cross_entropy,
            "validation_accuracy": validated.accuracy,
            "validation_iou": validated.mean_iou,
        }

    path = job.folder / "curve.jsonl"
    curve = Curve(path, every=planned.every, steps=planned.steps, score=score)
    training = fit(
        planned.recipe,
        pairs,
        classes=len(dataset.classes),
        start=planned.start,
        steps=planned.steps,
        seed=job.seed,
        folder=job.folder,
        on_step=curve,
    )
    shutil.rmtree(cache, ignore_errors=True)
    return curve, training


def _tested(job: Job, network: Segmenter) -> dict[str, Any]:
    """Score on the test set; the first seed keeps its masks and the IoU of each photo."""
    assert job.test is not None
    dataset = open_dataset(job.test)
    names = [one.name for one in dataset.examples]
    first = job.seed == 0
    masks = job.folder / "test"
    keep = partial(_write_mask, masks, len(dataset.classes)) if first else None
    figures = scored(network, _pairs(dataset, names), keep)
    command = ["scripts/bench", "paper", str(job.train), str(job.test)]
    log(job.test, command, {"result": job.name} | figures.to_json(), to=job.test_log)
    return figures.to_json() | ({"ious": figures.ious} if first else {})


def _pairs(dataset: Dataset, names: Sequence[str]) -> Iterator[Pair]:
    """Load photos one by one, at their own size."""
    by_name = {one.name: one for one in dataset.examples}
    return (dataset.load(by_name[name]) for name in names)


def _write_mask(folder: Path, classes: int, name: str, mask: Mask) -> None:
    write_bytes(folder / f"{name}.png", mask_png(mask, classes), durable=False)


def _spread(items: Sequence[_Item], most: int) -> Sequence[_Item]:
    """At most so many items, evenly spread."""
    return items[:: -(-len(items) // most) or 1]
