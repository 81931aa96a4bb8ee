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

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image, Mask, Pair, Probs, Segmenter, resized, resized_mask
from maskwright.data.dataset import Dataset, Example
from maskwright.data.mask import read_mask
from maskwright.engine.photo import OpenPhoto
from maskwright.evaluation.timing import seconds_of
from maskwright.metrics.region import confusion, margins, region_figures
from maskwright.refine.clean import Clean, cleaned
from maskwright.refine.guided import guided
from maskwright.runtime.resize import BILINEAR, ENLARGE, GUIDED, Resize
from maskwright.runtime.segmenter import LoadedModel

COMPONENTS = (0.0, 0.03, 0.1)
HOLES = (0.0, 0.01, 0.03)
"""Shares of the largest piece that are tried as what counts as small. They are few: the best of
many ways is soon the luckiest one."""

CLEANINGS = tuple(Clean(components, holes) for components, holes in product(COMPONENTS, HOLES))
"""All that is tried of a model with two classes; the first cleans nothing."""

_CLEANED_SIDE = 512  # shares of the largest piece are the same in a copy, at a tenth of the cost
_SURE = 2.0  # standard errors

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
    models: Sequence[LoadedModel],
    *,
    workers: int,
    enlarge: str | None = None,
) -> Finishing:
    """Find out how masks of photos are best finished, each found by the model of its fold.

    Args:
        dataset: the photos and true masks.
        held_out: of each fold, names of the photos that its model was not trained on.
        models: one of each fold, that may be called from several threads.
        workers: how many photos are in work at once.
        enlarge: one of `ENLARGE` where that is decided [default: what is found out].
    """
    fold = {name: at for at, names in enumerate(held_out) for name in names}

    def tried(example: Example) -> Ious:
        model = models[fold[example.name]]
        return _finished(dataset, example, model.network, model.metadata.resize)

    with ThreadPoolExecutor(workers) as pool:
        table = np.stack(list(pool.map(tried, dataset.examples)))
    return choose(table, [fold[example.name] for example in dataset.examples], enlarge=enlarge)


def finishing_of_pairs(model: LoadedModel, pairs: Sequence[Pair]) -> Finishing:
    """Find out how masks of pairs held out by a model are best enlarged; nothing is cleaned.

    A few pairs of one split are too little to choose among many ways.
    """
    resize = model.metadata.resize
    table = [
        finished_ious(model.network, resize, pair.image, pair.mask, clean=False) for pair in pairs
    ]
    return choose(np.stack(table), [0] * len(table))


def finishing_seconds(dataset: Dataset, network: Segmenter, resize: Resize) -> float:
    """Estimate how long `finishing_of_folds` takes in one thread; several take less.

    Args:
        dataset: the photos and true masks.
        network: a model as costly as those of the folds.
        resize: how photos are resized for it.
    """
    return seconds_of(dataset, lambda example: _finished(dataset, example, network, resize))


def finished_ious(
    network: Segmenter, resize: Resize, image: Image, truth: Mask, *, clean: bool = True
) -> Ious:
    """IoU of a photo for every way to finish its mask; the network runs once.

    What cleaning brings is found on a copy of at most 512 pixels, and added to the IoU of the
    mask at the size of the photo.

    Args:
        network: finds masks in photos that are resized for it.
        resize: how they are.
        image: (H, W, 3) uint8.
        truth: (H, W) uint8 class indices with `VOID`.
        clean: whether cleaning is tried.

    Returns:
        (E, C); without cleaning, and with more than two classes, C is 1.
    """
    small = resize.fitted(image)
    probs = network(small)
    enlarged = {
        GUIDED: guided(probs, image, small=small),
        BILINEAR: resized(probs, *image.shape[:2]),
    }
    cleanings = CLEANINGS if clean and len(network.classes) == 2 else CLEANINGS[:1]
    found = np.empty((len(ENLARGE), len(cleanings)))
    for at, name in enumerate(ENLARGE):
        found[at] = _iou(truth, enlarged[name])
        if len(cleanings) > 1:
            found[at] += _gains(truth, enlarged[name], cleanings)
    return found


def choose(
    table: NDArray[np.float64], folds: Sequence[int], *, enlarge: str | None = None
) -> Finishing:
    """Choose by the mean IoU of held-out photos.

    Outlines follow the photo unless that makes it worse by more than two standard errors. Pieces
    are cleaned only where that makes it better by as much, among all photos and again where each
    fold is cleaned as the others choose.

    Args:
        table: (P, E, C), `finished_ious` of each photo.
        folds: which fold each photo was held out in.
        enlarge: one of `ENLARGE` where that is decided [default: what the photos choose].
    """

    def chosen_way(photos: NDArray[np.float64]) -> int:
        return _better(photos[:, :, 0]) if enlarge is None else ENLARGE.index(enlarge)

    fold = np.asarray(folds)
    best = chosen_way(table)
    clean = _better(table[:, best])
    after = np.empty(len(table))
    for held in np.unique(fold):
        mine = fold == held
        others = table[~mine] if (~mine).any() else table
        way = chosen_way(others)
        after[mine] = table[mine, way, _better(others[:, way])]
    plain = table[:, best, 0]
    if not clean or not _is_sure(after - plain):
        clean = 0
        after = plain
    return Finishing(
        enlarge=ENLARGE[best],
        clean=CLEANINGS[clean] if clean else None,
        iou_before=float(table[:, ENLARGE.index(BILINEAR), 0].mean()),
        iou_after=float(after.mean()),
    )


def _better(ious: NDArray[np.float64]) -> int:
    """The best column of (P, N), if it is better than the first by more than chance; else 0."""
    best = int(ious.mean(axis=0).argmax())
    return best if _is_sure(ious[:, best] - ious[:, 0]) else 0


def _is_sure(gains: NDArray[np.float64]) -> bool:
    if len(gains) < 2:
        return False
    return bool(gains.mean() > _SURE * gains.std(ddof=1) / math.sqrt(len(gains)))


def _finished(dataset: Dataset, example: Example, network: Segmenter, resize: Resize) -> Ious:
    image = OpenPhoto(example.image, dataset.limits).at()
    truth = dataset.encoding.decode(read_mask(example.mask, dataset.limits))
    return finished_ious(network, resize, image, resized_mask(truth, *image.shape[:2]))


def _gains(truth: Mask, probs: Probs, cleanings: Sequence[Clean]) -> NDArray[np.float64]:
    """What each cleaning adds to the IoU, (C,), on a small copy; the first cleans nothing."""
    height, width = truth.shape
    scale = min(1.0, _CLEANED_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if scale < 1:
        probs = np.asarray(cv2.resize(probs, size, interpolation=cv2.INTER_AREA), np.float32)
        truth = resized_mask(truth, *probs.shape[:2])
    ious = np.array([_iou(truth, probs), *(_iou(truth, cleaned(probs, c)) for c in cleanings[1:])])
    return np.asarray(ious - ious[0], np.float64)


def _iou(truth: Mask, probs: Probs) -> float:
    """Mean over the classes that the truth holds, without the background, as scores have it."""
    prediction = probs.argmax(axis=2).astype(np.uint8)
    counted = margins(confusion(truth, prediction, probs.shape[2]))
    held = counted[1, 1:] > 0
    ious = region_figures(counted)["iou"][1:]
    return float(ious[held].mean() if held.any() else ious.min())
