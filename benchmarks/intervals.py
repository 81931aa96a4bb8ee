"""How sure a mean over photos is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np


def interval(figures: Sequence[float]) -> tuple[float, float]:
    """95 % bootstrap interval of the mean over photos."""
    rng = np.random.default_rng(0)
    drawn = rng.choice(np.asarray(figures), (10_000, len(figures)))
    low, high = np.quantile(drawn.mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


def paired_points(more: Mapping[str, float], less: Mapping[str, float]) -> list[float]:
    """By how many points (hundredths) each photo's figure is higher in one than in the other."""
    return [100 * (more[photo] - less[photo]) for photo in sorted(more)]
