"""How long work on photos will take, found out on a few of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from maskwright.data.dataset import Dataset, Example
from maskwright.evaluation.methods import ScoredMethod
from maskwright.evaluation.scoring import score_sources

_TIMED = 3


def scoring_seconds(dataset: Dataset, sources: Mapping[str, ScoredMethod]) -> float:
    """Estimate how long `score_sources` takes in one thread; several take less.

    Args:
        dataset: all its photos are judged.
        sources: what is compared.

    Raises:
        DataError: as `score_sources`.
    """
    if not sources:
        return 0.0
    photos = dataset.examples
    few = _few(dataset)
    # Once to warm up: first calls load libraries and plan networks.
    score_sources(replace(dataset, examples=few[:1]), sources, workers=1)
    begin = time.perf_counter()
    score_sources(replace(dataset, examples=few), sources, workers=1)
    return (time.perf_counter() - begin) / len(few) * len(photos)


def seconds_of(dataset: Dataset, work: Callable[[Example], object]) -> float:
    """Estimate how long some work on every photo takes, one after the other."""
    few = _few(dataset)
    work(few[0])
    begin = time.perf_counter()
    for example in few:
        work(example)
    return (time.perf_counter() - begin) / len(few) * len(dataset.examples)


def _few(dataset: Dataset) -> tuple[Example, ...]:
    return dataset.examples[:: -(-len(dataset.examples) // _TIMED)]
