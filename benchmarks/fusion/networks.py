"""Networks of the folds: each is judged by photos that it was not trained on."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from benchmarks import data_folders
from benchmarks.jobs import run_jobs
from benchmarks.opening_log import set_name
from benchmarks.result_files import read_results, write_results
from benchmarks.subsets import part_of
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.split import folds
from maskwright.runtime.allocator import keep_freed_memory
from maskwright.runtime.directory import open_directory
from maskwright.training.train import train

FOLDS, REPEATS = 5, 5
IMAGENET = "imagenet"
_DATA = "data"


@dataclass(frozen=True)
class Fold:
    """A network, and the photos that it was not trained on.

    Attributes:
        repeat: which of the repeated cross-validations; the seed of folds and network.
        number: which fold of it, from 0.
        model: the model directory.
        held_out: names of photos.
    """

    repeat: int
    number: int
    model: Path
    held_out: tuple[str, ...]


def work_of(data: Path, work: Path, start: str | None = None) -> Path:
    """The folder of the networks of a data folder and a start; None is the default start."""
    name = set_name(data).replace("/", "-")
    return work / (name if start is None else f"{name}-from-{start}")


def cleaned(data: Path, work: Path) -> Dataset:
    """Write a clean copy of a data folder into its work folder, and open it."""
    shutil.rmtree(work / _DATA, ignore_errors=True)
    return data_folders.cleaned(data, work / _DATA)


def reopened(data: Path, work: Path) -> Dataset:
    """Open the clean copy that `cleaned` wrote."""
    return data_folders.reopened(data, work / _DATA)


def folds_of(dataset: Dataset, work: Path, repeats: int) -> list[Fold]:
    """All folds of all repeats, by source."""
    return [
        Fold(repeat, number, work / f"{repeat}-{number}", tuple(split.val))
        for repeat in range(repeats)
        for number, split in enumerate(folds(dataset, FOLDS, seed=repeat))
    ]


def trained(
    dataset: Dataset, wanted: Sequence[Fold], *, start: str | None, steps: int, workers: int
) -> None:
    """Train the networks that are not there yet; start None is the default of `train`.

    One that was trained on other photos, or for other steps, is trained again.
    """
    results = wanted[0].model.parent / "trained.json"
    kept = read_results(results)
    for fold in wanted:
        held = set(fold.held_out)
        out = _data_of(fold.model)
        shutil.rmtree(out, ignore_errors=True)
        # No groups: training would hold out whole ones for a figure that is not used.
        part_of(dataset, [name for name in dataset.sources if name not in held], out)
        one = kept.get(fold.model.name, {})
        if (one.get("steps"), one.get("data")) != (steps, open_dataset(out).fingerprint()):
            kept.pop(fold.model.name, None)
    write_results(results, kept)
    jobs = {one.model.name: (str(one.model), one.repeat, start, steps) for one in wanted}
    run_jobs(_train, jobs, results, workers)


def _data_of(model: Path) -> Path:
    return model.with_name(f"{model.name}-data")


def _train(model: str, seed: int, start: str | None, steps: int) -> dict[str, Any]:
    keep_freed_memory()
    cv2.setNumThreads(1)
    data = _data_of(Path(model))
    train(data, model, start=start, steps=steps, seed=seed, threads=1, overwrite=True)
    return {
        "start": open_directory(Path(model)).info["start"],
        "steps": steps,
        "data": open_dataset(data).fingerprint(),
    }
