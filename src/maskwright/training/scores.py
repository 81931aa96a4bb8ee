"""How good a model is, as metrics.json says it: scores on pairs in memory, and one sentence."""

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
_NAMES = ((0.9, "very good"), (0.8, "good"), (0.65, "usable, look at the masks"), (0.0, "poor"))


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


def summary_sentence(val_iou: float | None, train_iou: float, *, pairs: int, held_out: int) -> str:
    """Say how good the model is.

    Args:
        val_iou: mean IoU on the pairs held out; None when there are none.
        train_iou: mean IoU on pairs trained on.
        pairs: how many were trained on.
        held_out: how many were held out.
    """
    if val_iou is None:
        return (
            f"Trained on all {pairs} pairs, so there is no honest figure (on them: IoU "
            f"{train_iou:.2f}); with 10 pairs or more a part is held out and scored."
        )
    name = next(name for bound, name in _NAMES if val_iou >= bound)
    few = f", though {held_out} photos say little" if held_out < 20 else ""
    return (
        f"On {held_out} photos held out the mean IoU is {val_iou:.2f}: {name}{few}. "
        f"{_help(val_iou, train_iou)}"
    )


def _help(val_iou: float, train_iou: float) -> str:
    if val_iou >= 0.93:
        return "More photos would change little."
    if train_iou - val_iou > 0.06:
        return (
            f"On its training photos it has {train_iou:.2f}: more labelled photos, of the kind "
            "it fails on, would help most."
        )
    return (
        f"On its training photos it has {train_iou:.2f}, hardly more: more --minutes, a larger "
        "--size or cleaner masks (`maskwright check`) would help more than new photos."
    )
