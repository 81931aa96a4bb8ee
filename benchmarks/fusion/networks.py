"""Networks that have not seen the photos that they are judged by: one of each fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from benchmarks.folders import part_of
from benchmarks.jobs import run_jobs
from maskwright.atomic import write_json
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.split import folds
from maskwright.runtime.allocator import keep_freed_memory
from maskwright.unet.train import train

FOLDS = 5


@dataclass(frozen=True)
class Fold:
    """A network, and the photos that it has not seen.

    Attributes:
        repeat: which of the repeated cross-validations.
        number: which fold of it, from 0.
        model: the model directory.
        held_out: names of photos.
    """

    repeat: int
    number: int
    model: Path
    held_out: tuple[str, ...]


def folds_of(dataset: Dataset, work: Path, repeats: int) -> list[Fold]:
    """All folds of all repeats, by source; the repeat is the seed."""
    return [
        Fold(repeat, number, work / f"{repeat}-{number}", tuple(split.val))
        for repeat in range(repeats)
        for number, split in enumerate(folds(dataset, FOLDS, seed=repeat))
    ]


def trained(dataset: Dataset, wanted: Sequence[Fold], *, steps: int, workers: int) -> None:
    """Train the networks that are not there yet."""
    work = wanted[0].model.parent
    for fold in wanted:
        _copied(dataset, fold)
    jobs = {one.model.name: (str(one.model), one.repeat, steps) for one in wanted}
    run_jobs(_train, jobs, work / "trained.json", workers)


def _copied(dataset: Dataset, fold: Fold) -> None:
    """Write what a network is trained on, as a data folder beside the model."""
    out = fold.model.with_name(f"{fold.model.name}-data")
    if not (out / "pairs.csv").exists():
        held = set(fold.held_out)
        part_of(dataset, [name for name in dataset.sources if name not in held], out)


def _train(model: str, seed: int, steps: int) -> dict[str, Any]:
    keep_freed_memory()
    cv2.setNumThreads(1)
    data = Path(f"{model}-data")
    result = train(data, model, steps=steps, seed=seed, threads=1, overwrite=True)
    write_json(Path(model) / "done.json", {"steps": result.steps})
    return {"steps": result.steps, "data": open_dataset(data).fingerprint()}
