"""What an ONNX file may say about itself."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from maskwright.errors import ModelError
from maskwright.refine.clean import Clean
from maskwright.runtime.onnx_file import parse_metadata, refuse_external_data
from tests.support.models import metadata, red_model


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


def in_a_branch(model: onnx.ModelProto) -> None:
    constant = helper.make_node("Constant", [], ["c"], value=external())
    branch = helper.make_graph([constant], "branch", [], [])
    model.graph.node.append(
        helper.make_node("If", ["b"], ["d"], then_branch=branch, else_branch=branch)
    )


def in_a_function(model: onnx.ModelProto) -> None:
    constant = helper.make_node("Constant", [], ["c"], value=external())
    opset = [helper.make_opsetid("", 17)]
    model.functions.append(helper.make_function("own", "f", [], ["c"], [constant], opset))


def in_a_sparse_tensor(model: onnx.ModelProto) -> None:
    indices = numpy_helper.from_array(np.arange(3), "i")
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(external(), indices, [9]))


def in_training_information(model: onnx.ModelProto) -> None:
    model.training_info.add().initialization.initializer.append(external())


def location_without_mark(model: onnx.ModelProto) -> None:
    tensor = external()
    tensor.data_location = TensorProto.DEFAULT
    model.graph.initializer.append(tensor)


@pytest.mark.parametrize(
    "hide",
    [
        as_initializer,
        as_constant,
        in_a_branch,
        in_a_function,
        in_a_sparse_tensor,
        in_training_information,
        location_without_mark,
    ],
)
def test_weights_in_another_file_are_refused_wherever_they_hide(hide: Any) -> None:
    model = red_model()
    refuse_external_data(model.SerializeToString(), "m.onnx")
    hide(model)
    with pytest.raises(ModelError, match=r"m\.onnx: keeps weights in another file"):
        refuse_external_data(model.SerializeToString(), "m.onnx")


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
                refuse_external_data(plain + hidden, "m.onnx")
    with pytest.raises(ModelError, match="not an ONNX model"):
        refuse_external_data(plain + message(0, b""), "m.onnx")
    with pytest.raises(ModelError, match="another file"):  # without bits above, it is found
        refuse_external_data(plain + message(7, message(5, entry)), "m.onnx")


def test_endless_nesting_is_refused() -> None:
    graph = b""
    for _ in range(5000):
        graph = message(1, message(5, message(6, graph)))  # graph > node > attribute > graph
    with pytest.raises(ModelError, match="not an ONNX model"):
        refuse_external_data(message(7, graph), "m.onnx")


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_clear_answer(data: bytes) -> None:
    try:
        refuse_external_data(data, "m.onnx")
    except ModelError as error:
        assert "m.onnx" in str(error)


@given(st.integers(min_value=1))
def test_a_truncated_file_ends_in_a_clear_answer(cut: int) -> None:
    data = red_model().SerializeToString()
    try:
        refuse_external_data(data[: -(cut % len(data))], "m.onnx")
    except ModelError as error:
        assert "m.onnx" in str(error)


def test_metadata_is_read() -> None:
    found = parse_metadata(json.dumps(metadata(logit_shift=[0.5, -1])), "m.onnx")
    assert found.classes == ("background", "foreground")
    assert (found.resize.rule, found.resize.size, found.resize.multiple) == ("area", 64, 32)
    assert found.flips is True
    assert found.logit_shift == (0.5, -1)
    assert (found.enlarge, found.clean) == ("bilinear", None), "as in files that do not say"


def test_metadata_says_how_masks_are_enlarged_and_cleaned() -> None:
    clean = {"components": 0.1, "holes": 0}
    found = parse_metadata(json.dumps(metadata(enlarge="guided", clean=clean)), "m.onnx")
    assert found.enlarge == "guided"
    assert found.clean == Clean(components=0.1, holes=0)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"classes": ["only"]},
        {"classes": ["same", "same"]},
        {"classes": ["background", "a\x1b[2J"]},
        {"classes": "background"},
        {"classes": [["a"], ["b"]]},
        {"resize": {"rule": "pad", "size": 64, "multiple": 32}},
        {"resize": {"rule": "area", "size": 10**9, "multiple": 32}},
        {"resize": {"rule": "area", "size": 64.5, "multiple": 32}},
        {"resize": {"rule": "area", "size": 64, "multiple": 0}},
        {"resize": {"rule": "square", "size": 100, "multiple": 32}},
        {"resize": 3},
        {"flips": "yes"},
        {"logit_shift": [0.0]},
        {"logit_shift": [0.0, float("nan")]},
        {"logit_shift": [0.0, "1"]},
        {"enlarge": "nearest"},
        {"enlarge": None},
        {"clean": 0.1},
        {"clean": {"components": 0.1}},
        {"clean": {"components": 2, "holes": 0}},
        {"clean": {"components": 0, "holes": float("nan")}},
        {
            "classes": ["a", "b", "c"],
            "logit_shift": [0.0, 0.0, 0.0],
            "clean": {"components": 0.1, "holes": 0},
        },
    ],
)
def test_metadata_out_of_range_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match=r"m\.onnx: its metadata cannot be used"):
        parse_metadata(json.dumps(metadata(**changes)), "m.onnx")


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "[" * 100_000, "{}"])
def test_metadata_that_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(ModelError, match=r"m\.onnx: its metadata cannot be used"):
        parse_metadata(text, "m.onnx")


def test_a_foreign_onnx_file_says_where_ours_come_from() -> None:
    with pytest.raises(ModelError, match="maskwright export"):
        parse_metadata(None, "m.onnx")
