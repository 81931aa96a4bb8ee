"""Score predicted masks, or a model, against a data folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from maskwright.core import Segmenter
from maskwright.data.dataset import Dataset, Example, open_dataset
from maskwright.data.decode import DEFAULT_LIMITS, Limits
from maskwright.data.mask import read_mask
from maskwright.errors import UsageError
from maskwright.evaluation.metrics import Confusion, confusion
from maskwright.evaluation.photo import PhotoScores, score_photo
from maskwright.evaluation.predicted import Predicted, Predictor
from maskwright.evaluation.source import (
    Source,
    folder_source,
    model_source,
    open_model,
    segmenter_source,
    without_copies,
)
from maskwright.evaluation.summary import Summary, summarise
from maskwright.runtime.segmenter import find_model

Progress = Callable[[PhotoScores, int], None]
"""Called after each photo with its figures and the number of photos."""


@dataclass(frozen=True)
class Scores:
    """How good predicted masks are.

    Attributes:
        data: the data folder.
        classes: class names, the background first.
        method: where the predictions come from; plain values for the report.
        rows: figures of each photo, in the order of the data set.
        summary: figures of all photos.
        baselines: figures of predictions that look at no photo, by name; whatever is worth
            using beats them.
        notes: what a reader of the figures must know, one sentence each.
    """

    data: Path
    classes: tuple[str, ...]
    method: dict[str, Any]
    rows: tuple[PhotoScores, ...]
    summary: Summary
    baselines: dict[str, Summary]
    notes: tuple[str, ...]

    def worst(self, most: int = 5) -> list[PhotoScores]:
        """Return the photos of the lowest IoU, worst first."""
        return sorted(self.rows, key=lambda row: (row.iou, -row.error_rate, row.name))[:most]


def evaluate(
    data: str | Path,
    *,
    model: str | Path | None = None,
    predictions: str | Path | None = None,
    segmenter: Segmenter | None = None,
    masks: str | None = None,
    values: str | None = None,
    ignore: str | None = None,
    threshold: float | None = None,
    threads: int | None = None,
    device: str = "auto",
    limits: Limits = DEFAULT_LIMITS,
    on_photo: Progress | None = None,
) -> Scores:
    """Score a model, predicted masks or a segmenter against photos with true masks.

    Changed copies of photos, as `maskwright augment` makes them, are left out.

    Give one of `model`, `predictions` and `segmenter`; with none of them the model is
    $MASKWRIGHT_MODEL, else ./model.

    Args:
        data: the data folder.
        model: a model directory or ONNX file.
        predictions: a folder of masks, 0 and 255 or class indices, each with the relative path
            and the stem of its photo; or an output folder of `maskwright predict`.
        segmenter: called from several threads.
        masks: name of another folder of true masks in `data`.
        values: what true mask values mean, e.g. "0=background,128=leaf" [default: found out].
        ignore: true mask values that count nowhere.
        threshold: foreground above this probability, in (0, 1); for a model or segmenter with
            two classes.
        threads: processor threads, which is also how many photos are in work at once
            [default: all cores].
        device: auto, cpu, cuda or mps.
        limits: what a photo may cost.
        on_photo: called in this thread after each photo with its figures and the number of photos.

    Raises:
        UsageError: the arguments contradict each other.
        DataError: data or predictions that cannot be used; all files are named.
        ModelError: no model, or one that cannot be used.
    """
    if sum(one is not None for one in (model, predictions, segmenter)) > 1:
        raise UsageError("evaluate one thing at a time: a model, predictions or a segmenter")
    if predictions is not None and threshold is not None:
        raise UsageError("a threshold is for models: predicted masks have had theirs")
    loaded = None
    if predictions is None and segmenter is None:
        loaded = open_model(find_model(model), device)
    data = Path(data)
    # What the caller or DATA itself says of mask values goes before what the model remembers.
    said = values is not None or ignore is not None or (data / "dataset.yaml").is_file()
    encoding = None if said or loaded is None else loaded.encoding
    dataset = open_dataset(
        data, masks=masks, values=values, ignore=ignore, encoding=encoding, limits=limits
    )
    if encoding is not None:
        said_aloud = f"as in the model's training, {encoding.describe()}"
        dataset = replace(dataset, notes=(*dataset.notes, said_aloud))
    judged = without_copies(dataset)
    if predictions is not None:
        source = folder_source(Path(predictions), judged)
    elif segmenter is not None:
        source = segmenter_source(segmenter, judged, threshold)
    elif loaded is not None:
        # With the copies: only all that it was trained on is known again.
        source = model_source(loaded, dataset, threshold)
    return _scored(judged, source, threads or os.cpu_count() or 1, on_photo)


class _Tally:
    """Figures of photos as they come in."""

    def __init__(self, classes: Sequence[str]) -> None:
        self._classes = classes
        self._pooled: Confusion = np.zeros((len(classes), len(classes)), np.int64)
        self.rows: list[PhotoScores] = []

    def add(self, row: PhotoScores, counts: Confusion) -> None:
        self.rows.append(row)
        self._pooled += counts

    def summary(self) -> Summary:
        return summarise(self.rows, self._pooled, self._classes)


def _scored(dataset: Dataset, source: Source, workers: int, on_photo: Progress | None) -> Scores:
    classes = dataset.classes
    # With several classes there is no one mask that is all foreground.
    constants = range(2) if len(classes) == 2 else range(1)
    tally = _Tally(classes)
    baselines = {label: _Tally(classes) for label in constants}

    def compared(example: Example) -> list[tuple[PhotoScores, Confusion]]:
        return _compared(example, dataset, source.predict, constants)

    with ThreadPoolExecutor(workers) as pool:
        for own, *others in pool.map(compared, dataset.examples):
            tally.add(*own)
            for label, other in zip(constants, others, strict=True):
                baselines[label].add(*other)
            if on_photo is not None:
                on_photo(own[0], len(dataset.examples))
    summary = tally.summary()
    return Scores(
        data=dataset.root,
        classes=classes,
        method=source.method,
        rows=tuple(tally.rows),
        summary=summary,
        baselines={f"all {classes[label]}": one.summary() for label, one in baselines.items()},
        notes=(*dataset.notes, *source.notes, *_notes(summary, tally.rows)),
    )


def _compared(
    example: Example, dataset: Dataset, predict: Predictor, constants: Sequence[int]
) -> list[tuple[PhotoScores, Confusion]]:
    """Figures of one photo: of the prediction, then of each constant mask."""
    truth = dataset.encoding.decode(read_mask(example.mask, dataset.limits))
    alternatives = [predict(example)]
    alternatives += [Predicted(np.full_like(truth, label)) for label in constants]
    return [
        (
            score_photo(example.name, truth, one.mask, dataset.classes, one.foreground),
            confusion(truth, one.mask, len(dataset.classes)),
        )
        for one in alternatives
    ]


def _notes(summary: Summary, rows: Sequence[PhotoScores]) -> list[str]:
    notes = []
    touching = [
        f"{one.label} {one.void_contact:.0%}"
        for one in summary.classes
        if one.void_contact is not None and one.void_contact >= 0.005
    ]
    if touching:
        notes.append(
            f"share of the true outline that touches void: {', '.join(touching)}; boundary F says "
            "nothing there, an outline anywhere in the void scores the same"
        )
    unknown = sum(row.void == 1 for row in rows)
    if unknown:
        notes.append(f"{unknown} true masks are void all over; each counts as perfect")
    absent = summary.classes[0].in_neither
    if len(summary.classes) == 1 and absent:
        notes.append(
            f"{absent} photos hold no {summary.classes[0].label}, neither truly nor as predicted; "
            "each counts as 1 in the means"
        )
    return notes
