"""Models in 8 bits: nearly the same masks, a file that runs like any other."""

import logging

import numpy as np
import onnx
import pytest

from maskwright.core import Image
from maskwright.errors import ModelError, UsageError
from scripts.quantise import quantised
from tests.support.models import loaded, metadata, red_model


def photos(count: int) -> list[Image]:
    """Smooth patches of all colours, of several sizes."""
    rng = np.random.default_rng(0)
    made = []
    for number in range(count):
        coarse = rng.integers(0, 256, (4, 4, 3), np.uint8)
        made.append(np.kron(coarse, np.ones((16 + number % 3, 16, 1), np.uint8)))
    return made


def test_masks_stay_nearly_the_same(caplog: pytest.LogCaptureFixture) -> None:
    model = red_model(metadata(flips=True, logit_shift=[0.0, 0.5])).SerializeToString()
    with caplog.at_level(logging.WARNING):
        made = quantised(model, photos(12), "m.onnx")
    assert not caplog.records
    layers = [node.op_type for node in onnx.load_from_string(made).graph.node]
    assert "QuantizeLinear" in layers
    usual = loaded(model)
    small = loaded(made)
    assert small.metadata == usual.metadata
    image = photos(20)[-1]  # one that set no range
    first, second = usual(image), small(image)
    assert 0 < np.abs(first - second).mean() < 0.02
    assert np.mean(first.argmax(axis=2) == second.argmax(axis=2)) > 0.98


def test_the_same_photos_give_the_same_file() -> None:
    model = red_model().SerializeToString()
    assert quantised(model, photos(8), "m.onnx") == quantised(model, photos(8), "m.onnx")


def test_too_few_photos_are_refused() -> None:
    with pytest.raises(UsageError, match=r"m\.onnx: 8 bits need at least 8 photos"):
        quantised(red_model().SerializeToString(), photos(7), "m.onnx")


def test_a_network_that_8_bits_cannot_hold_is_refused() -> None:
    """Logits in the thousands whose difference alone counts: their steps of 8 bits hide it."""
    model = red_model()
    bias = next(one for one in model.graph.initializer if one.name == "bias")
    kernel = next(one for one in model.graph.initializer if one.name == "kernel")
    weights = onnx.numpy_helper.to_array(kernel) + np.float32(30)
    kernel.CopyFrom(onnx.numpy_helper.from_array(weights, "kernel"))
    assert bias.dims == [2]
    with pytest.raises(ModelError, match="in 8 bits its probabilities change by"):
        quantised(model.SerializeToString(), photos(8), "m.onnx")
