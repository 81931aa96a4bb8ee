"""Logistic regression with weighted rows, by Newton's method.

Written out here so that learning a gate needs no package beyond those of prediction.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maskwright.fusion.logit import sigmoid

Table = NDArray[np.float64]

_RIDGE = 1.0  # keeps weights of standardised columns small, so that few rows do no harm
_CONSTANT = 1e-6  # standard deviation of a column without information
_STEPS = 100
_CLOSE = 1e-8  # length of a step that ends the search
_HALVINGS = 30


def fit_logistic(features: Table, labels: Table, weights: Table) -> tuple[Table, float]:
    """Fit a logistic classifier.

    Args:
        features: (N, F).
        labels: (N,) 1 or 0; both must occur.
        weights: (N,) of the rows, above 0; their mean should be 1.

    Returns:
        (F,) coefficients and the intercept: the probability of label 1 is
        `sigmoid(features @ coefficients + intercept)`.
    """
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale[scale < _CONSTANT] = 1
    rows = np.column_stack([(features - mean) / scale, np.ones(len(features))])
    ridge = np.full(rows.shape[1], _RIDGE)
    ridge[-1] = 1e-9  # the intercept is free

    def loss(at: Table) -> float:
        logits = rows @ at
        return float(weights @ (np.logaddexp(0, logits) - labels * logits) + ridge @ at**2 / 2)

    at = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        probability = sigmoid(rows @ at)
        gradient = rows.T @ (weights * (probability - labels)) + ridge * at
        curvature = weights * probability * (1 - probability)
        hessian = (rows.T * curvature) @ rows + np.diag(ridge)
        step = np.linalg.solve(hessian, gradient)
        here = loss(at)
        for _ in range(_HALVINGS):  # a whole step may overshoot at first
            if loss(at - step) <= here:
                break
            step /= 2
        at = at - step
        if np.abs(step).max() < _CLOSE:
            break
    coefficients = at[:-1] / scale
    return coefficients, float(at[-1] - coefficients @ mean)
