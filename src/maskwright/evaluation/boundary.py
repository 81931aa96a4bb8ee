"""Boundary metrics: how close the predicted outline runs to the true one.

Both take masks of class indices and look at one class. Pixels that are `VOID` in the truth count
nowhere: inside void the prediction is taken to be right. Annotators like to lay a void band along
outlines, and then no outline is left to be judged: `void_contact` says how much of it is lost.
"""

from __future__ import annotations

from math import hypot

import cv2
import numpy as np

from maskwright.core import VOID, Mask

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

    Source: the F measure of Martin, Fowlkes and Malik (2004), with dilation in place of matching.
    """
    true, predicted, void = _layers(truth, prediction, label)
    if not true.any() or not predicted.any():
        return float(not true.any() and not predicted.any())
    true_line, predicted_line = outline(true), outline(predicted)
    judged = predicted_line & ~_grown(void)
    if not true_line.any():
        return float(not judged.any())
    recall = _near(true_line, predicted_line)
    precision = _near(judged, true_line)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


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
    """
    true, predicted, _ = _layers(truth, prediction, label)
    pixels = max(1, round(width * hypot(*truth.shape)))
    true_rim, predicted_rim = _rim(true, pixels), _rim(predicted, pixels)
    union = np.count_nonzero(true_rim | predicted_rim)
    return np.count_nonzero(true_rim & predicted_rim) / union if union else 1.0


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
    return _near(line, (truth == VOID).astype(np.uint8), reach=_SQUARE)


def _layers(truth: Mask, prediction: Mask, label: int) -> tuple[Mask, Mask, Mask]:
    """Truth and prediction of one class, and void, each (H, W) uint8 of 0 and 1."""
    if truth.shape != prediction.shape:
        raise ValueError(f"the truth has shape {truth.shape}, the prediction {prediction.shape}")
    void = truth == VOID
    predicted = (prediction == label) & ~void
    return (truth == label).astype(np.uint8), predicted.astype(np.uint8), void.astype(np.uint8)


def _grown(mask: Mask, reach: Mask = _SQUARE) -> Mask:
    return np.asarray(cv2.dilate(mask, reach), np.uint8)


def _near(line: Mask, other: Mask, reach: Mask = _TOLERANCE) -> float:
    """Share of a line that has some of `other` within reach; 1 without a line: none is amiss."""
    length = np.count_nonzero(line)
    return np.count_nonzero(line & _grown(other, reach)) / length if length else 1.0


def _rim(mask: Mask, pixels: int) -> Mask:
    core = cv2.erode(
        mask, _SQUARE, iterations=pixels, borderType=cv2.BORDER_CONSTANT, borderValue=0
    )
    return mask - np.asarray(core, np.uint8)
