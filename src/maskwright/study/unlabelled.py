"""Photos without masks, as several models see them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from maskwright.core import Segmenter, resized, shrunk
from maskwright.data.dataset import Dataset
from maskwright.data.groups import look
from maskwright.data.photo import FoundPhoto, find_photos, read_photo
from maskwright.data.threads import as_done, in_threads
from maskwright.data.twins import file_digest
from maskwright.errors import DataError
from maskwright.metrics.study_results import UnlabelledPhoto
from maskwright.study.label_next import Look, in_order, uncertainty
from maskwright.study.out_of_fold import SMALL

_SEEN_AT = 640  # long side, in pixels: uncertainty needs no fine outline


@dataclass(frozen=True)
class Ranking:
    """Photos in the order in which to label them.

    Attributes:
        photos: the first one to label in front.
        notes: what was left out.
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
    """Say which photos of a folder to label next.

    Args:
        folder: photos, also in folders below; those that `dataset` holds already are left out.
        dataset: what the models were trained on, and the limits of what a photo may cost.
        models: two or more; called from several threads.
        workers: how many photos are in work at once.
        seconds: look at no more photos, evenly spread, than fit into this time.

    Raises:
        UsageError: no such folder, or no photo in it. Photos that cannot be read are no error:
            they are left out, and a note names the first.
    """
    found = find_photos([folder])
    new = _new(found, dataset)
    notes = [f"{len(found) - len(new)} photos of {folder} are labelled already"]
    notes = notes if len(new) < len(found) else []

    def work(photo: FoundPhoto) -> tuple[float, Look] | str:
        try:
            return _seen(photo.path, dataset, models)
        except DataError as error:
            return str(error)

    if seconds is not None and len(new) > 1:
        fitting = max(1, int(workers * seconds / _seconds_of_one(work, new)))
        step = -(-len(new) // fitting)
        if step > 1:
            notes.append(
                f"of {len(new)} photos of {folder} every {step}th was looked at, to keep the time"
            )
        new = new[::step]
    paths, values, looks, wrong = [], [], [], []
    for photo, found_out in zip(new, as_done(work, new, workers=workers), strict=True):
        if isinstance(found_out, str):
            wrong.append(found_out)
            continue
        paths.append(photo.relative.as_posix())
        values.append(found_out[0])
        looks.append(found_out[1])
    if wrong:
        notes.append(f"{len(wrong)} photos of {folder} cannot be read, such as {wrong[0]}")
    return Ranking(in_order(paths, values, looks), tuple(notes))


def _seconds_of_one(
    work: Callable[[FoundPhoto], tuple[float, Look] | str], photos: Sequence[FoundPhoto]
) -> float:
    """How long the first photo takes that can be read: what cannot be takes no time."""
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
    """None of a file that cannot be opened: reading the photo will say so."""
    try:
        return file_digest(path)
    except (OSError, DataError):
        return None


def _seen(path: Path, dataset: Dataset, models: Sequence[Segmenter]) -> tuple[float, Look]:
    photo = read_photo(path, limits=dataset.limits, shrink_to=_SEEN_AT)
    image = replace(photo, pixels=shrunk(photo.pixels, _SEEN_AT)).srgb()
    height, width = image.shape[:2]
    scale = min(1.0, SMALL / max(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    probs = [resized(model(image), *size) for model in models]
    thumbnail = look(image).thumbnail.astype(np.float32).ravel()
    thumbnail -= thumbnail.mean()
    length = float(np.linalg.norm(thumbnail))
    return uncertainty(probs), thumbnail / length if length else thumbnail
