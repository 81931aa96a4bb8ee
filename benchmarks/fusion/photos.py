"""One photo: the outputs of network and classical methods, and the scores of masks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.classical.cases import box_of
from benchmarks.fusion.ways import PHOTO, PIECE
from maskwright.classical.grabcut import grabcut
from maskwright.classical.seeds.priors import prior_from_boxes
from maskwright.classical.siox import siox
from maskwright.core import VOID, Mask, Pair
from maskwright.fusion.learn import GateSample
from maskwright.fusion.logit import logit, sigmoid
from maskwright.fusion.method_outputs import MethodOutputs, run_classical
from maskwright.fusion.regions import DisputedRegions, Floats
from maskwright.metrics.boundary import boundary_f
from maskwright.metrics.region import iou
from maskwright.runtime.resize import Resize
from maskwright.runtime.segmenter import LoadedModel
from maskwright.study.gating import mask_of, sample_of

Scores = tuple[float, float]
"""IoU and boundary F of a mask."""

SHIFTS: NDArray[np.float64] = np.linspace(-2, 2, 9)
"""Shifts of the network's logit, tried to find the best threshold."""

_GRABCUT, _SIOX = grabcut(), siox()


@dataclass(frozen=True)
class Case:
    """A photo with its truth and the outputs of all methods.

    Attributes:
        pair: at the size of the photo.
        outputs: at the size of the network.
        resize, enlarge: how the model goes to its size, and back.
    """

    pair: Pair
    outputs: MethodOutputs
    resize: Resize
    enlarge: str

    @property
    def sample(self) -> GateSample:
        """The training sample of a gate."""
        return sample_of(self.outputs, self.pair.image, self.pair.mask, self.resize, self.enlarge)

    def mask(self, foreground: Floats, *, enlarge: str | None = None) -> Mask:
        """Bring probabilities to the size of the photo, as the model would, and decide."""
        return mask_of(foreground, self.pair.image, self.resize, enlarge or self.enlarge)

    def scores(self, mask: Mask) -> Scores:
        """Score a mask as large as the photo."""
        return iou(self.pair.mask, mask), boundary_f(self.pair.mask, mask)

    def ious_by_shift(self) -> NDArray[np.float64]:
        """IoU of the network alone with each of `SHIFTS`."""
        return np.array([iou(self.pair.mask, self.mask(self.shifted(one))) for one in SHIFTS])

    def shifted(self, shift: float) -> Floats:
        """The network's probabilities with another threshold."""
        return sigmoid(logit(self.outputs.network) + shift).astype(np.float32)


def case(pair: Pair, model: LoadedModel) -> Case:
    """Run all methods on a photo."""
    resize = model.metadata.resize
    small = resize.fitted(pair.image)
    outputs = run_classical(small, model.network(small)[:, :, 1], _GRABCUT, _SIOX)
    return Case(pair, outputs, resize, model.enlarge)


def oracles(one: Case) -> dict[str, Scores]:
    """Upper bounds of fusing, which choose by the truth.

    The first takes the mask of U-Net or GrabCut with the higher IoU. The second chooses for each
    connected region in which they differ, by the majority of its pixels.
    """
    truth = one.pair.mask
    network, other = one.mask(one.outputs.network), one.mask(one.outputs.grabcut)
    better = max((network, other), key=lambda mask: iou(truth, mask))
    disputes = DisputedRegions.between(network > 0, other > 0)
    shares = disputes.means(truth == 1, truth != VOID)
    right = np.where(disputes.labels > 0, disputes.mask(shares > 0.5), network > 0)
    return {
        PHOTO: one.scores(better),
        PIECE: one.scores(right.astype(np.uint8)),
    }


def from_a_box(pair: Pair) -> Mask:
    """GrabCut without a network, from the box of the truth; empty where there is nothing."""
    box = box_of(pair.mask)
    if box is None:
        return np.zeros(pair.mask.shape, np.uint8)
    prior = prior_from_boxes([box], *pair.mask.shape)
    return np.asarray(_GRABCUT(pair.image, prior).argmax(axis=2), np.uint8)
