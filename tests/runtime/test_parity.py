"""Differences between the outputs of two networks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from maskwright.runtime.parity import Batch, in_onnx_runtime, parity, smooth_batches
from tests.support.models import metadata, red_model


def constant(value: float, corner: float) -> np.ndarray:
    probs = np.full((1, 2, 4, 5), value, np.float32)
    probs[0, 0, 0, 0] = corner
    return probs


def test_the_largest_and_the_mean_difference() -> None:
    said = iter([constant(0.5, 0.5), constant(0.25, 1.0)])
    photos = [np.zeros((1, 3, 4, 5), np.float32)] * 2
    found = parity(lambda _: constant(0.25, 0.25), lambda _: next(said), photos)
    assert found.largest == 0.75
    assert found.mean == pytest.approx((0.25 + 0.75 / 40) / 2)


def test_nan_makes_both_differences_nan() -> None:
    photos = [np.zeros((1, 3, 4, 5), np.float32)] * 2
    said = iter([constant(0.5, math.nan), constant(0.5, 0.5)])
    found = parity(lambda _: constant(0.5, 0.5), lambda _: next(said), photos)
    assert math.isnan(found.largest)
    assert math.isnan(found.mean)


def test_networks_in_onnx_runtime() -> None:
    one = in_onnx_runtime(red_model(metadata(flips=False)).SerializeToString())
    assert parity(one, one, smooth_batches()).largest == 0

    def a_little_redder(batch: Batch) -> np.ndarray:
        return one(batch + np.array([1, 0, 0], np.float32)[:, None, None])

    # The logit rises by 0.04 a step of red, a probability by a quarter of that at most.
    assert 0.005 < parity(one, a_little_redder, smooth_batches()).largest <= 0.0101


def test_smooth_batches_have_two_shapes() -> None:
    batches = list(smooth_batches())
    assert [batch.shape for batch in batches] == [(1, 3, 96, 64), (1, 3, 160, 224)]
    for batch, again in zip(batches, smooth_batches(), strict=True):
        assert batch.dtype == np.float32
        assert 0 <= batch.min() < batch.max() <= 255
        np.testing.assert_array_equal(batch, again)
