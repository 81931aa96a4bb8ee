"""Logistic regression with weighted rows, by Newton's method.

Written out here so that learning a gate needs nothing that a trained model does not need anyway.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maskwright.fusion.odds import chances

Table = NDArray[np.float64]

_RIDGE = 1.0  # keeps weights of standardised columns small, so that few rows do no harm
_CONSTANT = 1e-6  # standard deviation of a column that says nothing
_STEPS = 100
_CLOSE = 1e-8  # a step that ends the search
_HALVINGS = 30


def fitted(table: Table, right: Table, counts: Table) -> tuple[Table, float]:
    """Fit weights of columns as they are, and a bias.

    Args:
        table: (N, F), what is known of each row.
        right: (N,) 1 or 0; both must occur.
        counts: (N,) how much each row counts, above 0; their mean should be 1.

    Returns:
        (F,) weights, and the bias: the chance of 1 is the logistic function of
        `table @ weights + bias`.
    """
    mean, scale = table.mean(axis=0), table.std(axis=0)
    scale[scale < _CONSTANT] = 1
    rows = np.column_stack([(table - mean) / scale, np.ones(len(table))])
    ridge = np.full(rows.shape[1], _RIDGE)
    ridge[-1] = 1e-9  # the bias is free

    def loss(at: Table) -> float:
        logit = rows @ at
        return float(counts @ (np.logaddexp(0, logit) - right * logit) + ridge @ at**2 / 2)

    at = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        chance = chances(rows @ at)
        slope = rows.T @ (counts * (chance - right)) + ridge * at
        bend = (rows.T * (counts * chance * (1 - chance))) @ rows + np.diag(ridge)
        step = np.linalg.solve(bend, slope)
        here = loss(at)
        for _ in range(_HALVINGS):  # far from the end a whole step may lead too far
            if loss(at - step) <= here:
                break
            step /= 2
        at = at - step
        if np.abs(step).max() < _CLOSE:
            break
    weights = at[:-1] / scale
    return weights, float(at[-1] - weights @ mean)
