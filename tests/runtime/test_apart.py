"""How far two networks are apart."""

from __future__ import annotations

import math

import numpy as np
import pytest

from maskwright.runtime.apart import Batch, apart, in_onnx_runtime, smooth_batches
from tests.support.models import metadata, red_model


def constant(value: float, corner: float) -> np.ndarray:
    probs = np.full((1, 2, 4, 5), value, np.float32)
    probs[0, 0, 0, 0] = corner
    return probs


def test_the_most_and_the_mean_over_photos() -> None:
    said = iter([constant(0.5, 0.5), constant(0.25, 1.0)])
    photos = [np.zeros((1, 3, 4, 5), np.float32)] * 2
    found = apart(lambda _: constant(0.25, 0.25), lambda _: next(said), photos)
    assert found.most == 0.75
    assert found.mean == pytest.approx((0.25 + 0.75 / 40) / 2)


def test_what_is_no_number_is_not_near() -> None:
    photos = [np.zeros((1, 3, 4, 5), np.float32)] * 2
    said = iter([constant(0.5, math.nan), constant(0.5, 0.5)])
    found = apart(lambda _: constant(0.5, 0.5), lambda _: next(said), photos)
    assert math.isnan(found.most)
    assert math.isnan(found.mean)


def test_networks_in_onnx_runtime() -> None:
    one = in_onnx_runtime(red_model(metadata(flips=False)).SerializeToString())
    assert apart(one, one, smooth_batches()).most == 0

    def a_little_redder(batch: Batch) -> np.ndarray:
        return one(batch + np.array([1, 0, 0], np.float32)[:, None, None])

    # The logit rises by 0.04 a step of red, a probability by a quarter of that at most.
    assert 0.005 < apart(one, a_little_redder, smooth_batches()).most <= 0.0101


def test_the_pictures_are_photos_of_two_shapes() -> None:
    batches = list(smooth_batches())
    assert [batch.shape for batch in batches] == [(1, 3, 96, 64), (1, 3, 160, 224)]
    for batch, again in zip(batches, smooth_batches(), strict=True):
        assert batch.dtype == np.float32
        assert 0 <= batch.min() < batch.max() <= 255
        np.testing.assert_array_equal(batch, again)
