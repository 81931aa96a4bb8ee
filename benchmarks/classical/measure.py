"""Time and error of each method on the same photos, in turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import cv2
import numpy as np

from benchmarks.classical.cases import Case
from maskwright.classical.methods import CLASSICAL
from maskwright.core import Image, Mask, Probs, Segmenter
from maskwright.metrics.region import error_rate, iou

REFERENCE = "cv2.grabCut, 5 iterations"
_ITERATIONS = 5
Method = Callable[[Image, Probs], Mask]


Figures = Mapping[str, Sequence[float]]
"""Figures of a method in the order of the photos: `error`, mislabelled pixels as a fraction of all
that are not void; `iou` of the foreground; `seconds`, the fastest of the rounds."""


def methods() -> dict[str, Method]:
    """All methods: OpenCV, the reference; OpenCV on half the photo, for scale; then ours.

    `grabcut-opencv` is left out: its tests check that it is OpenCV's own.
    """
    ours = {name: _argmax(CLASSICAL[name]()) for name in ("grabcut", "siox")}
    return {REFERENCE: opencv, "cv2.grabCut on half the photo": halved, **ours}


def measure(
    cases: Sequence[Case], ways: Mapping[str, Method], *, rounds: int
) -> dict[str, Figures]:
    """Segment every photo with every method in turns, so that other work slows all alike."""
    cv2.setNumThreads(1)
    seconds = {name: np.full((rounds, len(cases)), np.inf) for name in ways}
    masks: dict[str, list[Mask]] = {name: [] for name in ways}
    for way in ways.values():  # the first call builds tables: not timed
        way(cases[0].image, cases[0].prior)
    for turn in range(rounds):
        for at, case in enumerate(cases):
            for name, way in ways.items():
                begin = time.perf_counter()
                mask = way(case.image, case.prior)
                seconds[name][turn, at] = time.perf_counter() - begin
                if turn == 0:
                    masks[name].append(mask)
    truths = [case.truth for case in cases]
    return {
        name: {
            "error": [error_rate(*both) for both in zip(truths, masks[name], strict=True)],
            "iou": [iou(*both, 1) for both in zip(truths, masks[name], strict=True)],
            "seconds": seconds[name].min(axis=0).tolist(),
        }
        for name in ways
    }


def opencv(image: Image, prior: Probs) -> Mask:
    """OpenCV's own function, its classes made from the prior as docs/reference/classical.md says.

    Where OpenCV stops with an error, as it has nothing to learn from, the prior is thresholded.
    """
    foreground = prior[:, :, 1]
    mask = np.where(foreground < 0.5, cv2.GC_PR_BGD, cv2.GC_PR_FGD).astype(np.uint8)
    mask[foreground == 0] = cv2.GC_BGD
    mask[foreground == 1] = cv2.GC_FGD
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)
    try:
        cv2.grabCut(image, mask, (0, 0, 1, 1), *models, _ITERATIONS, cv2.GC_INIT_WITH_MASK)
    except cv2.error:
        return (foreground > 0.5).astype(np.uint8)
    return (mask & 1).astype(np.uint8)


def halved(image: Image, prior: Probs) -> Mask:
    """The obvious way to be fast: half the photo, and the mask enlarged."""
    height, width = image.shape[:2]
    size = (width // 2, height // 2)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    seeds = cv2.resize(prior, size, interpolation=cv2.INTER_NEAREST)
    mask = opencv(np.asarray(small, np.uint8), np.asarray(seeds, np.float32))
    grown = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(grown, np.uint8)


def _argmax(segmenter: Segmenter) -> Method:
    return lambda image, prior: segmenter(image, prior).argmax(axis=2).astype(np.uint8)
