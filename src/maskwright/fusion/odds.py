"""Probabilities as log odds, where evidence adds up."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_LARGEST = 50.0


def log_odds(probability: NDArray[np.float32], least: float = 1e-3) -> NDArray[np.float32]:
    """The logit of probabilities, none of which counts as more certain than `least`.

    Args:
        probability: any shape, in [0, 1].
        least: probabilities below it count as it, those above 1 - least as that.
    """
    within = np.clip(probability, np.float32(least), np.float32(1 - least))
    return np.asarray(np.log(within) - np.log1p(-within), np.float32)


def chances(logit: NDArray[Any]) -> NDArray[np.float64]:
    """The logistic function."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -_LARGEST, _LARGEST))), np.float64)
