"""Scores of a segmenter on pairs in memory, as metrics.json keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from maskwright.core import Pair, Segmenter
from maskwright.evaluation.metrics import confusion
from maskwright.evaluation.photo import score_photo
from maskwright.evaluation.summary import summarise


def score_pairs(segmenter: Segmenter, pairs: Sequence[Pair]) -> dict[str, Any]:
    """Score a segmenter on one or more pairs.

    Returns:
        `mean_iou`, the headline, see `Summary.iou`; `accuracy` over pooled pixels;
        `background_accuracy`, what calling everything background would give; and `images`, the
        figures of each photo.
    """
    classes = segmenter.classes
    pooled = np.zeros((len(classes), len(classes)), np.int64)
    rows = []
    for pair in pairs:
        prediction = segmenter(pair.image).argmax(axis=2).astype(np.uint8)
        pooled += confusion(pair.mask, prediction, len(classes))
        rows.append(score_photo(pair.name, pair.mask, prediction, classes))
    summary = summarise(rows, pooled, classes)
    return {
        "mean_iou": summary.iou,
        "accuracy": 1 - summary.pooled_error_rate,
        "background_accuracy": float(pooled[0].sum() / max(int(pooled.sum()), 1)),
        "images": [asdict(row) for row in rows],
    }
