"""Scores of a segmenter on pairs in memory, as metrics.json keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from maskwright.core import VOID, Mask, Pair, Segmenter
from maskwright.evaluation import metrics


def score_pairs(segmenter: Segmenter, pairs: Sequence[Pair]) -> dict[str, Any]:
    """Score a segmenter on pairs.

    Returns:
        `images`: name, iou and accuracy of each; `mean_iou`, the headline: for two classes the
        mean over photos of the foreground's IoU, for more the mean over classes of the IoU over
        pooled pixels; `accuracy` over pooled pixels; `background_accuracy`, what calling
        everything background would give.
    """
    classes = len(segmenter.classes)
    pooled = np.zeros((classes, classes), np.int64)
    rows = []
    for pair in pairs:
        prediction = segmenter(pair.image).argmax(axis=2).astype(np.uint8)
        pooled += metrics.confusion(pair.mask, prediction, classes)
        rows.append(
            {
                "name": pair.name,
                "iou": _photo_iou(pair.mask, prediction, classes),
                "accuracy": 1 - metrics.error_rate(pair.mask, prediction),
            }
        )
    if classes == 2:
        mean_iou = float(np.mean([row["iou"] for row in rows]))
    else:
        mean_iou = metrics.mean_iou(pooled)
    known = max(int(pooled.sum()), 1)
    return {
        "images": rows,
        "mean_iou": mean_iou,
        "accuracy": float(np.trace(pooled) / known),
        "background_accuracy": float(pooled[0].sum() / known),
    }


def _photo_iou(truth: Mask, prediction: Mask, classes: int) -> float:
    """IoU of the foreground; with several classes the mean over those that the photo holds."""
    if classes == 2:
        return metrics.iou(truth, prediction)
    held = [label for label in np.unique(truth).tolist() if label not in (0, VOID)]
    if not held:
        return float(not np.any(prediction[truth != VOID]))
    return float(np.mean([metrics.iou(truth, prediction, label) for label in held]))
