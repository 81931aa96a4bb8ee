"""Logits, in which independent evidence adds up, and back to probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_LEAST = np.float32(1e-3)  # no method is so certain that the others do not count
_LARGEST = 50.0


def logit(probability: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the log odds of probabilities of any shape, clipped to [0.001, 0.999]."""
    within = np.clip(probability, _LEAST, 1 - _LEAST)
    return np.asarray(np.log(within) - np.log1p(-within), np.float32)


def sigmoid(logits: NDArray[Any]) -> NDArray[np.float64]:
    """Return the probabilities of log odds of any shape: the logistic function."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -_LARGEST, _LARGEST))), np.float64)
