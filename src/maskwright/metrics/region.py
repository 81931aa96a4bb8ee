"""Region metrics: how well a predicted mask covers the true one.

All are fractions, 1 (or, for errors, 0) being perfect. Pixels that are `VOID` in the truth count
nowhere, so a photo that is void all over has nothing to get wrong and scores perfectly.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.core import VOID, Mask

Confusion = NDArray[np.int64]
"""(K, K) pixel counts: rows are the true classes, columns the predicted ones, void left out."""

BETA_SQUARED = 0.3
"""Weight of recall in F-beta: that of salient object detection (Achanta et al., 2009)."""

Margins = NDArray[np.int64] | NDArray[np.float64]
"""(..., 3, K) pixels of each class: found rightly, truly of it, predicted as it.

All that figures need of a confusion, or of a sum of some, without the K x K pairs of classes. Sums
over drawn photos are floats."""

_STRIP = 2**22  # pixels


def confusion(truth: Mask, prediction: Mask, classes: int) -> Confusion:
    """Count pixels by true and predicted class.

    Args:
        truth: (H, W) uint8 class indices, `VOID` where nothing is known.
        prediction: (H, W) uint8 class indices.
        classes: K, the number of classes.

    Returns:
        (K, K) int64, truth by rows. Confusions of several photos add up to the pooled one.

    Raises:
        ValueError: sizes differ, or a pixel that counts holds an index of K or more.
    """
    _check_sizes(truth, prediction)
    counts = np.zeros(classes**2, np.int64)
    # Strip by strip: eight bytes for every pixel of a huge photo would fill the memory.
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
    """Sum up a confusion (K, K) by class: (3, K) int64."""
    return np.stack([np.diagonal(confusion), confusion.sum(axis=1), confusion.sum(axis=0)])


def region_figures(pooled: Margins) -> dict[str, NDArray[np.float64]]:
    """IoU, Dice, precision, recall and F-beta of each class.

    Empty rule: a class absent from truth and prediction gives 1, from only one of them 0.

    Args:
        pooled: (..., 3, K), margins of photos or sums of them.

    Returns:
        (..., K) float64 in [0, 1] by the names of the functions below.
    """
    hits, true, predicted = np.moveaxis(pooled.astype(np.float64), -2, 0)
    misses, false_alarms = true - hits, predicted - hits
    # Written so that a perfect mask gives exactly 1.
    weighted = (BETA_SQUARED * misses + false_alarms) / (1 + BETA_SQUARED)
    return {
        "iou": share(hits, hits + misses + false_alarms),
        "dice": share(2 * hits, 2 * hits + misses + false_alarms),
        "precision": share(hits, hits + false_alarms, empty=misses == 0),
        "recall": share(hits, hits + misses, empty=false_alarms == 0),
        "f_beta": share(hits, hits + weighted),
    }


def iou(truth: Mask, prediction: Mask, label: int = 1) -> float:
    """Intersection over union of one class (the Jaccard index).

    Empty rule: the class absent from both gives 1, from only one of them 0.

    Args:
        truth: (H, W) uint8 class indices, `VOID` where nothing is known.
        prediction: (H, W) uint8 class indices.
        label: the class.

    Returns:
        in [0, 1].

    Raises:
        ValueError: sizes differ.
    """
    return _figure("iou", truth, prediction, label)


def dice(truth: Mask, prediction: Mask, label: int = 1) -> float:
    """Dice coefficient (F1) of one class; arguments and empty rule as in `iou`."""
    return _figure("dice", truth, prediction, label)


def precision(truth: Mask, prediction: Mask, label: int = 1) -> float:
    """Share of the pixels called `label` that are; arguments and empty rule as in `iou`."""
    return _figure("precision", truth, prediction, label)


def recall(truth: Mask, prediction: Mask, label: int = 1) -> float:
    """Share of the pixels that are `label` and called so; arguments and empty rule as in `iou`."""
    return _figure("recall", truth, prediction, label)


def f_beta(truth: Mask, prediction: Mask, label: int = 1) -> float:
    """Harmonic mean of precision and recall, weighted by `BETA_SQUARED`, which favours precision.

    Arguments and empty rule as in `iou`; no hit at all gives 0.
    """
    return _figure("f_beta", truth, prediction, label)


def error_rate(truth: Mask, prediction: Mask) -> float:
    """Mislabelled pixels over pixels that are not void, over all classes.

    Accuracy is one minus this. Empty rule: void all over gives 0.

    Raises:
        ValueError: sizes differ.
    """
    _check_sizes(truth, prediction)
    known = int(np.count_nonzero(truth != VOID))
    wrong = int(np.count_nonzero((truth != prediction) & (truth != VOID)))
    return wrong / known if known else 0.0


def mae(truth: Mask, foreground: NDArray[np.float32] | NDArray[np.uint16], label: int = 1) -> float:
    """Mean absolute error of the probabilities of one class (Perazzi et al., 2012).

    Args:
        truth: (H, W) uint8 class indices, `VOID` where nothing is known.
        foreground: (H, W), the probability of `label`: float32 in [0, 1], or uint16 with 65535
            for 1, which is how huge photos fit into memory.
        label: the class.

    Returns:
        in [0, 1]; void all over gives 0.

    Raises:
        ValueError: sizes differ.
    """
    _check_sizes(truth, foreground)
    top, exact = (65535, np.uint64) if foreground.dtype == np.uint16 else (1, np.float64)
    inside, known = truth == label, truth != VOID
    held = int(np.count_nonzero(inside))
    missing = held * top - foreground.sum(where=inside, dtype=exact)
    excess = foreground.sum(where=known & ~inside, dtype=exact)
    pixels = int(np.count_nonzero(known))
    return float((missing + excess) / (pixels * top)) if pixels else 0.0


def class_ious(pooled: Margins) -> NDArray[np.float64]:
    """IoU of each class over pooled pixels.

    Args:
        pooled: (..., 3, K), sums of photos' margins.

    Returns:
        (..., K) float64; NaN for classes that the truth does not hold.
    """
    return np.where(pooled[..., 1, :] > 0, region_figures(pooled)["iou"], np.nan)


def mean_iou(pooled: Margins) -> float:
    """IoU per class over pooled pixels, averaged over the classes present in the truth.

    The background is a class like the others. Empty rule: no pixel that counts gives 1.

    Args:
        pooled: (3, K), the sum of the photos' margins.
    """
    return float(mean_ious(pooled))


def mean_ious(pooled: Margins) -> NDArray[np.float64]:
    """`mean_iou` of many sums at once: (..., 3, K) gives (...)."""
    ious = class_ious(pooled)
    present = ~np.isnan(ious)
    total, many = np.nansum(ious, axis=-1), present.sum(axis=-1)
    return np.where(many > 0, total / np.maximum(many, 1), 1.0)


def share(
    part: NDArray[Any], whole: NDArray[Any], *, empty: NDArray[np.bool_] | float = 1.0
) -> NDArray[np.float64]:
    """Divide, element by element; `empty` where there is nothing to divide by."""
    shares = np.array(np.broadcast_to(empty, np.shape(whole)), np.float64)
    np.divide(part, whole, out=shares, where=np.asarray(whole) > 0)
    return shares


def _figure(name: str, truth: Mask, prediction: Mask, label: int) -> float:
    _check_sizes(truth, prediction)
    one = np.where(truth == VOID, np.uint8(VOID), (truth == label).astype(np.uint8))
    counts = confusion(one, (prediction == label).astype(np.uint8), 2)
    return float(region_figures(margins(counts))[name][1])


def _check_sizes(truth: Mask, prediction: NDArray[Any]) -> None:
    if truth.shape != prediction.shape:
        raise ValueError(
            f"the truth is {truth.shape[1]}x{truth.shape[0]} pixels, "
            f"the prediction {prediction.shape[1]}x{prediction.shape[0]}"
        )
