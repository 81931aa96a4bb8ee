"""Going on from a model that knows already what it is to learn.

A few dozen photos undo what thousands have taught: at the rates that suit a fresh decoder, a model
of animals that goes on with 37 photos of animals forgets more in 80 steps than it learns. So the
rates follow what is left to learn.

How steeply was measured with the bundled model: 60 steps on half of some animal photos, of which
it knew 78 %, judged on the other half. At a tenth of the recipe's rates it lost 1.3 points of IoU;
with the decoder alone learning, at three tenths, 0.5; at a hundredth 0.1 or nothing. The third
power of what is left makes 0.011 of 22 %, and leaves a start that knows little its rates.
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
_POWER = 3
_MOST = 0.5


def is_gentle(recipe: Recipe, start: str) -> bool:
    """Whether the rates of a recipe follow what its start knows: a model, no mere encoder."""
    return recipe.gentle and start not in STARTS


def gentler(recipe: Recipe, known: float) -> Recipe:
    """Return the recipe with rates that suit what is left to learn.

    Args:
        recipe: its rates are those for a start that knows nothing.
        known: what the start knows, see `known_share`.

    Returns:
        Both rates times the third power of the share that is left to learn. Where the start knows
        more than half, the statistics of the decoder stay too: those of a few batches are worse.
    """
    left = (1 - known) ** _POWER
    _log.info(
        "the model to start from has come %.0f %% of the way from a mask of one class to these "
        "masks (mean IoU): it learns %.2g times as fast as a fresh one, to keep what it knows",
        100 * known,
        left,
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
        pairs: one or more; some twenty of them are looked at, evenly spread.
    """
    pairs = pairs[:: -(-len(pairs) // _PHOTOS)]
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
