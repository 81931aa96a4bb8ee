"""How good models get with the number of photos, and what a few more would bring.

The error, 1 - IoU, of networks falls with the number n of examples about as a power of it,
a * n ** -b (Hestness et al., 2017): a straight line in logarithms, drawn here through the means at
a few numbers of photos. How sure what it says beyond them is shows when folds, and photos in them,
are drawn again and again: models differ from fold to fold, not photos alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from maskwright.metrics.intervals import mean_interval, percentile_interval
from maskwright.metrics.study_results import CurvePoint, LearningCurve

MORE = 20
"""The sentence is about this many photos more."""

_DRAWS = 2000
_LEAST_ERROR = 1e-3  # a perfect score has no logarithm
_FLAT = 0.01  # nobody labels twenty photos for less than a point of IoU

Floats = NDArray[np.float64]


def learning_curve(
    photos: Sequence[int],
    ious: Floats,
    folds: Sequence[int],
    sources: Sequence[str],
    *,
    labelled: int,
) -> LearningCurve:
    """Draw the curve and say what more photos would bring.

    Args:
        photos: N ascending numbers of photos that models were trained on.
        ious: (N, P), of P photos by models trained on so many, none of which saw the photo.
        folds: which fold each of the P photos was held out in.
        sources: what each photo is of: intervals are over sources.
        labelled: number of photos that there are, which a model of all of them is trained on.

    Raises:
        ValueError: fewer than two numbers of photos.
    """
    if len(photos) < 2:
        raise ValueError("a curve needs two points or more")
    points = [
        CurvePoint(many, float(row.mean()), *mean_interval(row.tolist(), sources))
        for many, row in zip(photos, ious, strict=True)
    ]
    gain = _gain(photos, ious.mean(axis=1)[None], labelled)[0]
    drawn = _gain(photos, _drawn_means(ious, np.asarray(folds)), labelled)
    return LearningCurve(
        tuple(points), _sentence(labelled, float(gain), *percentile_interval(drawn))
    )


def _gain(photos: Sequence[int], means: Floats, labelled: int) -> Floats:
    """What `MORE` photos add to the IoU by the line through means (D, N); (D,)."""
    x = np.log(np.asarray(photos, np.float64))
    y = np.log(np.maximum(1 - means, _LEAST_ERROR))
    centred = x - x.mean()
    slope = (y @ centred) / (centred @ centred)
    now, then = (
        np.exp(y.mean(axis=1) + slope * (np.log(many) - x.mean()))
        for many in (labelled, labelled + MORE)
    )
    gain: Floats = now - then
    return gain


def _drawn_means(ious: Floats, folds: NDArray[np.int64]) -> Floats:
    """Means (draws, N) over photos of folds that are drawn, and photos that are drawn in them."""
    rng = np.random.default_rng(0)
    members = [np.flatnonzero(folds == fold) for fold in np.unique(folds)]
    means = np.empty((_DRAWS, len(ious)))
    for draw in range(_DRAWS):
        chosen = [members[at] for at in rng.integers(0, len(members), len(members))]
        drawn = np.concatenate([rng.choice(fold, len(fold)) for fold in chosen])
        means[draw] = ious[:, drawn].mean(axis=1)
    return means


def _sentence(labelled: int, gain: float, low: float, high: float) -> str:
    """Say it in points of IoU, hundredths."""
    said = f"{100 * gain:+.1f} points of IoU (95 % interval {100 * low:+.1f} to {100 * high:+.1f})"
    more = f"{MORE} photos more than the {labelled} there are"
    if high < 0:
        return (
            f"With more photos the models scored worse, probably because all sizes take the same "
            f"few steps: train longer. By the line {more} would bring {said}."
        )
    if high < _FLAT and low > -_FLAT:
        return f"The curve is flat: {more} would bring little, {said}."
    if low > 0:
        pays = "Labelling pays" if gain >= _FLAT else "More photos help a little"
        return f"{pays}: {more} would bring about {said}."
    return f"The curve does not say whether more photos would help: {more}, {said}."
