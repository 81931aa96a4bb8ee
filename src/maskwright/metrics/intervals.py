"""How sure figures over photos are: the bootstrap over photos, or over groups of photos.

Photos are drawn again and again with replacement, as many as there are, and each draw gives a
figure; the interval holds the middle 95 % of them (the percentile method of Efron, 1979). Photos
of one group (a patient, a plant, a video) resemble each other and tell less than as many others:
there whole groups are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DRAWS = 10_000
"""How often photos are drawn: the ends of an interval then move by about 2 % of its width."""

FEW = 10
"""Photos, or groups, below which an interval is rough and too narrow, and proves nothing: with
two photos on which one method is better, no draw of them ever says otherwise."""

_SEED = 0
_HELD = 2**20  # counts, or sums, in memory at once


def resampled_sums(
    columns: Floats, groups: Sequence[str] | None = None, *, draws: int = DRAWS, seed: int = _SEED
) -> Iterator[Floats]:
    """Draw photos with replacement and sum their figures.

    All figures of interest are functions of sums: a mean over photos is the sum of a figure over
    the sum of ones. Equal numbers of photos, groups and `seed` give the same draws, so sums of
    two methods on the same photos are paired.

    Args:
        columns: (photos, F), one or more photos.
        groups: the group of each photo; whole groups are drawn [default: each its own].
        draws: how often.
        seed: of the random generator.

    Yields:
        (M, F), some draws after others, `draws` in all: never more than fit into memory.
    """
    if groups is not None:
        names, member = np.unique(np.asarray(groups), return_inverse=True)
        whole = np.zeros((len(names), columns.shape[1]))
        np.add.at(whole, member, columns)
        columns = whole
    units, wide = columns.shape
    rng = np.random.default_rng(seed)
    step = max(1, _HELD // max(units, wide))
    for first in range(0, draws, step):
        many = min(step, draws - first)
        drawn = rng.integers(0, units, (many, units)) + units * np.arange(many)[:, None]
        times = np.bincount(drawn.ravel(), minlength=many * units).reshape(many, units)
        yield times.astype(np.float64) @ columns


def middle(drawn: Floats) -> tuple[float, float]:
    """Return the ends of the middle 95 % of (draws,) figures; draws without a figure are NaN."""
    low, high = np.nanquantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def mean_interval(
    figures: Sequence[float], groups: Sequence[str] | None = None, *, seed: int = _SEED
) -> tuple[float, float]:
    """95 % interval of the mean over photos.

    Args:
        figures: one of each photo.
        groups: as in `resampled_sums`.
        seed: as in `resampled_sums`.
    """
    columns = np.stack([np.asarray(figures, np.float64), np.ones(len(figures))], axis=1)
    drawn = [sums[:, 0] / sums[:, 1] for sums in resampled_sums(columns, groups, seed=seed)]
    return middle(np.concatenate(drawn))
