"""16-bit weights: half the bytes, and the same probabilities or an error."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

import maskwright
from maskwright.errors import ModelError
from maskwright.runtime.int16_weights import with_int16_weights
from maskwright.runtime.write_onnx import export
from tests.support.models import loaded, red_model, wide_model, write_model


def photo(seed: int = 0) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), np.uint8)
    return cv2.resize(coarse, (120, 90), interpolation=cv2.INTER_CUBIC)


def test_half_the_bytes_and_the_same_probabilities() -> None:
    whole = wide_model().SerializeToString()
    half = with_int16_weights(whole, "m")
    assert len(half) < 0.6 * len(whole)
    for seed in range(4):
        expected = loaded(whole)(photo(seed))
        found = loaded(half)(photo(seed))
        assert expected[..., 1].std() > 0.02  # there is something to be wrong about
        np.testing.assert_allclose(found, expected, atol=1e-3)
        assert not np.array_equal(found, expected)


def test_nothing_is_unpacked_while_predicting(tmp_path: Path) -> None:
    """ONNX Runtime multiplies integers and scales when it opens the file."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "opened.onnx")
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    half = with_int16_weights(wide_model().SerializeToString(), "m")
    assert "Cast" in {node.op_type for node in onnx.load_from_string(half).graph.node}
    onnxruntime.InferenceSession(half, options, providers=["CPUExecutionProvider"])
    opened = onnx.load(tmp_path / "opened.onnx")
    assert {"Cast", "Mul"}.isdisjoint({node.op_type for node in opened.graph.node})


def test_small_weights_stay_as_they_are() -> None:
    model = red_model()
    half = onnx.load_from_string(with_int16_weights(model.SerializeToString(), "m"))
    assert half == model


def test_channels_without_weights_stay_empty() -> None:
    model = wide_model()
    kernel = next(one for one in model.graph.initializer if one.name == "kernel1")
    values = onnx.numpy_helper.to_array(kernel).copy()
    values[5] = 0
    kernel.CopyFrom(onnx.numpy_helper.from_array(values, "kernel1"))
    whole = model.SerializeToString()
    found = loaded(with_int16_weights(whole, "m"))(photo())
    np.testing.assert_allclose(found, loaded(whole)(photo()), atol=1e-3)


def test_a_network_that_16_bits_would_change_is_refused() -> None:
    with pytest.raises(ModelError, match=r"m: with 16-bit weights .* keep the 32-bit weights"):
        with_int16_weights(wide_model(spread=2000.0).SerializeToString(), "m")


def test_export_halves(tmp_path: Path) -> None:
    model = write_model(tmp_path / "model", wide_model())
    size = export(model, tmp_path / "half.onnx", half=True)
    assert (
        size == (tmp_path / "half.onnx").stat().st_size < 0.6 * export(model, tmp_path / "m.onnx")
    )
    assert maskwright.load(tmp_path / "half.onnx").metadata == maskwright.load(model).metadata
