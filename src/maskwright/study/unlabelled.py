"""A folder of photos without masks, ranked for labelling."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from maskwright.core import Segmenter, resized, shrunk
from maskwright.data.dataset import Dataset
from maskwright.data.image_hash import ImageHash, file_digest
from maskwright.data.photo import FoundPhoto, find_photos
from maskwright.data.threads import as_done, in_threads
from maskwright.engine.photo import OpenPhoto
from maskwright.errors import DataError
from maskwright.metrics.numbers import counted
from maskwright.metrics.study_results import UnlabelledPhoto
from maskwright.study.label_next import Embedding, labelling_order, uncertainty
from maskwright.study.out_of_fold import SMALL

_LONG_SIDE = 640  # in pixels: uncertainty needs no fine outlines


@dataclass(frozen=True)
class Ranking:
    """Photos ranked for labelling.

    Attributes:
        photos: most useful first.
        notes: which photos were left out, in sentences.
    """

    photos: tuple[UnlabelledPhoto, ...]
    notes: tuple[str, ...]


def rank_unlabelled(
    folder: Path,
    dataset: Dataset,
    models: Sequence[Segmenter],
    *,
    workers: int,
    seconds: float | None = None,
) -> Ranking:
    """Rank the photos of a folder for labelling.

    Photos of `dataset` are left out, and so are photos that cannot be read; a note says so.

    Args:
        folder: photos, also in subfolders.
        dataset: the training data of the models, with the limits on decoding.
        models: two or more; called from several threads.
        workers: number of photos processed at once.
        seconds: time limit; with too many photos, every n-th is used [default: no limit].

    Raises:
        UsageError: no such folder, or no photo in it.
    """
    found = find_photos([folder])
    new = _new(found, dataset)
    notes = []
    if len(new) < len(found):
        labelled = counted(len(found) - len(new), "photo")
        notes.append(f"{labelled} of {folder} left out: already labelled")

    def work(photo: FoundPhoto) -> _Measured:
        return _measured(photo.path, dataset, models)

    if seconds is not None and len(new) > 1:
        fitting = max(1, int(workers * seconds / _seconds_of_one(work, new)))
        step = -(-len(new) // fitting)
        if step > 1:
            notes.append(
                f"only every {step}th of {len(new)} photos of {folder} was ranked, for lack of time"
            )
        new = new[::step]
    results = list(zip(new, as_done(work, new, workers=workers), strict=True))
    errors = [result for _, result in results if isinstance(result, str)]
    if errors:
        unreadable = counted(len(errors), "photo")
        notes.append(f"{unreadable} of {folder} left out: cannot be read, such as {errors[0]}")
    measured = [
        (photo.relative.as_posix(), *result)
        for photo, result in results
        if not isinstance(result, str)
    ]
    return Ranking(labelling_order(measured), tuple(notes))


_Measured = tuple[float, Embedding] | str
"""Uncertainty and embedding of a photo, or why it cannot be read."""


def _seconds_of_one(work: Callable[[FoundPhoto], _Measured], photos: Sequence[FoundPhoto]) -> float:
    """Time the first readable photo; unreadable ones take no time."""
    for photo in photos:
        begin = time.perf_counter()
        if not isinstance(work(photo), str):
            break
    return time.perf_counter() - begin


def _new(found: Sequence[FoundPhoto], dataset: Dataset) -> list[FoundPhoto]:
    labelled = set(in_threads(file_digest, [example.image for example in dataset.examples]))
    digests = in_threads(_digest, [photo.path for photo in found])
    return [photo for photo, one in zip(found, digests, strict=True) if one not in labelled]


def _digest(path: Path) -> bytes | None:
    """None for a file that cannot be opened; reading the photo will report it."""
    try:
        return file_digest(path)
    except (OSError, DataError):
        return None


def _measured(path: Path, dataset: Dataset, models: Sequence[Segmenter]) -> _Measured:
    try:
        image = OpenPhoto(path, dataset.limits, dataset.bits).at(_LONG_SIDE)
    except DataError as error:
        return str(error)
    small = shrunk(image, SMALL)
    probs = [resized(model(image), *small.shape[:2]) for model in models]
    thumbnail = ImageHash.of(image).thumbnail.astype(np.float32).ravel()
    thumbnail -= thumbnail.mean()
    length = float(np.linalg.norm(thumbnail))
    return uncertainty(probs), thumbnail / length if length else thumbnail
