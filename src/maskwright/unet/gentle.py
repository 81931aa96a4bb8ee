"""Going on from a model that knows already what it is to learn.

A few dozen photos undo what thousands have taught: at the rates that suit a fresh decoder, a model
of animals that goes on with 37 photos of animals forgets more in 80 steps than it learns. So the
rates follow what is left to learn.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from maskwright.core import Image, Pair, Probs, Segmenter, from_function
from maskwright.unet.recipes import Recipe
from maskwright.unet.start import STARTS
from maskwright.unet.validate import mean_iou

_log = logging.getLogger(__name__)
_PHOTOS = 20
_MOST = 0.5


def is_gentle(recipe: Recipe, start: str) -> bool:
    """Whether the rates of a recipe follow what its start knows: a model, no mere encoder."""
    return recipe.gentle and start not in STARTS


def gentler(recipe: Recipe, start: Segmenter, pairs: Sequence[Pair]) -> Recipe:
    """Return the recipe with rates that suit what is left to learn.

    Args:
        recipe: its rates are those for a start that knows nothing.
        start: the network before its first step.
        pairs: one or more pairs that it will be trained on; some of them are looked at.

    Returns:
        Both rates times the square of the share that is left to learn. Where the start knows more
        than half, the statistics of the decoder stay too: those of a few batches are worse.
    """
    known = known_share(start, pairs[:: -(-len(pairs) // _PHOTOS)])
    left = (1 - known) ** 2
    _log.info(
        "the start knows %.0f %% of what is to be learned: rates times %.2g", 100 * known, left
    )
    return replace(
        recipe,
        decoder_rate=recipe.decoder_rate * left,
        encoder_rate=recipe.encoder_rate * left,
        hold_decoder=known > _MOST,
    )


def known_share(segmenter: Segmenter, pairs: Sequence[Pair]) -> float:
    """How far a segmenter has come from the best constant mask (0) to the truth (1), in mean IoU.

    Args:
        segmenter: at worst as good as a constant mask is counted.
        pairs: one or more.
    """
    classes = segmenter.classes
    constant = max(mean_iou(_all_of(label, classes), pairs) for label in range(len(classes)))
    if constant >= 1:
        return 0.0
    return max(0.0, (mean_iou(segmenter, pairs) - constant) / (1 - constant))


def _all_of(label: int, classes: tuple[str, ...]) -> Segmenter:
    def run(image: Image, _prior: Probs | None) -> Probs:
        probs = np.zeros((*image.shape[:2], len(classes)), np.float32)
        probs[..., label] = 1
        return probs

    return from_function(classes, run)
