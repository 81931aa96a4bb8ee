"""One row with one seed: train, follow the curve, score. Runs in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.machine import machine
from benchmarks.opening_log import log
from benchmarks.paper.curve import Curve
from benchmarks.paper.rows import Plan, plan, twins, with_copies
from benchmarks.paper.scoring import scored
from benchmarks.subsets import chosen
from benchmarks.training import fit, loaded, segmenter
from maskwright.core import Pair, Segmenter
from maskwright.data.dataset import Dataset, open_dataset
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
        test_log: the log of openings.
        trial: a few steps on small photos.
    """

    row: str
    seed: int
    settings: dict[str, Any]
    train: Path
    augmented: Path
    test: Path | None
    test_log: Path
    trial: bool

    @property
    def name(self) -> str:
        """The result's name."""
        return f"{self.row}-{self.seed}"


def train_and_score(job: Job) -> dict[str, Any]:
    """Make one result."""
    dataset = open_dataset(job.augmented)
    planned = plan(job.row, dataset, job.seed, trial=job.trial)
    split = planned.split
    curve, training = _trained(dataset, planned, job.seed)
    network = segmenter(training.mean, planned.recipe, dataset.classes)
    with_own_copies = None
    if job.row == "c":  # the same kind of pictures as row b's validation
        names = with_copies(dataset, split.val)
        with_own_copies = scored(network, _pairs(dataset, names)).to_json()
    epochs_a_step = planned.recipe.batch / len(split.train)
    return {
        "row": job.row,
        "seed": job.seed,
        "settings": job.settings,
        "recipe": planned.recipe.to_json(),
        "start": planned.start,
        "trained_on": len(split.train),
        "held_out": len(split.val),
        "held_out_with_twins_in_training": twins(dataset, split),
        "steps": planned.steps,
        "epochs": planned.steps * epochs_a_step,
        "minutes": curve.minutes,
        "validation": scored(network, _pairs(dataset, split.val)).to_json(),
        "validation_with_copies": with_own_copies,
        "test": _tested(job, network) if job.test else None,
        "curve": [{"epoch": point["step"] * epochs_a_step, **point} for point in curve.points],
        "machine": machine(),
    }


def _trained(dataset: Dataset, planned: Plan, seed: int) -> tuple[Curve, Training]:
    long_side = 2 * planned.recipe.size
    pairs = loaded(dataset, planned.split.train, long_side)
    seen = _spread(pairs, _CURVE_TRAINED)
    held_out = loaded(dataset, _spread(planned.split.val, _CURVE_HELD_OUT), long_side)

    def score(training: Training) -> dict[str, float]:
        network = segmenter(training.mean, planned.recipe, dataset.classes)
        trained, validated = scored(network, seen), scored(network, held_out)
        return {
            "training_accuracy": trained.accuracy,
            "validation_loss": validated.cross_entropy,
            "validation_accuracy": validated.accuracy,
            "validation_iou": validated.mean_iou,
        }

    curve = Curve(every=planned.every, steps=planned.steps, score=score)
    training = fit(
        planned.recipe,
        pairs,
        classes=len(dataset.classes),
        start=planned.start,
        steps=planned.steps,
        seed=seed,
        on_step=curve,
    )
    return curve, training


def _tested(job: Job, network: Segmenter) -> dict[str, Any]:
    """Score on the test set; the first seed keeps the IoU of each photo."""
    assert job.test is not None
    dataset = open_dataset(job.test)
    figures = scored(network, map(dataset.load, dataset.examples))
    command = ["scripts/bench", "paper", str(job.train), str(job.test)]
    log(job.test, command, {"result": job.name} | figures.to_json(), to=job.test_log)
    return figures.to_json() | ({"ious": figures.ious} if job.seed == 0 else {})


def _pairs(dataset: Dataset, names: Sequence[str]) -> Iterator[Pair]:
    """Load photos one by one, at their own size."""
    return map(dataset.load, chosen(dataset, names))


def _spread(items: Sequence[_Item], most: int) -> Sequence[_Item]:
    """At most so many items, evenly spread."""
    return items[:: -(-len(items) // most) or 1]
