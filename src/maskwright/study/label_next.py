"""Which photos to label next: those on which models trained on other photos disagree.

Every pixel that is in doubt is not equally worth a mask: models that agree on being unsure along
an outline have little to learn there, models that find different objects have much.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from maskwright.core import Probs
from maskwright.metrics.study_results import UnlabelledPhoto

_BY_DISAGREEMENT = 0.75  # the rest of the uncertainty is what each model doubts by itself
_TINY = 1e-6
_CLAIMED = 0.3  # what no model gives more than this is not found by any: there is noise alone
_FLOOR = 0.001  # of the pixels, on which models agree always: a few odd ones are no object

Look = NDArray[np.float32]
"""(D,) float32 of unit length: what a photo looks like."""


def uncertainty(models: Sequence[Probs]) -> float:
    """How little several models know of a photo, 0 to 1.

    Three parts in four are disagreement: 1 minus the mean IoU of soft masks, over pairs of models,
    where at least one of them finds foreground.
    The last is doubt: the entropy of the mean probabilities, over pixels that may be foreground.

    Args:
        models: (H, W, K) probabilities by two models or more.
    """
    claimed = np.min([probs[:, :, 0] for probs in models], axis=0) < 1 - _CLAIMED
    stack = np.stack([probs[:, :, 1:] * claimed[:, :, None] for probs in models])
    pairs = [(i, j) for i in range(len(stack)) for j in range(i)]
    alike = np.mean([_soft_iou(stack[i], stack[j]) for i, j in pairs])
    mean = np.mean(np.stack(list(models)), axis=0)
    entropy = -(mean * np.log(np.maximum(mean, _TINY))).sum(axis=2) / np.log(mean.shape[2])
    weight = 1 - mean[:, :, 0]
    doubt = (entropy * weight).sum() / max(float(weight.sum()), _TINY)
    return float(_BY_DISAGREEMENT * (1 - alike) + (1 - _BY_DISAGREEMENT) * doubt)


def in_order(
    paths: Sequence[str], uncertainties: Sequence[float], looks: Sequence[Look]
) -> tuple[UnlabelledPhoto, ...]:
    """Order photos, the one to label first in front.

    Each photo counts for less the more it looks like one that is in front of it: near-duplicates
    of the most uncertain photo teach what it teaches.

    Args:
        paths: of the photos.
        uncertainties: of each.
        looks: of each.
    """
    value = np.asarray(uncertainties, np.float64)
    look = np.stack(list(looks)) if paths else np.empty((0, 1))
    likeness = np.zeros(len(paths))
    left = np.ones(len(paths), bool)
    order = []
    for _ in paths:
        worth = np.where(left, value * (1 - likeness), -1.0)
        best = int(worth.argmax())
        left[best] = False
        order.append(best)
        likeness = np.maximum(likeness, np.clip(look @ look[best], 0, 1) ** 2)
    return tuple(UnlabelledPhoto(paths[at], float(value[at])) for at in order)


def _soft_iou(one: Probs, other: Probs) -> float:
    floor: float = _FLOOR * one.shape[0] * one.shape[1]
    union = float(np.maximum(one, other).sum())
    shared = float(np.minimum(one, other).sum())
    return (shared + floor) / (union + floor)
