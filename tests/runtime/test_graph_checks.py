"""Which networks are refused before ONNX Runtime reads them."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from maskwright.errors import ModelError
from maskwright.runtime.bundled import bundled
from maskwright.runtime.graph_checks import check_graph
from tests.support.models import red_model


def external() -> TensorProto:
    tensor = numpy_helper.from_array(np.zeros(3, np.float32), "outside")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../etc/passwd"
    return tensor


def as_initializer(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(external())


def as_constant(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("Constant", [], ["c"], value=external()))


def location_without_mark(model: onnx.ModelProto) -> None:
    tensor = external()
    tensor.data_location = TensorProto.DEFAULT
    model.graph.initializer.append(tensor)


@pytest.mark.parametrize(
    "hide",
    [
        as_initializer,
        as_constant,
        location_without_mark,
    ],
)
def test_weights_in_another_file_are_refused_wherever_they_hide(hide: Any) -> None:
    model = red_model()
    check_graph(model.SerializeToString(), "m.onnx")
    hide(model)
    with pytest.raises(ModelError, match=r"m\.onnx: keeps weights in another file"):
        check_graph(model.SerializeToString(), "m.onnx")


def varint(number: int) -> bytes:
    digits = b""
    while number > 127:
        digits += bytes([number & 127 | 128])
        number >>= 7
    return digits + bytes([number])


def message(number: int, content: bytes, *, above: int = 0) -> bytes:
    """A protobuf field that holds a message; onnx itself refuses to write such as these.

    Args:
        number: of the field.
        content: of the message.
        above: what stands in the field's key above its 32 bits.
    """
    return varint(above << 32 | number << 3 | 2) + varint(len(content)) + content


def test_keys_that_readers_would_cut_are_refused() -> None:
    plain = red_model().SerializeToString()
    entry = message(13, message(1, b"location") + message(2, b"../../etc/passwd"))
    assert len(varint(1 << 32 | 13 << 3 | 2)) == 5
    for above in (1, 7, 2**30):
        long = message(13, entry[2:], above=above)
        for hidden in (
            message(7, message(5, long)),  # graph > tensor > external data
            message(7, message(5, entry, above=above)),
            message(7, message(5, entry), above=above),
        ):
            with pytest.raises(ModelError, match="not an ONNX model"):
                check_graph(plain + hidden, "m.onnx")
    with pytest.raises(ModelError, match="not an ONNX model"):
        check_graph(plain + message(0, b""), "m.onnx")
    with pytest.raises(ModelError, match="another file"):  # without bits above, it is found
        check_graph(plain + message(7, message(5, entry)), "m.onnx")


def test_endless_nesting_is_refused() -> None:
    graph = b""
    for _ in range(5000):
        graph = message(1, message(5, message(6, graph)))  # graph > node > attribute > graph
    with pytest.raises(ModelError, match="a graph inside its graph"):
        check_graph(message(7, graph), "m.onnx")


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_clear_answer(data: bytes) -> None:
    try:
        check_graph(data, "m.onnx")
    except ModelError as error:
        assert "m.onnx" in str(error)


@given(st.integers(min_value=1))
def test_a_truncated_file_ends_in_a_clear_answer(cut: int) -> None:
    data = red_model().SerializeToString()
    try:
        check_graph(data[: -(cut % len(data))], "m.onnx")
    except ModelError as error:
        assert "m.onnx" in str(error)


def loop(model: onnx.ModelProto) -> None:
    body = helper.make_graph(
        [helper.make_node("Identity", ["going"], ["still"])],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
        ],
        [helper.make_tensor_value_info("still", TensorProto.BOOL, [])],
    )
    model.graph.initializer.append(numpy_helper.from_array(np.array(True), "yes"))
    model.graph.node.append(helper.make_node("Loop", ["", "yes"], [], body=body))


def branch(model: onnx.ModelProto) -> None:
    inside = helper.make_graph([], "inside", [], [])
    model.graph.node.append(
        helper.make_node("If", ["b"], ["d"], then_branch=inside, else_branch=inside)
    )


def hidden_graphs(model: onnx.ModelProto) -> None:
    inside = helper.make_graph([], "inside", [], [])
    model.graph.node[0].attribute.append(helper.make_attribute("graphs", [inside]))


def functions_that_call_each_other(model: onnx.ModelProto) -> None:
    opset = [helper.make_opsetid("own", 1)]
    for number in range(30):
        calls = [
            helper.make_node(f"f{number + 1}", ["x"], [out], domain="own") for out in ("y", "z")
        ]
        model.functions.append(
            helper.make_function("own", f"f{number}", ["x"], ["y"], calls, opset)
        )


def sparse(model: onnx.ModelProto) -> None:
    indices = numpy_helper.from_array(np.arange(3), "i")
    values = numpy_helper.from_array(np.zeros(3, np.float32), "v")
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [9]))


def training_steps(model: onnx.ModelProto) -> None:
    model.training_info.add().initialization.name = "g"


def random_numbers(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("RandomNormal", [], ["r"], shape=[2**30]))


def another_domain(model: onnx.ModelProto) -> None:
    model.graph.node[0].domain = "com.microsoft"


def many_weights(model: onnx.ModelProto) -> None:
    weight = numpy_helper.from_array(np.zeros(1, np.float32), "w")
    model.graph.initializer.extend([weight] * 100_000)


def many_nodes(model: onnx.ModelProto) -> None:
    model.graph.node.extend([helper.make_node("Relu", ["image"], ["r"])] * 30_000)


@pytest.mark.parametrize(
    ("add", "said"),
    [
        (loop, "uses the operator 'Loop'"),
        (branch, "uses the operator 'If'"),
        (hidden_graphs, "a graph inside its graph"),
        (functions_that_call_each_other, "functions of its own"),
        (sparse, "sparse weights"),
        (training_steps, "training steps"),
        (random_numbers, "uses the operator 'RandomNormal'"),
        (another_domain, "operators of 'com.microsoft'"),
        (many_weights, "more than 20,000 nodes and weights"),
        (many_nodes, "more than 20,000 nodes and weights"),
    ],
)
def test_what_could_run_for_ever_is_refused_at_once(add: Any, said: str) -> None:
    model = red_model()
    add(model)
    data = model.SerializeToString()
    start = time.process_time()
    with pytest.raises(ModelError, match=rf"m\.onnx: .*{said}.*; maskwright runs plain networks"):
        check_graph(data, "m.onnx")
    assert time.process_time() - start < 1


def test_a_second_name_of_an_operator_does_not_hide_the_first() -> None:
    """Readers of protobuf keep the last of two."""
    node = message(4, b"Loop") + message(4, b"Relu")
    for both in (node, message(4, b"Relu") + message(4, b"Loop")):
        with pytest.raises(ModelError, match="'Loop'"):
            check_graph(message(7, message(1, both)), "m.onnx")


def test_the_bundled_models_pass() -> None:
    for file in ("model.onnx", "model-int8.onnx"):
        check_graph((bundled("subject") / file).read_bytes(), file)
