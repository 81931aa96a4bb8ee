"""Every photo of a data set with the masks of every source: decoded once, measured, summed up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from maskwright.core import Mask, resized_mask
from maskwright.data.dataset import Dataset, Example
from maskwright.data.masks.read import read_mask
from maskwright.data.threads import as_done
from maskwright.engine.photo import OpenPhoto
from maskwright.evaluation.gallery import Gallery
from maskwright.evaluation.notes import notes_on, warnings_on
from maskwright.evaluation.predicted import Predicted, ScoredMethod
from maskwright.evaluation.scores import MethodScores, Scores
from maskwright.evaluation.tiles import tile
from maskwright.fusion.decision import Decision
from maskwright.metrics.bootstrap import bootstrap_figures
from maskwright.metrics.comparison import COMPARED, compare
from maskwright.metrics.counts import MetricCounts, sum_counts
from maskwright.metrics.photo import PhotoScores, measure_photo
from maskwright.metrics.summary import summarise

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

    def work(example: Example) -> _OfPhoto:
        return _measure(example, dataset, sources, constants, kept)

    photos = []
    for found in as_done(work, dataset.examples, workers=workers):
        photos.append(found)
        if on_photo is not None:
            on_photo(found[0][0], len(dataset.examples))
    baselines = [f"all {dataset.classes[label]}" for label in constants]
    columns = zip(*photos, strict=True)
    measured = dict(zip((*sources, *baselines), columns, strict=True))
    return _summed_up(dataset, sources, measured, kept)


_Measured = tuple[PhotoScores, MetricCounts]
_OfPhoto = list[_Measured]
"""Figures of one photo: by each source, then by each constant mask."""


def _measure(
    example: Example,
    dataset: Dataset,
    sources: Mapping[str, ScoredMethod],
    constants: Sequence[int],
    gallery: Gallery,
) -> _OfPhoto:
    truth = dataset.encoding.decode(read_mask(example.mask, dataset.limits))
    photo = OpenPhoto(example.image, dataset.limits, dataset.bits)
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
    measured: Mapping[str, Sequence[_Measured]],
    gallery: Gallery,
) -> Scores:
    classes = dataset.classes
    named = [example.group for example in dataset.examples]
    groups = named if len(set(named)) < len(named) else None
    methods, figures, baselines, constants = [], {}, {}, {}
    for name, photos in measured.items():
        rows, counts = zip(*photos, strict=True)
        found = bootstrap_figures(rows, counts, classes, groups)
        pooled = sum_counts(counts)
        summary = summarise(rows, pooled, classes)
        if name not in sources:
            baselines[name] = summary
            constants[name] = found.only(COMPARED)
            continue
        figures[name] = found.only(COMPARED)
        methods.append(
            MethodScores(
                name=name,
                method=sources[name].method,
                rows=rows,
                summary=summary,
                intervals=found.intervals(),
                confusion=tuple(tuple(map(int, line)) for line in pooled.confusion),
            )
        )
    said = [note for source in sources.values() for note in source.notes]
    warned = [warning for source in sources.values() for warning in source.warnings]
    return Scores(
        data=dataset.root,
        classes=classes,
        methods=tuple(methods),
        baselines=baselines,
        comparisons=compare({one.name: one.rows for one in methods}, figures),
        warnings=(*dataset.warnings, *warned, *warnings_on(figures, constants, groups)),
        notes=(*dataset.notes, *dict.fromkeys(said), *notes_on(methods, groups)),
        gallery=gallery.tiles(),
    )
