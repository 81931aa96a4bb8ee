"""Confidence intervals of metrics: the bootstrap over photos, or over groups of photos.

Each draw takes as many photos as there are, with replacement, and gives a value of the metric. The
interval is the middle 95 % of these values (the percentile method of Efron, 1979). Photos of one
group (a patient, a plant, a video) are alike and carry less information than independent photos, so
whole groups are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DRAWS = 10_000
"""Number of draws. Another seed then moves the ends of an interval by about 2 % of its width."""

MIN_UNITS = 10
"""With fewer photos, or groups, an interval is too narrow and proves nothing. If one method is
better on both of two photos, for example, it is better in every draw."""

_SEED = 0
_CHUNK = 2**20  # numbers in memory at once


def bootstrap_sums(
    columns: Floats, groups: Sequence[str] | None = None, *, draws: int = DRAWS, seed: int = _SEED
) -> Iterator[Floats]:
    """Draw photos with replacement and sum their numbers.

    All metrics are functions of sums: a mean over photos is the sum of a metric divided by the sum
    of ones. The draws depend only on the number of photos, the groups and `seed`, so the sums of
    two methods on the same photos are paired.

    Args:
        columns: (photos, F), one or more photos.
        groups: the group of each photo; whole groups are drawn [default: each photo its own].
        draws: number of draws.
        seed: of the random generator.

    Yields:
        (M, F) sums, `draws` rows in all, in chunks that fit into memory.
    """
    if groups is not None:
        names, member = np.unique(np.asarray(groups), return_inverse=True)
        whole = np.zeros((len(names), columns.shape[1]))
        np.add.at(whole, member, columns)
        columns = whole
    units, wide = columns.shape
    rng = np.random.default_rng(seed)
    step = max(1, _CHUNK // max(units, wide))
    for first in range(0, draws, step):
        many = min(step, draws - first)
        drawn = rng.integers(0, units, (many, units)) + units * np.arange(many)[:, None]
        times = np.bincount(drawn.ravel(), minlength=many * units).reshape(many, units)
        yield times.astype(np.float64) @ columns


def percentile_interval(drawn: Floats) -> tuple[float, float]:
    """Return the ends of the middle 95 % of (draws,) values, ignoring NaN."""
    low, high = np.nanquantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def mean_interval(
    figures: Sequence[float], groups: Sequence[str] | None = None, *, seed: int = _SEED
) -> tuple[float, float]:
    """95 % interval of the mean over photos.

    Args:
        figures: one value per photo.
        groups, seed: as in `bootstrap_sums`.
    """
    columns = np.stack([np.asarray(figures, np.float64), np.ones(len(figures))], axis=1)
    drawn = [sums[:, 0] / sums[:, 1] for sums in bootstrap_sums(columns, groups, seed=seed)]
    return percentile_interval(np.concatenate(drawn))
