"""The processor's products of 8 bits."""

import numpy as np
import onnx
from onnx import numpy_helper

from maskwright.runtime import eight_bits


def test_the_written_out_model_is_what_it_says() -> None:
    model = onnx.load_from_string(eight_bits._PRODUCT)
    onnx.checker.check_model(model, full_check=True)
    assert [node.op_type for node in model.graph.node] == ["MatMulInteger"]
    (weights,) = model.graph.initializer
    values = numpy_helper.to_array(weights)
    assert values.dtype == np.int8
    assert values.shape == (4, 4)
    assert (values == 127).all()


def test_the_answer_is_that_of_the_processor() -> None:
    """Arm has no such instruction; x86 says what it has where Linux lists it."""
    found = eight_bits.exact_in_8_bits()
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
