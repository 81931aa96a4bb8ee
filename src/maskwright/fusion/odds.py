"""Probabilities as log odds, where evidence adds up."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_LEAST = np.float32(1e-3)  # nobody is so sure that others count for nothing
_LARGEST = 50.0


def log_odds(probability: NDArray[np.float32]) -> NDArray[np.float32]:
    """The logit of probabilities in [0, 1], any shape; below 0.001 they count as that."""
    within = np.clip(probability, _LEAST, 1 - _LEAST)
    return np.asarray(np.log(within) - np.log1p(-within), np.float32)


def chances(logit: NDArray[Any]) -> NDArray[np.float64]:
    """The logistic function."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -_LARGEST, _LARGEST))), np.float64)
