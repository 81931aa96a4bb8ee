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
from maskwright.training.verdict import verdict

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
    found: float = score_pairs(segmenter, pairs)["mean_iou"]
    return found


def own_metrics(
    segmenter: Segmenter, train_pairs: Sequence[Pair], val_pairs: Sequence[Pair]
) -> dict[str, Any]:
    """What metrics.json says of a model that was scored on pairs held out from its training.

    Args:
        segmenter: the model as it is shipped.
        train_pairs: one or more pairs that it was trained on.
        val_pairs: pairs that were held out, if any.
    """
    seen = training_iou(segmenter, train_pairs)
    held_out = score_pairs(segmenter, val_pairs) if val_pairs else None
    return {
        "how": "on pairs held out from training, at no more than twice the network's size"
        if held_out
        else "no pairs were held out",
        "validation": held_out,
        "training_mean_iou": seen,
        "sentence": verdict(
            held_out["mean_iou"] if held_out else None,
            seen,
            pairs=len(train_pairs),
            held_out=len(val_pairs),
        ),
    }


def training_iou(segmenter: Segmenter, train_pairs: Sequence[Pair]) -> float:
    """Mean IoU on some of the pairs that a model was trained on."""
    return mean_iou(segmenter, train_pairs[:_TRAINING_PHOTOS_SCORED])
