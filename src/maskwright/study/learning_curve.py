"""IoU against the number of training photos, and the expected gain of more photos.

The error, 1 - IoU, of networks falls roughly as a power of the number n of examples, a * n ** -b
(Hestness et al., 2017). That is a straight line in logarithms, fitted here to the means at a few
numbers of photos. Its uncertainty comes from a bootstrap over folds, and over photos within them,
because models differ from fold to fold.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from maskwright.metrics.intervals import Floats, mean_interval, percentile_interval
from maskwright.metrics.study_results import CurvePoint, LearningCurve

MORE = 20
"""The sentence is about this many additional photos."""

_DRAWS = 2000
_LEAST_ERROR = 1e-3  # a perfect score has no logarithm
_FLAT = 0.01  # a gain below one point of IoU is not worth labelling twenty photos


def learning_curve(
    photos: Sequence[int],
    ious: Floats,
    folds: Sequence[int],
    sources: Sequence[str],
    *,
    labelled: int,
) -> LearningCurve:
    """Compute the curve, and say what more photos would bring.

    Args:
        photos: N ascending numbers of training photos.
        ious: (N, P), of P photos by models of these numbers of photos; no model was trained on the
            photo it is scored on.
        folds: the fold that holds each of the P photos out.
        sources: the source of each photo; intervals are over sources.
        labelled: number of labelled photos; the final model is trained on all of them.

    Raises:
        ValueError: fewer than two numbers of photos.
    """
    if len(photos) < 2:
        raise ValueError("a learning curve needs two points or more")
    points = [
        CurvePoint(many, float(row.mean()), *mean_interval(row.tolist(), sources))
        for many, row in zip(photos, ious, strict=True)
    ]
    gain = _gain(photos, ious.mean(axis=1)[None], labelled)[0]
    draws = _gain(photos, _bootstrap_means(ious, np.asarray(folds)), labelled)
    sentence = _sentence(labelled, float(gain), *percentile_interval(draws))
    return LearningCurve(tuple(points), sentence)


def _gain(photos: Sequence[int], means: Floats, labelled: int) -> Floats:
    """IoU gain of `MORE` photos, by the line through the means (D, N); (D,)."""
    x = np.log(np.asarray(photos, np.float64))
    y = np.log(np.maximum(1 - means, _LEAST_ERROR))
    centred = x - x.mean()
    slope = (y @ centred) / (centred @ centred)
    now, then = (
        np.exp(y.mean(axis=1) + slope * (np.log(many) - x.mean()))
        for many in (labelled, labelled + MORE)
    )
    return np.asarray(now - then)


def _bootstrap_means(ious: Floats, folds: NDArray[np.int64]) -> Floats:
    """Means (draws, N) over drawn folds, and drawn photos within each of them."""
    rng = np.random.default_rng(0)
    members = [np.flatnonzero(folds == fold) for fold in np.unique(folds)]
    means = np.empty((_DRAWS, len(ious)))
    for draw in range(_DRAWS):
        chosen = [members[at] for at in rng.integers(0, len(members), len(members))]
        drawn = np.concatenate([rng.choice(fold, len(fold)) for fold in chosen])
        means[draw] = ious[:, drawn].mean(axis=1)
    return means


def _sentence(labelled: int, gain: float, low: float, high: float) -> str:
    """State the gain in points of IoU, which are hundredths."""
    points = (
        f"{100 * gain:+.1f} points of IoU (95 % interval {100 * low:+.1f} to {100 * high:+.1f})"
    )
    more = f"{MORE} photos more than the current {labelled}"
    if high < 0:
        return (
            "With more photos the models scored worse, probably because all sizes take the same "
            f"few steps: train longer. By the fitted line, {more} would bring {points}."
        )
    if high < _FLAT and low > -_FLAT:
        return f"The curve is flat: {more} would bring little, {points}."
    if low > 0:
        pays = "Labelling pays" if gain >= _FLAT else "More photos help a little"
        return f"{pays}: {more} would bring about {points}."
    return f"It is unclear whether more photos would help: {more} would bring {points}."
