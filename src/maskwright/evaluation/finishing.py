"""How masks are best finished: enlarged along the photo's outlines or not, small pieces cleaned.

Every way is tried on photos that the model never saw. What it is worth is measured on photos that
did not choose it: each fold is finished in the way that the others choose.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image, Mask, Pair, resized
from maskwright.data.dataset import Dataset, Example
from maskwright.data.mask import read_mask
from maskwright.evaluation.metrics import confusion, margins, region_figures
from maskwright.evaluation.opened import OpenPhoto
from maskwright.refine.clean import Clean, cleaned
from maskwright.refine.guided import guided
from maskwright.runtime.resize import BILINEAR, ENLARGE, GUIDED
from maskwright.runtime.segmenter import OnnxSegmenter

COMPONENTS = (0.0, 0.01, 0.03, 0.1, 0.3)
HOLES = (0.0, 0.003, 0.01, 0.03, 0.1)
"""Shares of the largest piece that are tried as what counts as small."""

CLEANINGS = tuple(Clean(components, holes) for components, holes in product(COMPONENTS, HOLES))
"""All that is tried of a model with two classes; the first cleans nothing."""

Ious = NDArray[np.float64]
"""(E, C): IoU of a photo for each way to enlarge, in the order of `ENLARGE`, and each cleaning."""


@dataclass(frozen=True)
class Finishing:
    """What is done to masks after the network.

    Attributes:
        enlarge: one of `ENLARGE`.
        clean: small pieces and holes that are cleaned; None for none.
        iou_before: mean IoU over photos, bilinear and without cleaning.
        iou_after: mean IoU over photos, each finished as the other folds choose; with one fold,
            as these photos choose.
    """

    enlarge: str
    clean: Clean | None
    iou_before: float
    iou_after: float


def finishing_of_folds(
    dataset: Dataset,
    held_out: Sequence[Sequence[str]],
    models: Sequence[OnnxSegmenter],
    *,
    workers: int,
) -> Finishing:
    """Find out how masks of photos are best finished, each found by the model of its fold.

    Args:
        dataset: the photos and true masks.
        held_out: of each fold, names of the photos that its model was not trained on.
        models: one of each fold, that may be called from several threads.
        workers: how many photos are in work at once.
    """
    fold = {name: at for at, names in enumerate(held_out) for name in names}

    def tried(example: Example) -> Ious:
        photo = OpenPhoto(example, dataset.limits)
        truth = dataset.encoding.decode(read_mask(example.mask, dataset.limits))
        return finished_ious(models[fold[example.name]], photo.image, photo.shrunk_mask(truth))

    with ThreadPoolExecutor(workers) as pool:
        table = np.stack(list(pool.map(tried, dataset.examples)))
    return choose(table, [fold[example.name] for example in dataset.examples])


def finishing_of_pairs(model: OnnxSegmenter, pairs: Sequence[Pair]) -> Finishing:
    """Find out how masks of pairs held out by a model are best enlarged; nothing is cleaned.

    One model of one split is too little to choose among many ways.
    """
    table = [finished_ious(model, pair.image, pair.mask)[:, :1] for pair in pairs]
    return choose(np.stack(table), [0] * len(table))


def finished_ious(model: OnnxSegmenter, image: Image, truth: Mask) -> Ious:
    """IoU of a photo for every way to finish its mask; the network runs once.

    Args:
        model: found how the mask is to be enlarged so far; its own way does not count.
        image: (H, W, 3) uint8.
        truth: (H, W) uint8 class indices with `VOID`.

    Returns:
        (E, C); with more than two classes nothing is cleaned, and C is 1.
    """
    small = model.metadata.resize.fitted(image)
    probs = model.network(small)
    enlarged = {
        GUIDED: guided(probs, image, small=small),
        BILINEAR: resized(probs, *image.shape[:2]),
    }
    cleanings = CLEANINGS if len(model.classes) == 2 else CLEANINGS[:1]
    found = np.empty((len(ENLARGE), len(cleanings)))
    for at, clean in np.ndindex(found.shape):
        mask = enlarged[ENLARGE[at]]
        mask = mask if clean == 0 else cleaned(mask, cleanings[clean])
        found[at, clean] = _iou(truth, mask.argmax(axis=2).astype(np.uint8), len(model.classes))
    return found


def choose(table: NDArray[np.float64], folds: Sequence[int]) -> Finishing:
    """Choose by the mean IoU of held-out photos.

    Outlines follow the photo unless that makes it worse by more than chance. Pieces are cleaned
    only where that makes it better by more than chance, the honest measure included.

    Args:
        table: (P, E, C), `finished_ious` of each photo.
        folds: which fold each photo was held out in.
    """
    fold = np.asarray(folds)
    enlarge = _better(table[:, :, 0])
    clean = _better(table[:, enlarge])
    after = np.empty(len(table))
    for held in np.unique(fold):
        mine = fold == held
        others = table[~mine] if (~mine).any() else table
        way = _better(others[:, :, 0])
        after[mine] = table[mine, way, _better(others[:, way])]
    if after.mean() <= table[:, enlarge, 0].mean():
        clean = 0
        after = table[:, enlarge, 0]
    return Finishing(
        enlarge=ENLARGE[enlarge],
        clean=CLEANINGS[clean] if clean else None,
        iou_before=float(table[:, ENLARGE.index(BILINEAR), 0].mean()),
        iou_after=float(after.mean()),
    )


def _better(ious: NDArray[np.float64]) -> int:
    """The best column of (P, N), if it is better than the first by more than chance; else 0."""
    best = int(ious.mean(axis=0).argmax())
    gains = ious[:, best] - ious[:, 0]
    if len(gains) < 2:
        return 0
    error = gains.std(ddof=1) / math.sqrt(len(gains))
    return best if gains.mean() > error else 0


def _iou(truth: Mask, prediction: Mask, classes: int) -> float:
    """Mean over the classes that the truth holds, without the background, as scores have it."""
    counted = margins(confusion(truth, prediction, classes))
    held = counted[1, 1:] > 0
    ious = region_figures(counted)["iou"][1:]
    return float(ious[held].mean() if held.any() else ious.min())
