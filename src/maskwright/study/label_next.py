"""Which photos to label next: photos on which models of different folds disagree.

Uncertain pixels are not equally useful. Models that are all unsure along an outline have little to
learn there. Models that find different objects have much to learn.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from maskwright.core import Probs
from maskwright.metrics.study_results import UnlabelledPhoto

_DISAGREEMENT_WEIGHT = 0.75  # the rest of the uncertainty is entropy
_TINY = 1e-6
_LEAST_FOREGROUND = 0.3  # where no model gives more than this, there is only noise
_FLOOR = 0.001  # fraction of the pixels counted as agreement: a few stray ones are no object

Embedding = NDArray[np.float32]
"""(D,) float32 of unit length: what a photo looks like."""


def uncertainty(models: Sequence[Probs]) -> float:
    """Uncertainty of several models about a photo, 0 to 1.

    Three quarters are disagreement: 1 minus the mean soft IoU over pairs of models, where at least
    one model finds foreground. One quarter is the entropy of the mean probabilities, weighted by
    the probability of foreground.

    Args:
        models: (H, W, K) probabilities of two models or more.
    """
    found = np.min([probs[:, :, 0] for probs in models], axis=0) < 1 - _LEAST_FOREGROUND
    foreground = [probs[:, :, 1:] * found[:, :, None] for probs in models]
    pairs = [(foreground[i], foreground[j]) for i in range(len(foreground)) for j in range(i)]
    agreement = np.mean([_soft_iou(one, other) for one, other in pairs])
    mean = np.mean(np.stack(list(models)), axis=0)
    entropy = -(mean * np.log(np.maximum(mean, _TINY))).sum(axis=2) / np.log(mean.shape[2])
    weight = 1 - mean[:, :, 0]
    doubt = (entropy * weight).sum() / max(float(weight.sum()), _TINY)
    return float(_DISAGREEMENT_WEIGHT * (1 - agreement) + (1 - _DISAGREEMENT_WEIGHT) * doubt)


def labelling_order(
    photos: Sequence[tuple[str, float, Embedding]],
) -> tuple[UnlabelledPhoto, ...]:
    """Order photos by how much their masks would help, the best first.

    The more a photo resembles one before it, the less it counts: a mask of a near-duplicate adds
    little.

    Args:
        photos: path, uncertainty and embedding of each photo.
    """
    if not photos:
        return ()
    paths, uncertainties, embeddings = zip(*photos, strict=True)
    value = np.array(uncertainties, np.float64)
    embedding = np.stack(embeddings)
    similarity = np.zeros(len(paths))
    left = np.ones(len(paths), bool)
    order = []
    for _ in paths:
        worth = np.where(left, value * (1 - similarity), -1.0)
        best = int(worth.argmax())
        left[best] = False
        order.append(UnlabelledPhoto(paths[best], uncertainties[best]))
        similarity = np.maximum(similarity, np.clip(embedding @ embedding[best], 0, 1) ** 2)
    return tuple(order)


def _soft_iou(one: Probs, other: Probs) -> float:
    floor: float = _FLOOR * one.shape[0] * one.shape[1]
    union = float(np.maximum(one, other).sum())
    shared = float(np.minimum(one, other).sum())
    return (shared + floor) / (union + floor)
