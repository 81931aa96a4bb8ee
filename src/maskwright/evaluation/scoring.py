"""Every photo of a data set with the masks of every source: decoded once, measured, summed up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from maskwright.core import Mask, resized_mask
from maskwright.data.dataset import Dataset, Example
from maskwright.data.masks.read import read_mask
from maskwright.engine.photo import OpenPhoto
from maskwright.evaluation.gallery import Gallery
from maskwright.evaluation.methods import ScoredMethod
from maskwright.evaluation.notes import notes_on, warnings_on
from maskwright.evaluation.predicted import Predicted
from maskwright.evaluation.scores import MethodScores, Scores
from maskwright.evaluation.tiles import tile
from maskwright.fusion.decision import Decision
from maskwright.metrics.bootstrap import bootstrap_figures
from maskwright.metrics.comparison import COMPARED, compare
from maskwright.metrics.counts import MetricCounts, sum_counts
from maskwright.metrics.photo import PhotoScores, measure_photo
from maskwright.metrics.summary import Summary, summarise

Progress = Callable[[PhotoScores, int], None]
"""Called after each photo with its figures by the first source and the number of photos."""


def score_sources(
    dataset: Dataset,
    sources: Mapping[str, ScoredMethod],
    *,
    workers: int,
    gallery: int = 0,
    on_photo: Progress | None = None,
) -> Scores:
    """Score the masks of one or more sources against the true masks of a data set.

    Args:
        dataset: all its photos are judged.
        sources: by the names that the methods have in the result; the first is the headline.
        workers: how many photos are in work at once.
        gallery: of how many photos, the headline's worst, pictures are made.
        on_photo: called in this thread after each photo, in the order of the data set.

    Raises:
        DataError: a file that cannot be used, or a photo without seeds.
    """
    # With several classes there is no one mask that is all foreground.
    constants = range(2) if len(dataset.classes) == 2 else range(1)
    kept = Gallery(gallery)
    measured = {name: _Measured() for name in sources}
    baselines = {f"all {dataset.classes[label]}": _Measured() for label in constants}

    def work(example: Example) -> _OfPhoto:
        return _measure(example, dataset, sources, constants, kept)

    with ThreadPoolExecutor(workers) as pool:
        for found in pool.map(work, dataset.examples):
            for one, figures in zip((*measured.values(), *baselines.values()), found, strict=True):
                one.add(*figures)
            if on_photo is not None:
                on_photo(found[0][0], len(dataset.examples))
    return _summed_up(dataset, sources, measured, baselines, kept)


_OfPhoto = list[tuple[PhotoScores, MetricCounts]]
"""Figures of one photo: by each source, then by each constant mask."""


@dataclass
class _Measured:
    """Figures of photos as they come in, by one source."""

    rows: list[PhotoScores] = field(default_factory=list)
    counts: list[MetricCounts] = field(default_factory=list)

    def add(self, row: PhotoScores, counts: MetricCounts) -> None:
        self.rows.append(row)
        self.counts.append(counts)

    def summary(self, classes: Sequence[str]) -> Summary:
        return summarise(self.rows, sum_counts(self.counts), classes)


def _measure(
    example: Example,
    dataset: Dataset,
    sources: Mapping[str, ScoredMethod],
    constants: Sequence[int],
    gallery: Gallery,
) -> _OfPhoto:
    truth = dataset.encoding.decode(read_mask(example.mask, dataset.limits))
    photo = OpenPhoto(example.image, dataset.limits)
    found: _OfPhoto = []
    shown: dict[str, Mask] = {}
    decisions: dict[str, Decision] = {}

    def measure(one: Predicted) -> None:
        found.append(measure_photo(example.name, truth, one.mask, dataset.classes, one.foreground))

    for name, source in sources.items():
        # One full-size mask at a time: those of all methods for a huge photo would be gigabytes.
        predicted = source.predict(example, photo)
        measure(predicted)
        if gallery.wants(found[0][0]):
            shown[name] = resized_mask(predicted.mask, *photo.at().shape[:2])
            if predicted.decision is not None:
                decisions[name] = predicted.decision
        del predicted
    if len(shown) == len(sources):  # else so many worse photos have come meanwhile
        true = resized_mask(truth, *photo.at().shape[:2])
        gallery.add(
            found[0][0],
            lambda: tile(example.name, photo.at(), true, shown, dataset.classes, decisions),
        )
    for label in constants:
        measure(Predicted(np.full_like(truth, label)))
    return found


def _summed_up(
    dataset: Dataset,
    sources: Mapping[str, ScoredMethod],
    measured: Mapping[str, _Measured],
    baselines: Mapping[str, _Measured],
    gallery: Gallery,
) -> Scores:
    classes = dataset.classes
    named = [example.group for example in dataset.examples]
    groups = named if len(set(named)) < len(named) else None
    methods, figures = [], {}
    for name, one in measured.items():
        found = bootstrap_figures(one.rows, one.counts, classes, groups)
        figures[name] = found.only(COMPARED)
        confusion = sum_counts(one.counts).confusion
        methods.append(
            MethodScores(
                name=name,
                method=sources[name].method,
                rows=tuple(one.rows),
                summary=one.summary(classes),
                intervals=found.intervals(),
                confusion=tuple(tuple(map(int, line)) for line in confusion),
            )
        )
    constants = {
        name: bootstrap_figures(one.rows, one.counts, classes, groups).only(COMPARED)
        for name, one in baselines.items()
    }
    said = [note for source in sources.values() for note in source.notes]
    warned = [warning for source in sources.values() for warning in source.warnings]
    return Scores(
        data=dataset.root,
        classes=classes,
        methods=tuple(methods),
        baselines={name: one.summary(classes) for name, one in baselines.items()},
        comparisons=compare({name: one.rows for name, one in measured.items()}, figures),
        warnings=(*warned, *warnings_on(figures, constants, groups)),
        notes=(*dataset.notes, *dict.fromkeys(said), *notes_on(methods, groups)),
        gallery=gallery.tiles(),
    )
