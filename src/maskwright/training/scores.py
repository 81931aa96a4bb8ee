"""Scores of a segmenter on pairs in memory, as metrics.json keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from maskwright.core import Pair, Segmenter
from maskwright.metrics.counts import sum_counts
from maskwright.metrics.photo import measure_photo
from maskwright.metrics.summary import summarise

_TRAINING_PHOTOS_SCORED = 20


def score_pairs(segmenter: Segmenter, pairs: Sequence[Pair]) -> dict[str, Any]:
    """Score a segmenter on one or more pairs.

    Returns:
        `mean_iou`, the headline, see `Summary.iou`; `accuracy` over pooled pixels;
        `background_accuracy`, what calling everything background would give; and `images`, the
        figures of each photo.
    """
    classes = segmenter.classes
    rows, counts = [], []
    for pair in pairs:
        prediction = segmenter(pair.image).argmax(axis=2).astype(np.uint8)
        row, counted = measure_photo(pair.name, pair.mask, prediction, classes)
        rows.append(row)
        counts.append(counted)
    pooled = sum_counts(counts)
    summary = summarise(rows, pooled, classes)
    return {
        "mean_iou": summary.iou,
        "accuracy": 1 - summary.pooled_error_rate,
        "background_accuracy": float(
            pooled.confusion[0].sum() / max(int(pooled.confusion.sum()), 1)
        ),
        "images": [asdict(row) for row in rows],
    }


def mean_iou(segmenter: Segmenter, pairs: Sequence[Pair]) -> float:
    """The headline of `score_pairs` alone."""
    return float(score_pairs(segmenter, pairs)["mean_iou"])


def training_iou(segmenter: Segmenter, train_pairs: Sequence[Pair]) -> float:
    """Mean IoU on a few of the pairs that a model was trained on."""
    return mean_iou(segmenter, train_pairs[:_TRAINING_PHOTOS_SCORED])
