"""Scores every way on every photo, each by networks and gates that have not seen it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2

from benchmarks.fusion.networks import Fold
from benchmarks.fusion.photos import Case, case, milliseconds_of_opencv, oracles, plain
from benchmarks.fusion.ways import FIXED, gates
from maskwright.data.dataset import Dataset, Example
from maskwright.fusion.gate import Gate
from maskwright.runtime.segmenter import OnnxSegmenter, load


def cross_validated(dataset: Dataset, wanted: Sequence[Fold]) -> dict[str, Any]:
    """Score one repeat: the gate of a fold learns from the photos of the other folds.

    Returns:
        By photo the scores of every way, and the gates of each fold.
    """
    cv2.setNumThreads(1)
    examples = {example.name: example for example in dataset.examples}
    cases: list[Case] = []
    parts: list[int] = []
    for fold in wanted:
        model = load(fold.model, threads=1)
        cases += [_case(dataset, examples[name], model) for name in fold.held_out]
        parts += [fold.number] * len(fold.held_out)
    lessons = [one.lesson for one in cases]
    learned: dict[int, dict[str, Gate]] = {}
    for fold in wanted:
        others = [at for at, part in enumerate(parts) if part != fold.number]
        learned[fold.number] = gates([lessons[at] for at in others], [parts[at] for at in others])
    photos = {
        one.pair.name: _all_scores(one, learned[part])
        for one, part in zip(cases, parts, strict=True)
    }
    return {
        "photos": photos,
        "gates": {
            str(number): {name: gate.to_json() for name, gate in both.items()}
            for number, both in learned.items()
        },
    }


def frozen(dataset: Dataset, model: OnnxSegmenter, fixed: Mapping[str, Gate]) -> dict[str, Any]:
    """Score photos with a network and gates that were learned elsewhere."""
    cv2.setNumThreads(1)
    return {
        "photos": {
            example.name: _all_scores(_case(dataset, example, model), fixed)
            for example in dataset.examples
        }
    }


def _case(dataset: Dataset, example: Example, model: OnnxSegmenter) -> Case:
    return case(dataset.load(example), model)


def _all_scores(one: Case, fixed: Mapping[str, Gate]) -> dict[str, Any]:
    found = {name: one.scored(way) for name, way in FIXED.items()}
    found |= {name: one.scored(gate.fused) for name, gate in fixed.items()}
    found |= oracles(one)
    return {
        "ways": plain(found),
        "pieces": len(one.opinions.disputes),
        "asking_ms": round(one.asking, 2),
        "opencv_ms": round(milliseconds_of_opencv(one.pair), 1),
    }
