"""Boundary metrics: how close the predicted outline is to the true one.

The functions take masks of class indices and look at one class. Pixels that are `VOID` in the truth
are ignored: the prediction is treated as correct inside void. Many annotators leave a void band
along outlines, and then there is no outline left to judge. `void_contact` says how much of it is
lost.
"""

from __future__ import annotations

from math import hypot
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import VOID, Mask
from maskwright.metrics.region import check_sizes, safe_divide

_SQUARE = np.ones((3, 3), np.uint8)
_TOLERANCE = np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)), np.uint8)


def outline(mask: Mask) -> Mask:
    """The mask minus its 3x3 erosion; pixels on the photo's frame are not outline by themselves.

    Args:
        mask: (H, W) uint8, 0 or 1.

    Returns:
        (H, W) uint8, 0 or 1.
    """
    return mask - np.asarray(cv2.erode(mask, _SQUARE), np.uint8)


def outline_f(lengths: NDArray[Any]) -> NDArray[np.float64]:
    """Harmonic mean of boundary precision and recall.

    Args:
        lengths: (..., 4), as `outline_lengths`, or sums of them.

    Returns:
        (...) in [0, 1]. Without any true outline (the class fills the photos) it is 1 if there is
        no predicted outline either, else 0.
    """
    true, true_matched, predicted, predicted_matched = np.moveaxis(lengths, -1, 0)
    # Without any predicted outline precision is 1: none of it is wrong.
    recall = safe_divide(true_matched, true)
    precision = safe_divide(predicted_matched, predicted)
    mean = safe_divide(2 * precision * recall, precision + recall, empty=0.0)
    return np.where(true > 0, mean, predicted == 0)


def outline_lengths(truth: Mask, prediction: Mask, label: int = 1) -> tuple[int, int, int, int]:
    """Match the outlines of one class within a 5x5 ellipse; arguments as in `boundary_f`.

    Returns:
        pixels of true outline, of matched true outline, of predicted outline away from void, and of
        matched predicted outline. They can be added over photos.
    """
    true, predicted, void = _binary_masks(truth, prediction, label)
    true_line, predicted_line = outline(true), outline(predicted)
    judged = predicted_line & ~_dilated(void)
    return (
        int(np.count_nonzero(true_line)),
        _count_near(true_line, predicted_line, _TOLERANCE),
        int(np.count_nonzero(judged)),
        _count_near(judged, true_line, _TOLERANCE),
    )


def boundary_f(truth: Mask, prediction: Mask, label: int = 1) -> float:
    """Harmonic mean of boundary precision and recall, with a tolerance of about 2 pixels.

    Precision is the fraction of the predicted outline with true outline within a 5x5 ellipse.
    Recall is the fraction of the true outline with predicted outline within it. Predicted outline
    in void
    or next to it does not enter precision: it follows the annotator's void band, not the object.

    Empty rule: a class absent from both masks gives 1, a class absent from one of them gives 0. A
    class that fills the photo has no outline: two such masks give 1, one of them against an outline
    gives 0.

    Args:
        truth: (H, W) uint8 class indices, `VOID` where nothing is known.
        prediction: (H, W) uint8 class indices.
        label: the class.

    Returns:
        in [0, 1]. Where `void_contact` is high the value says nothing: every outline inside the
        void band scores the same.

    Raises:
        ValueError: sizes differ.

    Source: the F measure of Martin, Fowlkes and Malik (2004), with dilation in place of matching.
    """
    true, predicted, _ = _binary_masks(truth, prediction, label)
    if not true.any() or not predicted.any():
        return float(true.any() == predicted.any())
    return float(outline_f(np.array(outline_lengths(truth, prediction, label))))


def rim_overlap(
    truth: Mask, prediction: Mask, label: int = 1, *, width: float = 0.02
) -> tuple[int, int]:
    """Intersection and union of the two rims in pixels; arguments as in `boundary_iou`."""
    true, predicted, _ = _binary_masks(truth, prediction, label)
    pixels = max(1, round(width * hypot(*true.shape)))
    true_rim, predicted_rim = _rim(true, pixels), _rim(predicted, pixels)
    intersection = int(np.count_nonzero(true_rim & predicted_rim))
    return intersection, int(np.count_nonzero(true_rim | predicted_rim))


def boundary_iou(truth: Mask, prediction: Mask, label: int = 1, *, width: float = 0.02) -> float:
    """IoU of the inner rims of two masks (Cheng et al., Boundary IoU, 2021).

    The rim is the part of the mask within `width` times the photo's diagonal (at least 1 pixel) of
    its outline. As in the source, the photo's frame counts as outline.

    Empty rule: a class absent from both masks gives 1, a class absent from one of them gives 0.

    Args:
        truth: (H, W) uint8 class indices, `VOID` where nothing is known.
        prediction: (H, W) uint8 class indices.
        label: the class.
        width: of the rim, as a fraction of the diagonal.

    Returns:
        in [0, 1].

    Raises:
        ValueError: sizes differ.
    """
    intersection, union = rim_overlap(truth, prediction, label, width=width)
    return float(safe_divide(np.array(intersection), np.array(union)))


def void_contact(truth: Mask, label: int = 1) -> float:
    """Fraction of the true outline that touches void, where boundary metrics say nothing.

    Args:
        truth: (H, W) uint8 class indices, `VOID` where nothing is known.
        label: the class.

    Returns:
        in [0, 1]; 0 without any outline.
    """
    line = outline((truth == label).astype(np.uint8))
    if not line.any():
        return 0.0
    touching = _count_near(line, (truth == VOID).astype(np.uint8), _SQUARE)
    return touching / int(np.count_nonzero(line))


def _binary_masks(truth: Mask, prediction: Mask, label: int) -> tuple[Mask, Mask, Mask]:
    """Truth and prediction of one class, and void, each (H, W) uint8 of 0 and 1."""
    check_sizes(truth, prediction)
    void = truth == VOID
    predicted = (prediction == label) & ~void
    return (truth == label).astype(np.uint8), predicted.astype(np.uint8), void.astype(np.uint8)


def _dilated(mask: Mask, kernel: Mask = _SQUARE) -> Mask:
    return np.asarray(cv2.dilate(mask, kernel), np.uint8)


def _count_near(line: Mask, other: Mask, kernel: Mask) -> int:
    """Number of pixels of a line with some of `other` within the kernel."""
    return int(np.count_nonzero(line & _dilated(other, kernel)))


def _rim(mask: Mask, pixels: int) -> Mask:
    core = cv2.erode(
        mask, _SQUARE, iterations=pixels, borderType=cv2.BORDER_CONSTANT, borderValue=0
    )
    return mask - np.asarray(core, np.uint8)
