"""How long scoring will take, found out on a few photos."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from maskwright.data.dataset import Dataset
from maskwright.evaluation.scoring import score_sources
from maskwright.evaluation.source import Source

_TIMED = 3


def scoring_seconds(dataset: Dataset, sources: Mapping[str, Source]) -> float:
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
    few = photos[:: -(-len(photos) // _TIMED)]
    # Once to warm up: first calls load libraries and plan networks.
    score_sources(replace(dataset, examples=few[:1]), sources, workers=1)
    begin = time.perf_counter()
    score_sources(replace(dataset, examples=few), sources, workers=1)
    return (time.perf_counter() - begin) / len(few) * len(photos)
