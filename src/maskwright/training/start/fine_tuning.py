"""Fine-tuning: starting from a model that already knows some of the task.

At the learning rates of a fresh decoder, a few dozen photos undo what thousands have taught. So the
better the model already is on the training photos, the lower are the rates; up to a bound they stay
as they are.
The figures behind the constants are in docs/notebook/measurements.md.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from maskwright.core import Pair, Segmenter, from_function
from maskwright.training.recipes import Recipe
from maskwright.training.scores import score_pairs
from maskwright.training.start.weights import STARTS

_log = logging.getLogger(__name__)
_PHOTOS = 40
_LEAST = 1e-6
_POWER = 1.5
_FULL_RATES = 0.85  # up to this score; between those of two data sets that were measured


def is_fine_tuning(recipe: Recipe, start: str) -> bool:
    """Whether the learning rates depend on the start: a whole model, not only an encoder."""
    return recipe.fine_tune and start not in STARTS


def with_fine_tuning_rates(recipe: Recipe, score: float | None) -> Recipe:
    """Return the recipe with learning rates that suit what is left to learn.

    Args:
        recipe: its rates are for a start that knows nothing of the task.
        score: how good the start already is, see `pretrained_score`; None leaves the rates.

    Returns:
        Above a score of `_FULL_RATES`, both rates times (1 - score) to the power 1.5, and the
        decoder keeps its BatchNorm statistics, because a few batches give worse ones.
    """
    if score is None or score <= _FULL_RATES:
        return recipe
    left = (1 - score) ** _POWER
    _log.info(
        "the start already scores %.2f on a typical photo (0: a mask of one class, 1: the true "
        "mask): learning rates are multiplied by %.2g, to keep what it has learned",
        score,
        left,
    )
    return replace(
        recipe,
        decoder_rate=recipe.decoder_rate * left,
        encoder_rate=recipe.encoder_rate * left,
        freeze_decoder_batchnorm=True,
    )


def pretrained_score(segmenter: Segmenter, pairs: Sequence[Pair]) -> float:
    """Score a segmenter before training, from 0 (the best constant mask) to 1 (the true masks).

    Args:
        segmenter: where it is worse than a constant mask, the score is 0.
        pairs: one or more; about forty of them are scored, evenly spread.

    Returns:
        The median over photos of IoU, scaled from the constant mask's IoU to 1.
    """
    pairs = pairs[:: -(-len(pairs) // _PHOTOS)]
    classes = segmenter.classes
    pixels = np.eye(len(classes), dtype=np.float32)
    constant = np.max([_ious(_constant(classes, pixel), pairs) for pixel in pixels], axis=0)
    found = _ious(segmenter, pairs)
    shares = (found - constant) / np.maximum(1 - constant, _LEAST)
    return max(0.0, float(np.median(shares)))


def _ious(segmenter: Segmenter, pairs: Sequence[Pair]) -> NDArray[np.float64]:
    return np.array([one["iou"] for one in score_pairs(segmenter, pairs)["images"]])


def _constant(classes: tuple[str, ...], pixel: NDArray[np.float32]) -> Segmenter:
    return from_function(classes, lambda image, _prior: np.tile(pixel, (*image.shape[:2], 1)))
