"""How long work on photos will take, found out on a few of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from maskwright.data.dataset import Dataset, Example
from maskwright.evaluation.predicted import ScoredMethod
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
    return _seconds(
        dataset,
        lambda few: score_sources(replace(dataset, examples=few), sources, workers=1),
    )


def seconds_of(dataset: Dataset, work: Callable[[Example], object]) -> float:
    """Estimate how long some work on every photo takes, one after the other."""
    return _seconds(dataset, lambda few: [work(example) for example in few])


def _seconds(dataset: Dataset, work: Callable[[tuple[Example, ...]], object]) -> float:
    few = dataset.examples[:: -(-len(dataset.examples) // _TIMED)]
    work(few[:1])  # to warm up: first calls load libraries and plan networks
    begin = time.perf_counter()
    work(few)
    return (time.perf_counter() - begin) / len(few) * len(dataset.examples)
