"""The best threshold, found on photos that each model never saw.

A network that was trained with another loss than the figure that counts may call too much or too
little foreground. Adding a number to the foreground's logit moves its threshold: logit(p) + s > 0
says p > 1 / (1 + exp(s)). The best such shift is looked for on out-of-fold probabilities. What it
is worth is measured on photos that did not choose it: each fold is judged at the shift that the
others choose.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from maskwright.core import Mask
from maskwright.metrics.intervals import mean_interval
from maskwright.metrics.study_results import Calibration
from maskwright.metrics.summary import Summary

SHIFTS: NDArray[np.float64] = np.linspace(-3, 3, 49)
"""The shifts of the foreground's logit that are tried: thresholds from 0.95 down to 0.05."""

_NONE = len(SHIFTS) // 2  # the place of the shift 0


def _first_shifts() -> NDArray[np.uint8]:
    """For each of the 65,536 levels of probability the first shift that makes it foreground."""
    # A half of 65535 was rounded up, and strictly above: the mask, an argmax, has the background
    # on a tie.
    level = np.maximum(np.arange(2**16) - 0.5, 0)
    with np.errstate(divide="ignore"):
        logit = np.log(level) - np.log(2**16 - 1 - level)
    return np.asarray(np.searchsorted(SHIFTS, -logit, side="right"), np.uint8)


_FIRST_SHIFT = _first_shifts()

Crossings = NDArray[np.int64]
"""(2, S + 1): of the background's and the foreground's pixels, those that become foreground at
the first of the S shifts, at the second, and so on; in the last place those that never do."""


def count_crossings(truth: Mask, foreground: NDArray[np.uint16]) -> Crossings:
    """Count a photo's pixels by the shift that makes them foreground.

    Args:
        truth: (H, W) uint8, 0 or 1, `VOID` where nothing is known.
        foreground: (H, W) uint16, the foreground's probability with 65535 for 1.
    """
    first = _FIRST_SHIFT[foreground]
    return np.stack(
        [np.bincount(first[truth == label], minlength=len(SHIFTS) + 1) for label in (0, 1)]
    ).astype(np.int64)


def ious(crossings: Crossings) -> NDArray[np.float64]:
    """IoU of the foreground at each shift, (S,); 1 where there is none in truth and prediction."""
    called = crossings[:, :-1].cumsum(axis=1)
    union = crossings[1].sum() + called[0]
    found: NDArray[np.float64] = np.ones(len(SHIFTS))
    np.divide(called[1], union, out=found, where=union > 0)
    return found


def calibrate(
    crossings: Sequence[Crossings], folds: Sequence[int], sources: Sequence[str]
) -> Calibration:
    """Choose a threshold, and measure what it is worth.

    The shift is that of the highest mean IoU, drawn towards 0 the more the less sure its gain is:
    by the factor 1 - (standard error / gain) squared. It is used only when, chosen on the other
    folds, it raises the mean IoU.

    Args:
        crossings: of each photo, as `count_crossings` makes them of out-of-fold probabilities.
        folds: which fold each photo was held out in.
        sources: what each photo is of: the interval is over sources, not over their photos.

    Raises:
        ValueError: lengths that differ, or all photos in one fold.
    """
    if not len(crossings) == len(folds) == len(sources):
        raise ValueError("a fold and a source for each photo")
    table = np.stack([ious(one) for one in crossings])
    fold = np.asarray(folds)
    if len(np.unique(fold)) < 2:
        raise ValueError("calibration needs two folds or more")
    before = table[:, _NONE]
    after = np.empty_like(before)
    for held in np.unique(fold):
        mine = fold == held
        after[mine] = table[mine, _chosen(table[~mine])]
    difference = after - before
    low, high = mean_interval(difference.tolist(), sources)
    best = _chosen(table) if difference.mean() > 0 else _NONE
    shift = float(SHIFTS[best])
    return Calibration(
        threshold=1 / (1 + math.exp(shift)),
        shift=(0.0, shift),
        iou_before=float(before.mean()),
        iou_after=float(after.mean()),
        low=low,
        high=high,
    )


def doubts(found: Calibration, baselines: Mapping[str, Summary]) -> list[str]:
    """Say so where even the threshold leaves models no better than looking at no photo.

    Args:
        found: what `calibrate` gave.
        baselines: figures of the same photos by name; one or more.
    """
    name = max(baselines, key=lambda one: baselines[one].iou)
    best = baselines[name].iou
    if found.threshold == 0.5 or found.iou_after > best:
        return []
    return [
        f"the threshold {found.threshold:.2f} makes no good models of these: with it IoU "
        f"{found.iou_after:.3f} is no better than that of “{name}”, {best:.3f}"
    ]


def _chosen(table: NDArray[np.float64]) -> int:
    """The place of the best shift for photos (P, S), drawn towards that of 0."""
    best = int(table.mean(axis=0).argmax())
    gains = table[:, best] - table[:, _NONE]
    gain = gains.mean()
    if len(gains) < 2 or gain <= 0:
        return _NONE
    error = gains.std(ddof=1) / math.sqrt(len(gains))
    trust = max(0.0, 1 - (error / gain) ** 2)
    return int(_NONE + round(trust * (best - _NONE)))
