"""One photo: what the network and the classical methods find in it, and how masks score."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from maskwright.classical.grabcut import grabcut
from maskwright.classical.priors import as_prior
from maskwright.classical.siox import siox
from maskwright.core import VOID, Mask, Pair, resized
from maskwright.evaluation.boundary import boundary_f
from maskwright.evaluation.metrics import iou
from maskwright.fusion.learn import Lesson
from maskwright.fusion.opinions import Disputes, Floats, Opinions, asked
from maskwright.refine.guided import guided
from maskwright.runtime.resize import GUIDED
from maskwright.runtime.segmenter import OnnxSegmenter

Scores = dict[str, float]
"""IoU, boundary F and milliseconds of one mask."""

_GRABCUT, _SIOX = grabcut(engine="fast"), siox()


@dataclass(frozen=True)
class Case:
    """A photo with its truth, and what was found in it.

    Attributes:
        pair: at the size of the photo.
        opinions: at the size of the network.
        enlarge: how the model enlarges.
        asking: milliseconds that GrabCut took.
    """

    pair: Pair
    opinions: Opinions
    enlarge: str
    asking: float

    @property
    def lesson(self) -> Lesson:
        """What a gate learns from it."""
        height, width = self.opinions.network.shape
        truth = cv2.resize(self.pair.mask, (width, height), interpolation=cv2.INTER_NEAREST)
        return Lesson.of(self.opinions, np.asarray(truth, np.uint8).reshape(height, width))

    def mask(self, foreground: Floats) -> Mask:
        """Bring probabilities to the size of the photo, as the model would, and decide."""
        probs, photo = as_prior(foreground), self.pair.image
        if self.enlarge == GUIDED:
            large = guided(probs, photo, small=self.opinions.image)
        else:
            large = resized(probs, *photo.shape[:2])
        return large.argmax(axis=2).astype(np.uint8)

    def scored(self, fuse: Callable[[Opinions], Floats]) -> Scores:
        """Score what a way to fuse makes of the photo; time is that of fusing alone."""
        begin = time.perf_counter()
        fused = fuse(self.opinions)
        spent = 1000 * (time.perf_counter() - begin)
        return {**scores(self.pair.mask, self.mask(fused)), "ms": spent}


def case(pair: Pair, model: OnnxSegmenter) -> Case:
    """Ask everyone about a photo."""
    small = model.metadata.resize.fitted(pair.image)
    network = model.network(small)[:, :, 1]
    begin = time.perf_counter()
    asked(small, network, _GRABCUT)
    asking = 1000 * (time.perf_counter() - begin)
    return Case(pair, asked(small, network, _GRABCUT, _SIOX), model.enlarge, asking)


def scores(truth: Mask, mask: Mask) -> Scores:
    """IoU and boundary F."""
    return {"iou": iou(truth, mask), "boundary_f": boundary_f(truth, mask)}


def oracles(one: Case) -> dict[str, Scores]:
    """What fusing could bring at best: who is right is read off the truth.

    "the better mask" takes the one of U-Net and GrabCut that has the higher IoU, "each piece
    right" the better of the two for each disputed piece.
    """
    truth, network = one.pair.mask, one.mask(one.opinions.network)
    other = one.mask(one.opinions.grabcut)
    better = max((network, other), key=lambda mask: iou(truth, mask))
    disputes = Disputes.between(network > 0, other > 0)
    known = truth != VOID
    shares = disputes.means(truth == 1, known)
    right = np.where(disputes.labels > 0, disputes.where(shares > 0.5), network > 0)
    return {
        "oracle: the better mask": scores(truth, better),
        "oracle: each piece right": scores(truth, right.astype(np.uint8)),
    }


def milliseconds_of_opencv(pair: Pair) -> float:
    """One `cv2.grabCut` with 5 iterations, seeded by the truth's own box, on the photo."""
    rows, columns = np.nonzero(pair.mask == 1)
    if not len(rows):
        return float("nan")
    left, top = int(columns.min()), int(rows.min())
    box = (left, top, int(columns.max()) - left + 1, int(rows.max()) - top + 1)
    mask = np.zeros(pair.mask.shape, np.uint8)
    begin = time.perf_counter()
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(pair.image, mask, box, *models, 5, cv2.GC_INIT_WITH_RECT)
    return 1000 * (time.perf_counter() - begin)


def plain(found: Mapping[str, Scores]) -> dict[str, Any]:
    """Scores by the name of the way, rounded for JSON."""
    return {
        way: {name: round(value, 5) for name, value in one.items()} for way, one in found.items()
    }
