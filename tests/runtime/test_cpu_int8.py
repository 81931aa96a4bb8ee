"""The check of the processor's 8-bit products."""

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from maskwright.runtime import cpu_int8


def test_the_written_out_model_is_what_it_says() -> None:
    model = onnx.load_from_string(cpu_int8._PRODUCT)
    onnx.checker.check_model(model, full_check=True)
    assert [node.op_type for node in model.graph.node] == ["MatMulInteger"]
    (weights,) = model.graph.initializer
    values = numpy_helper.to_array(weights)
    assert values.dtype == np.int8
    assert values.shape == (4, 4)
    assert (values == 127).all()


EXACT = 4 * 255 * 127
# Two 8-bit products added in 16 bits with saturation, as x86 does without VNNI.
CUT_OFF = 2 * (2**15 - 1)


@pytest.mark.real_processor
@pytest.mark.parametrize(
    ("products", "exact"),
    [
        (np.full((4, 4), EXACT, np.int32), True),
        (np.full((4, 4), CUT_OFF, np.int32), False),
        (np.where(np.eye(4) > 0, CUT_OFF, EXACT).astype(np.int32), False),
    ],
)
def test_the_answer_is_that_of_the_products(
    monkeypatch: pytest.MonkeyPatch, products: np.ndarray, exact: bool
) -> None:
    class Session:
        def __init__(self, *_: Any, **__: Any) -> None:
            pass

        def run(self, _: list[str], given: dict[str, np.ndarray]) -> list[np.ndarray]:
            assert (given["a"] == 255).all()
            return [products]

    monkeypatch.setattr("onnxruntime.InferenceSession", Session)
    assert cpu_int8.has_exact_int8() is exact


@pytest.mark.real_processor
def test_the_answer_is_that_of_the_processor() -> None:
    """Arm has no such instruction; x86 says what it has where Linux lists it."""
    found = cpu_int8.has_exact_int8()
    try:
        with open("/proc/cpuinfo") as file:
            text = file.read()
    except OSError:
        return
    flags = {
        word for line in text.splitlines() if line.startswith("flags") for word in line.split()
    }
    if flags & {"avx512_vnni", "avx_vnni"}:
        assert found
