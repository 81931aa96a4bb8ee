"""The best probability threshold, chosen on held-out photos.

If the training loss differs from the metric, a network may predict too much or too little
foreground. Adding a number s to the foreground's logit moves its threshold: logit(p) + s > 0 is the
same as p > 1 / (1 + exp(s)). The best shift is chosen on out-of-fold probabilities. Its gain is
measured on photos that did not choose it: each fold is scored at the shift that the other folds
choose.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from maskwright.core import Mask
from maskwright.metrics.intervals import mean_interval
from maskwright.metrics.region import safe_divide
from maskwright.metrics.study_results import Calibration
from maskwright.metrics.summary import Summary

SHIFTS: NDArray[np.float64] = np.linspace(-3, 3, 49)
"""The candidate shifts of the foreground's logit: thresholds from 0.95 down to 0.05."""

_UNSHIFTED = len(SHIFTS) // 2  # index of the shift 0


def _first_shifts() -> NDArray[np.uint8]:
    """For each of the 65,536 levels of probability, the first shift that makes it foreground."""
    # Minus one half: a probability of 0.5 was rounded up to 32768, but must stay background. The
    # mask is an argmax, which gives a tie to the background.
    level = np.maximum(np.arange(2**16) - 0.5, 0)
    with np.errstate(divide="ignore"):
        logit = np.log(level) - np.log(2**16 - 1 - level)
    return np.asarray(np.searchsorted(SHIFTS, -logit, side="right"), np.uint8)


_FIRST_SHIFT = _first_shifts()

ThresholdHistogram = NDArray[np.int64]
"""(2, S + 1) pixel counts: row 0 of the true background, row 1 of the true foreground. Column s
counts the pixels that become foreground at the s-th shift, the last column those that never do."""


def threshold_histogram(truth: Mask, foreground: NDArray[np.uint16]) -> ThresholdHistogram:
    """Count a photo's pixels by the first shift that makes them foreground.

    Args:
        truth: (H, W) uint8, 0 or 1, `VOID` where nothing is known.
        foreground: (H, W) uint16, the foreground's probability; 65535 stands for 1.
    """
    first = _FIRST_SHIFT[foreground]
    return np.stack(
        [np.bincount(first[truth == label], minlength=len(SHIFTS) + 1) for label in (0, 1)]
    ).astype(np.int64)


def ious_by_shift(histogram: ThresholdHistogram) -> NDArray[np.float64]:
    """IoU of the foreground at each shift, (S,); 1 without foreground in truth and prediction."""
    predicted = histogram[:, :-1].cumsum(axis=1)
    return safe_divide(predicted[1], histogram[1].sum() + predicted[0])


def calibrate(
    histograms: Sequence[ThresholdHistogram], folds: Sequence[int], sources: Sequence[str]
) -> Calibration:
    """Choose a threshold, and measure its gain.

    The shift with the highest mean IoU is scaled towards 0 by the factor 1 - (standard error /
    gain) squared, so that an uncertain gain moves the threshold less. The shift is used only if
    choosing it on the other folds raises the mean IoU.

    Args:
        histograms: of each photo, from out-of-fold probabilities.
        folds: the fold that holds each photo out.
        sources: the source of each photo; the interval is over sources, not over photos.

    Raises:
        ValueError: the lengths differ, or all photos are in one fold.
    """
    if not len(histograms) == len(folds) == len(sources):
        raise ValueError("calibration needs a fold and a source for each photo")
    table = np.stack([ious_by_shift(one) for one in histograms])
    fold = np.asarray(folds)
    if len(np.unique(fold)) < 2:
        raise ValueError("calibration needs two folds or more")
    before = table[:, _UNSHIFTED]
    after = np.empty_like(before)
    for held_out in np.unique(fold):
        mine = fold == held_out
        after[mine] = table[mine, _choose_shift(table[~mine])]
    gain = after - before
    low, high = mean_interval(gain.tolist(), sources)
    shift = float(SHIFTS[_choose_shift(table) if gain.mean() > 0 else _UNSHIFTED])
    return Calibration(
        threshold=1 / (1 + math.exp(shift)),
        shift=(0.0, shift),
        iou_before=float(before.mean()),
        iou_after=float(after.mean()),
        low=low,
        high=high,
    )


def calibration_notes(found: Calibration, baselines: Mapping[str, Summary]) -> list[str]:
    """Note a chosen threshold at which the models are still no better than a constant mask.

    Args:
        found: result of `calibrate`.
        baselines: metrics of the constant masks by name; one or more.
    """
    name = max(baselines, key=lambda one: baselines[one].iou)
    best = baselines[name].iou
    if found.threshold == 0.5 or found.iou_after > best:
        return []
    return [
        f"even at the threshold {found.threshold:.2f} the models are no better than “{name}”, a "
        f"constant mask: IoU {found.iou_after:.3f} against {best:.3f}"
    ]


def _choose_shift(table: NDArray[np.float64]) -> int:
    """Index of the best shift for photos (P, S), scaled towards the shift 0."""
    best = int(table.mean(axis=0).argmax())
    gains = table[:, best] - table[:, _UNSHIFTED]
    gain = gains.mean()
    if len(gains) < 2 or gain <= 0:
        return _UNSHIFTED
    error = gains.std(ddof=1) / math.sqrt(len(gains))
    trust = max(0.0, 1 - (error / gain) ** 2)
    return int(_UNSHIFTED + round(trust * (best - _UNSHIFTED)))
