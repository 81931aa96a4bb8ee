"""Boundary metrics: how close the predicted outline runs to the true one.

Both take masks of class indices and look at one class. Pixels that are `VOID` in the truth count
nowhere: inside void the prediction is taken to be right. Annotators like to lay a void band along
outlines, and then no outline is left to be judged: `void_contact` says how much of it is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import VOID, Mask
from maskwright.metrics.region import share

Counted = NDArray[np.int64] | NDArray[np.float64]

_SQUARE = np.ones((3, 3), np.uint8)
_TOLERANCE = np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)), np.uint8)


def outline(mask: Mask) -> Mask:
    """A mask minus its 3x3 erosion; the frame of the photo is no outline.

    Args:
        mask: (H, W) uint8, 0 or 1.

    Returns:
        (H, W) uint8, 0 or 1.
    """
    return mask - np.asarray(cv2.erode(mask, _SQUARE), np.uint8)


@dataclass(frozen=True)
class OutlineMatch:
    """How much of two outlines of one class was matched, in pixels.

    Attributes:
        in_truth: the true mask holds the class.
        in_prediction: the predicted mask holds it, outside void.
        true: length of the true outline.
        found: of it, what has predicted outline within reach.
        judged: length of the predicted outline, without what follows void.
        right: of it, what has true outline within reach.
    """

    in_truth: bool
    in_prediction: bool
    true: int
    found: int
    judged: int
    right: int

    @property
    def f(self) -> float:
        """Boundary F, see `boundary_f`."""
        if not self.in_truth or not self.in_prediction:
            return float(not self.in_truth and not self.in_prediction)
        return float(outline_f(np.array(self.lengths)))

    @property
    def lengths(self) -> tuple[int, int, int, int]:
        """`true`, `found`, `judged` and `right`, which add up over photos."""
        return self.true, self.found, self.judged, self.right


def outline_f(lengths: Counted) -> NDArray[np.float64]:
    """Harmonic mean of boundary precision and recall.

    Args:
        lengths: (..., 4), as `OutlineMatch.lengths`, or sums of them.

    Returns:
        (...) in [0, 1]. Without any true outline (the class fills the photos) 1 if no predicted
        outline is judged either, else 0.
    """
    true, found, judged, right = np.moveaxis(lengths, -1, 0)
    # Without any predicted outline that is judged, none is amiss.
    recall, precision = share(found, true), share(right, judged)
    mean = share(2 * precision * recall, precision + recall, empty=0.0)
    return np.where(true > 0, mean, judged == 0)


def match_outlines(truth: Mask, prediction: Mask, label: int = 1) -> OutlineMatch:
    """Match the outlines of one class within a 5x5 ellipse; arguments as in `boundary_f`."""
    true, predicted, void = _layers(truth, prediction, label)
    true_line, predicted_line = outline(true), outline(predicted)
    judged = predicted_line & ~_grown(void)
    return OutlineMatch(
        in_truth=bool(true.any()),
        in_prediction=bool(predicted.any()),
        true=int(np.count_nonzero(true_line)),
        found=_near(true_line, predicted_line, _TOLERANCE),
        judged=int(np.count_nonzero(judged)),
        right=_near(judged, true_line, _TOLERANCE),
    )


def boundary_f(truth: Mask, prediction: Mask, label: int = 1) -> float:
    """Harmonic mean of boundary precision and recall, within about 2 pixels.

    Precision is the share of the predicted outline that has true outline within a 5x5 ellipse,
    recall the reverse. Predicted outline in void or right beside it is not judged for precision:
    there it follows the annotator's void band, not the object.

    Empty rule: the class absent from both masks gives 1, from only one of them 0. A class that
    fills the photo has no outline: two such masks give 1, one of them against an outline 0.

    Args:
        truth: (H, W) uint8 class indices, `VOID` where nothing is known.
        prediction: (H, W) uint8 class indices.
        label: the class.

    Returns:
        in [0, 1]. Where `void_contact` is high it says nothing: any outline inside the void band
        scores the same.

    Raises:
        ValueError: sizes differ.

    Source: the F measure of Martin, Fowlkes and Malik (2004), with dilation in place of matching.
    """
    return match_outlines(truth, prediction, label).f


def match_rims(
    truth: Mask, prediction: Mask, label: int = 1, *, width: float = 0.02
) -> tuple[int, int]:
    """Count the pixels in both rims and in either; arguments as in `boundary_iou`."""
    true, predicted, _ = _layers(truth, prediction, label)
    pixels = max(1, round(width * hypot(*true.shape)))
    true_rim, predicted_rim = _rim(true, pixels), _rim(predicted, pixels)
    both = int(np.count_nonzero(true_rim & predicted_rim))
    return both, int(np.count_nonzero(true_rim | predicted_rim))


def boundary_iou(truth: Mask, prediction: Mask, label: int = 1, *, width: float = 0.02) -> float:
    """IoU of the inner rims of two masks (Cheng et al., Boundary IoU, 2021).

    The rim is what lies in the mask within `width` times the photo's diagonal, at least 1 pixel,
    of its outline; as in the source, the frame of the photo counts as outline.

    Empty rule: the class absent from both masks gives 1, from only one of them 0.

    Args:
        truth: (H, W) uint8 class indices, `VOID` where nothing is known.
        prediction: (H, W) uint8 class indices.
        label: the class.
        width: of the rim, as a share of the diagonal.

    Returns:
        in [0, 1].

    Raises:
        ValueError: sizes differ.
    """
    both, either = match_rims(truth, prediction, label, width=width)
    return float(share(np.array(both), np.array(either)))


def void_contact(truth: Mask, label: int = 1) -> float:
    """Share of the true outline that touches void, where boundary metrics cannot tell anything.

    Args:
        truth: (H, W) uint8 class indices, `VOID` where nothing is known.
        label: the class.

    Returns:
        in [0, 1]; 0 when there is no outline.
    """
    line = outline((truth == label).astype(np.uint8))
    if not line.any():
        return 0.0
    touching = _near(line, (truth == VOID).astype(np.uint8), _SQUARE)
    return touching / int(np.count_nonzero(line))


def _layers(truth: Mask, prediction: Mask, label: int) -> tuple[Mask, Mask, Mask]:
    """Truth and prediction of one class, and void, each (H, W) uint8 of 0 and 1."""
    if truth.shape != prediction.shape:
        raise ValueError(f"the truth has shape {truth.shape}, the prediction {prediction.shape}")
    void = truth == VOID
    predicted = (prediction == label) & ~void
    return (truth == label).astype(np.uint8), predicted.astype(np.uint8), void.astype(np.uint8)


def _grown(mask: Mask, reach: Mask = _SQUARE) -> Mask:
    return np.asarray(cv2.dilate(mask, reach), np.uint8)


def _near(line: Mask, other: Mask, reach: Mask) -> int:
    """Number of pixels of a line that have some of `other` within reach."""
    return int(np.count_nonzero(line & _grown(other, reach)))


def _rim(mask: Mask, pixels: int) -> Mask:
    core = cv2.erode(
        mask, _SQUARE, iterations=pixels, borderType=cv2.BORDER_CONSTANT, borderValue=0
    )
    return mask - np.asarray(core, np.uint8)
