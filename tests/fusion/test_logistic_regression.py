"""Weighted logistic regression, compared with scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from maskwright.fusion.logistic_regression import fit_logistic
from maskwright.fusion.logit import sigmoid


@pytest.mark.parametrize("signal", [0.0, 1.0, 30.0])
def test_as_scikit_learn_finds_it(signal: float) -> None:
    rng = np.random.default_rng(0)
    table = rng.normal(size=(400, 4)) * [1, 10, 0.01, 1] + [0, 5, 3, 0]
    right = (signal * table[:, 0] + rng.normal(size=400) > 0.3).astype(float)
    counts = rng.exponential(size=400)
    counts /= counts.mean()
    weights, bias = fit_logistic(table, right, counts)
    scaled = StandardScaler().fit_transform(table)
    model = LogisticRegression(max_iter=10_000, tol=1e-8).fit(scaled, right, counts)
    np.testing.assert_allclose(
        sigmoid(table @ weights + bias), model.predict_proba(scaled)[:, 1], atol=1e-4
    )


def test_a_constant_column_and_few_rows() -> None:
    table = np.array([[1.0, 7.0, 2.0], [2.0, 7.0, -2.0]])
    weights, bias = fit_logistic(table, np.array([0.0, 1.0]), np.ones(2))
    assert weights[1] == pytest.approx(0)
    low, high = sigmoid(table @ weights + bias)
    assert low < 0.5 < high


def test_the_sigmoid_of_large_logits_is_finite() -> None:
    np.testing.assert_allclose(sigmoid(np.array([-1e9, 0, 1e9])), [0, 0.5, 1], atol=1e-9)
