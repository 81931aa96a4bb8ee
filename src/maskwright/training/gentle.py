"""Going on from a model that knows already what it is to learn.

A few dozen photos undo what thousands have taught: at the rates that suit a fresh decoder, a model
of animals that goes on with 37 photos of animals forgets more in 80 steps than it learns. So where
it knows most of its task the rates follow what is left to learn, and elsewhere they stay.

Both were measured with the bundled model. Of a typical animal photo it knew 94 %: in 60 steps on
half of some, judged on the other half, it lost 1.3 points of IoU at a tenth of the recipe's rates;
with the decoder alone learning, at three tenths, 0.5; at a hundredth 0.1 or nothing. The power 1.5
of what is left makes 0.015 of 6 %. Of a typical photo of rusty soybean leaves it knew 77 %: going
on with 15 of them at the full rates it reached an IoU of 0.86 on 16 others, at a twentieth of the
rates only 0.79. Means say less than the typical photo: a few photos in which an animal could be
meant or not make theirs 78 and 74 %.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image, Pair, Probs, Segmenter, from_function
from maskwright.training.recipes import Recipe
from maskwright.training.start import STARTS
from maskwright.training.validate import score_pairs

_log = logging.getLogger(__name__)
_PHOTOS = 40
_LEAST = 1e-6
_POWER = 1.5
_MOST = 0.85  # in the middle of the two that were measured


def is_gentle(recipe: Recipe, start: str) -> bool:
    """Whether the rates of a recipe follow what its start knows: a model, no mere encoder."""
    return recipe.gentle and start not in STARTS


def gentler(recipe: Recipe, known: float) -> Recipe:
    """Return the recipe with rates that suit what is left to learn.

    Args:
        recipe: its rates are those for a start that knows nothing.
        known: what the start knows, see `known_share`.

    Returns:
        Where the start knows more than `_MOST`, both rates times the power 1.5 of the share that is
        left to learn; and the statistics of the decoder stay: those of a few batches are worse.
    """
    if known <= _MOST:
        return recipe
    left = (1 - known) ** _POWER
    _log.info(
        "the model to start from has come %.0f %% of the way from a mask of one class to the mask "
        "of a typical photo: it learns %.2g times as fast as a fresh one, to keep what it knows",
        100 * known,
        left,
    )
    return replace(
        recipe,
        decoder_rate=recipe.decoder_rate * left,
        encoder_rate=recipe.encoder_rate * left,
        hold_decoder=True,
    )


def known_share(segmenter: Segmenter, pairs: Sequence[Pair]) -> float:
    """How far a segmenter has come from the best constant mask (0) to the truth (1), in IoU: the
    median over photos.

    Args:
        segmenter: at worst as good as a constant mask is counted.
        pairs: one or more; some forty of them are looked at, evenly spread.
    """
    pairs = pairs[:: -(-len(pairs) // _PHOTOS)]
    classes = segmenter.classes
    constant = np.max([_ious(_all_of(at, classes), pairs) for at in range(len(classes))], axis=0)
    found = _ious(segmenter, pairs)
    shares = (found - constant) / np.maximum(1 - constant, _LEAST)
    return max(0.0, float(np.median(shares)))


def _ious(segmenter: Segmenter, pairs: Sequence[Pair]) -> NDArray[np.float64]:
    return np.array([one["iou"] for one in score_pairs(segmenter, pairs)["images"]])


def _all_of(label: int, classes: tuple[str, ...]) -> Segmenter:
    def run(image: Image, _prior: Probs | None) -> Probs:
        probs = np.zeros((*image.shape[:2], len(classes)), np.float32)
        probs[..., label] = 1
        return probs

    return from_function(classes, run)
