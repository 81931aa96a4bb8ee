"""The best post-processing of masks: how they are enlarged, and how far small regions are removed.

Every combination is tried on held-out photos. Its gain is measured on photos that did not choose
it: each fold uses the combination that the other folds choose.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image, Mask, Pair, Probs, Segmenter, resized_mask, shrunk
from maskwright.data.dataset import Dataset
from maskwright.evaluation.timing import seconds_of
from maskwright.metrics.region import confusion, margins, region_figures
from maskwright.refine.clean import Clean, cleaned
from maskwright.runtime.resize import BILINEAR, ENLARGE, Resize, enlarged
from maskwright.runtime.segmenter import LoadedModel
from maskwright.study.folds import FoldModels, working_pair

CLEANINGS = tuple(Clean(*sizes) for sizes in product((0.0, 0.03, 0.1), (0.0, 0.01, 0.03)))
"""Candidate sizes of small regions and of holes, as fractions of the largest region, for models
with two classes. The first removes nothing. They are few, because the best of many candidates may
be best by chance."""

_CLEANED_SIDE = 512  # pixels: the gain is about the same, at a tenth of the cost
_CLEAR = 2.0  # standard errors

Ious = NDArray[np.float64]
"""(E, C): IoU of a photo for each enlargement, in the order of `ENLARGE`, and each cleaning."""


@dataclass(frozen=True)
class Finishing:
    """Post-processing of masks.

    Attributes:
        enlarge: one of `ENLARGE`.
        clean: small regions and holes to remove; None for none.
        iou_before: mean IoU over photos, bilinear and without cleaning.
        iou_after: mean IoU over photos, each fold as the other folds choose; with one fold, as
            its own photos choose.
    """

    enlarge: str
    clean: Clean | None
    iou_before: float
    iou_after: float


def finishing_of_folds(folds: FoldModels, *, enlarge: str | None = None) -> Finishing:
    """Choose the post-processing on all photos, each with the model of its fold.

    Args:
        folds: the photos and models.
        enlarge: one of `ENLARGE`, if that is fixed [default: chosen].
    """
    table, fold = folds.on_each(
        lambda image, truth, model: finished_ious(
            model.network, model.metadata.resize, image, truth
        )
    )
    return choose(np.stack(table), fold, enlarge=enlarge)


def finishing_of_pairs(model: LoadedModel, pairs: Sequence[Pair]) -> Finishing:
    """Choose the enlargement on pairs held out by a model, without cleaning.

    The few pairs of one split are not enough to choose among many combinations.
    """
    resize = model.metadata.resize
    table = [
        finished_ious(model.network, resize, pair.image, pair.mask, clean=False) for pair in pairs
    ]
    return choose(np.stack(table), [0] * len(table))


def finishing_seconds(dataset: Dataset, network: Segmenter, resize: Resize) -> float:
    """Estimate the seconds that `finishing_of_folds` takes in one thread.

    Args:
        dataset: the photos and true masks.
        network: a model as slow as the models of the folds.
        resize: of photos, for the network.
    """
    return seconds_of(
        dataset, lambda one: finished_ious(network, resize, *working_pair(dataset, one))
    )


def finished_ious(
    network: Segmenter, resize: Resize, image: Image, truth: Mask, *, clean: bool = True
) -> Ious:
    """IoU of a photo for every combination; the network runs once.

    The gain of cleaning is measured on a copy of at most 512 pixels, and added to the IoU at the
    size of the photo.

    Args:
        network: takes photos at network size.
        resize: of photos, for the network.
        image: (H, W, 3) uint8.
        truth: (H, W) uint8 class indices with `VOID`.
        clean: try cleaning.

    Returns:
        (E, C); without cleaning, and with more than two classes, C is 1.
    """
    small = resize.fitted(image)
    probs = network(small)
    cleanings = CLEANINGS if clean and len(network.classes) == 2 else CLEANINGS[:1]
    found = np.empty((len(ENLARGE), len(cleanings)))
    for at, name in enumerate(ENLARGE):
        full = enlarged(probs, image, small, name)
        found[at] = _iou(truth, full)
        if len(cleanings) > 1:
            found[at] += _gains(truth, full, cleanings)
    return found


def choose(
    table: NDArray[np.float64], folds: Sequence[int], *, enlarge: str | None = None
) -> Finishing:
    """Choose by the mean IoU over held-out photos.

    Guided enlargement is the default, unless bilinear is better by more than two standard errors.
    Cleaning is chosen only if it is better by as much, both over all photos and with each fold
    cleaned as the other folds choose.

    Args:
        table: (P, E, C), `finished_ious` of each photo.
        folds: the fold that holds each photo out.
        enlarge: one of `ENLARGE`, if that is fixed [default: chosen].
    """

    def combination(photos: NDArray[np.float64]) -> tuple[int, int]:
        at = _better(photos[:, :, 0]) if enlarge is None else ENLARGE.index(enlarge)
        return at, _better(photos[:, at])

    fold = np.asarray(folds)
    best, clean = combination(table)
    after = np.empty(len(table))
    for held in np.unique(fold):
        mine = fold == held
        others = table[~mine] if (~mine).any() else table
        after[mine] = table[(mine, *combination(others))]
    plain = table[:, best, 0]
    if not clean or not _is_clear(after - plain):
        clean = 0
        after = plain
    return Finishing(
        enlarge=ENLARGE[best],
        clean=CLEANINGS[clean] if clean else None,
        iou_before=float(table[:, ENLARGE.index(BILINEAR), 0].mean()),
        iou_after=float(after.mean()),
    )


def _better(ious: NDArray[np.float64]) -> int:
    """Index of the best column of (P, N), if it is clearly better than the first; else 0."""
    best = int(ious.mean(axis=0).argmax())
    return best if _is_clear(ious[:, best] - ious[:, 0]) else 0


def _is_clear(gains: NDArray[np.float64]) -> bool:
    if len(gains) < 2:
        return False
    return bool(gains.mean() > _CLEAR * gains.std(ddof=1) / math.sqrt(len(gains)))


def _gains(truth: Mask, probs: Probs, cleanings: Sequence[Clean]) -> NDArray[np.float64]:
    """IoU gain of each cleaning, (C,), on a small copy; 0 for the first, which removes nothing."""
    probs = shrunk(probs, _CLEANED_SIDE)
    truth = resized_mask(truth, *probs.shape[:2])
    ious = np.array([_iou(truth, probs), *(_iou(truth, cleaned(probs, c)) for c in cleanings[1:])])
    return np.asarray(ious - ious[0], np.float64)


def _iou(truth: Mask, probs: Probs) -> float:
    """Mean over the classes in the truth, without the background, as in the scores."""
    prediction = probs.argmax(axis=2).astype(np.uint8)
    counted = margins(confusion(truth, prediction, probs.shape[2]))
    held = counted[1, 1:] > 0
    ious = region_figures(counted)["iou"][1:]
    return float(ious[held].mean() if held.any() else ious.min())
