"""Region metrics: how well a predicted mask covers the true one.

All metrics are fractions. 1 is perfect; for error rate and MAE, 0 is perfect. Pixels that are
`VOID` in the truth are ignored, so a photo that is entirely void gets a perfect score.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.core import VOID, Mask

Confusion = NDArray[np.int64]
"""Confusion matrix, (K, K) pixel counts: true classes by row, predicted by column, without void."""

BETA_SQUARED = 0.3
"""Weight of recall in F-beta, as in salient object detection (Achanta et al., 2009)."""

Margins = NDArray[np.int64] | NDArray[np.float64]
"""(..., 3, K) pixels of each class: true positives, pixels in the truth, pixels in the prediction.

All region metrics follow from these numbers, which take less memory than the K x K confusion
matrix. Sums over bootstrap draws are floats."""

_STRIP = 2**22  # pixels


def confusion(truth: Mask, prediction: Mask, classes: int) -> Confusion:
    """Count pixels by true and predicted class, as a confusion matrix.

    Args:
        truth: (H, W) uint8 class indices, `VOID` where nothing is known.
        prediction: (H, W) uint8 class indices.
        classes: K, the number of classes.

    Returns:
        (K, K) int64, true classes by row. Matrices of several photos can be added.

    Raises:
        ValueError: sizes differ, or a pixel outside void has an index of K or more.
    """
    check_sizes(truth, prediction)
    counts = np.zeros(classes**2, np.int64)
    # In strips: int64 indices for a huge photo would take eight bytes per pixel.
    step = max(1, _STRIP // max(truth.shape[1], 1))
    for first in range(0, truth.shape[0], step):
        known = truth[first : first + step] != VOID
        true = truth[first : first + step][known]
        predicted = prediction[first : first + step][known]
        highest = max(int(true.max(initial=0)), int(predicted.max(initial=0)))
        if highest >= classes:
            raise ValueError(f"class index {highest} in a mask of {classes} classes")
        counts += np.bincount(true.astype(np.int64) * classes + predicted, minlength=classes**2)
    return counts.reshape(classes, classes)


def margins(confusion: Confusion) -> Margins:
    """Reduce a confusion matrix (K, K) to (3, K) int64, see `Margins`."""
    return np.stack([np.diagonal(confusion), confusion.sum(axis=1), confusion.sum(axis=0)])


def region_figures(pooled: Margins) -> dict[str, NDArray[np.float64]]:
    """IoU, Dice, precision, recall and F-beta of each class.

    F-beta is the harmonic mean of precision and recall with `BETA_SQUARED` as the weight of recall,
    which favours precision.

    Empty rule: a class absent from both masks gives 1, a class absent from one of them gives 0.

    Args:
        pooled: (..., 3, K), margins of one photo, or sums over photos.

    Returns:
        (..., K) float64 in [0, 1] by metric name: iou, dice, precision, recall, f_beta.
    """
    hits, true, predicted = np.moveaxis(pooled.astype(np.float64), -2, 0)
    misses, false_alarms = true - hits, predicted - hits
    # Written so that a perfect mask gives exactly 1.
    weighted = (BETA_SQUARED * misses + false_alarms) / (1 + BETA_SQUARED)
    return {
        "iou": safe_divide(hits, hits + misses + false_alarms),
        "dice": safe_divide(2 * hits, 2 * hits + misses + false_alarms),
        "precision": safe_divide(hits, hits + false_alarms, empty=misses == 0),
        "recall": safe_divide(hits, hits + misses, empty=false_alarms == 0),
        "f_beta": safe_divide(hits, hits + weighted),
    }


def iou(truth: Mask, prediction: Mask, label: int = 1) -> float:
    """Intersection over union of one class (the Jaccard index).

    Empty rule: a class absent from both masks gives 1, a class absent from one of them gives 0.

    Args:
        truth: (H, W) uint8 class indices, `VOID` where nothing is known.
        prediction: (H, W) uint8 class indices.
        label: the class.

    Returns:
        in [0, 1].

    Raises:
        ValueError: sizes differ.
    """
    return one_class(truth, prediction, label)["iou"]


def one_class(truth: Mask, prediction: Mask, label: int = 1) -> dict[str, float]:
    """IoU, Dice, precision, recall and F-beta of one class; arguments and empty rule as in
    `iou`."""
    check_sizes(truth, prediction)
    one = np.where(truth == VOID, np.uint8(VOID), (truth == label).astype(np.uint8))
    counts = confusion(one, (prediction == label).astype(np.uint8), 2)
    return {name: float(value[1]) for name, value in region_figures(margins(counts)).items()}


def error_rate(truth: Mask, prediction: Mask) -> float:
    """Fraction of the pixels outside void that have the wrong class; accuracy is 1 minus this.

    Empty rule: a truth that is entirely void gives 0.

    Raises:
        ValueError: sizes differ.
    """
    check_sizes(truth, prediction)
    known = int(np.count_nonzero(truth != VOID))
    wrong = int(np.count_nonzero((truth != prediction) & (truth != VOID)))
    return wrong / known if known else 0.0


def mae(truth: Mask, foreground: NDArray[np.float32] | NDArray[np.uint16], label: int = 1) -> float:
    """Mean absolute error of one class's probabilities (Perazzi et al., 2012).

    Args:
        truth: (H, W) uint8 class indices, `VOID` where nothing is known.
        foreground: (H, W), the probability of `label`: float32 in [0, 1], or uint16 where 65535
            stands for 1, which saves memory on huge photos.
        label: the class.

    Returns:
        in [0, 1]; 0 if the truth is entirely void.

    Raises:
        ValueError: sizes differ.
    """
    check_sizes(truth, foreground)
    top, exact = (65535, np.uint64) if foreground.dtype == np.uint16 else (1, np.float64)
    inside, known = truth == label, truth != VOID
    missing = int(np.count_nonzero(inside)) * top - foreground.sum(where=inside, dtype=exact)
    excess = foreground.sum(where=known & ~inside, dtype=exact)
    pixels = int(np.count_nonzero(known))
    return float((missing + excess) / (pixels * top)) if pixels else 0.0


def class_ious(pooled: Margins) -> NDArray[np.float64]:
    """IoU of each class over pooled pixels.

    Args:
        pooled: (..., 3, K), margins summed over photos.

    Returns:
        (..., K) float64; NaN for classes that the truth does not contain.
    """
    return np.where(pooled[..., 1, :] > 0, region_figures(pooled)["iou"], np.nan)


def mean_iou(pooled: Margins) -> NDArray[np.float64]:
    """IoU per class over pooled pixels, averaged over the classes present in the truth.

    The background is a class like the others. Empty rule: without any pixel outside void it is 1.

    Args:
        pooled: (..., 3, K), margins summed over photos.

    Returns:
        (...) float64 in [0, 1].
    """
    ious = class_ious(pooled)
    present = ~np.isnan(ious)
    total, many = np.nansum(ious, axis=-1), present.sum(axis=-1)
    return np.where(many > 0, total / np.maximum(many, 1), 1.0)


def safe_divide(
    dividend: NDArray[Any], divisor: NDArray[Any], *, empty: NDArray[np.bool_] | float = 1.0
) -> NDArray[np.float64]:
    """Divide element by element; `empty` where the divisor is not above 0."""
    shape = np.broadcast_shapes(np.shape(dividend), np.shape(divisor))
    quotient = np.array(np.broadcast_to(empty, shape), np.float64)
    np.divide(dividend, divisor, out=quotient, where=np.asarray(divisor) > 0)
    return quotient


def check_sizes(truth: Mask, prediction: NDArray[Any]) -> None:
    """Raise ValueError if a prediction differs from the truth in size."""
    if truth.shape != prediction.shape:
        raise ValueError(
            f"the truth is {truth.shape[1]}x{truth.shape[0]} pixels, "
            f"the prediction {prediction.shape[1]}x{prediction.shape[0]}"
        )
