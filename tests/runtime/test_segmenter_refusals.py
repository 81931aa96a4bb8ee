"""What is no model of maskwright is refused, and opened no further than it takes to see that."""

from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from maskwright.errors import ModelError, UsageError
from maskwright.runtime.directory import seal
from maskwright.runtime.segmenter import load
from tests.support.models import loaded, metadata, red_green_model, red_model, write_model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model")


def give_pickle(model: Path) -> Path:
    path = model / "model.pt"
    path.write_bytes(pickle.dumps({"weights": 1}))
    return path


def give_renamed_pickle(model: Path) -> Path:
    path = model.parent / "pickle.onnx"
    path.write_bytes(pickle.dumps({"weights": 1}))
    return path


def give_sealed_pickle(model: Path) -> Path:
    (model / "model.onnx").write_bytes(pickle.dumps({"weights": 1}))
    seal(model)
    return model


def give_zip_that_climbs_out(model: Path) -> Path:
    path = model.parent / "model.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../escaped.txt", "out")
    return path


def give_text(model: Path) -> Path:
    path = model.parent / "text.onnx"
    path.write_text("hello", encoding="utf-8")
    return path


def give_nothing(model: Path) -> Path:
    path = model.parent / "empty.onnx"
    path.touch()
    return path


def give_foreign(model: Path) -> Path:
    proto = red_model()
    del proto.metadata_props[:]
    path = model.parent / "foreign.onnx"
    path.write_bytes(proto.SerializeToString())
    return path


def give_other_output(model: Path) -> Path:
    proto = red_model()
    proto.graph.node[1].output[0] = proto.graph.output[0].name = "logits2"
    path = model.parent / "other.onnx"
    path.write_bytes(proto.SerializeToString())
    return path


def give_unknown_operator(model: Path) -> Path:
    proto = red_model()
    proto.graph.node[1].op_type = "RunShell"
    path = model.parent / "operator.onnx"
    path.write_bytes(proto.SerializeToString())
    return path


def give_damaged_graph(model: Path) -> Path:
    proto = red_model()
    proto.graph.node[0].input[0] = "nowhere"
    path = model.parent / "graph.onnx"
    path.write_bytes(proto.SerializeToString())
    return path


def give_metadata_that_is_no_text(model: Path) -> Path:
    path = model.parent / "bytes.onnx"
    path.write_bytes(red_model().SerializeToString().replace(b'"background"', b'"backgroun\x80"'))
    return path


def give_outside_weights(model: Path) -> Path:
    (model.parent / "secret.bin").write_bytes(np.zeros(6, np.float32).tobytes())
    proto = red_model()
    kernel = proto.graph.initializer[0]
    kernel.ClearField("raw_data")
    kernel.data_location = TensorProto.EXTERNAL
    entry = kernel.external_data.add()
    entry.key, entry.value = "location", "secret.bin"
    path = model.parent / "outside.onnx"
    path.write_bytes(proto.SerializeToString())
    return path


def give_other_classes(model: Path) -> Path:
    info = json.loads((model / "model.json").read_text(encoding="utf-8"))
    info["network"]["classes"] = ["background", "something else"]
    (model / "model.json").write_text(json.dumps(info), encoding="utf-8")
    seal(model)
    return model


@pytest.mark.parametrize(
    ("give", "said"),
    [
        (give_pickle, "a model is a directory, or an .onnx file"),
        (give_renamed_pickle, "pickle.onnx: "),
        (give_sealed_pickle, "model.onnx: "),
        (give_zip_that_climbs_out, "a model is a directory, or an .onnx file"),
        (give_text, "text.onnx: "),
        (give_nothing, "empty.onnx: "),
        (give_foreign, "not one that maskwright wrote"),
        (give_other_output, "one input `image` and one output `probs`"),
        (give_damaged_graph, "ONNX Runtime cannot open it"),
        (give_metadata_that_is_no_text, "bytes.onnx: its metadata cannot be used: not UTF-8"),
        (give_unknown_operator, "uses the operator 'RunShell'"),
        (give_outside_weights, "keeps weights in another file"),
        (give_other_classes, "different classes"),
    ],
)
def test_anything_else_is_refused(model: Path, give: Callable[[Path], Path], said: str) -> None:
    given = give(model)
    with pytest.raises(ModelError, match=said):
        load(given)
    assert not (model.parent.parent / "escaped.txt").exists()


def test_metadata_that_are_no_text_are_refused() -> None:
    model = red_model().SerializeToString()
    with pytest.raises(ModelError, match=r"m\.onnx: its metadata cannot be used"):
        loaded(model.replace(b"background", b"b\xffckground"))
    with pytest.raises(ModelError, match=r"m\.onnx: not a model of maskwright"):
        loaded(model.replace(b"probs", b"pr\xffbs"))


def test_more_probabilities_than_classes_are_refused() -> None:
    proto = red_green_model()
    proto.metadata_props[0].value = json.dumps(metadata())
    with pytest.raises(ModelError, match="shape"):
        loaded(proto.SerializeToString())(np.zeros((64, 64, 3), np.uint8))


def before_the_network(*added: onnx.NodeProto, **constants: NDArray[np.generic]) -> bytes:
    """The red model behind other nodes, which make `changed` of `image`."""
    proto = red_model()
    for name, values in constants.items():
        proto.graph.initializer.append(numpy_helper.from_array(values, name))
    proto.graph.node[0].input[0] = "changed"
    nodes = [*added, *proto.graph.node]
    del proto.graph.node[:]
    proto.graph.node.extend(nodes)
    return proto.SerializeToString()


def sum_of_many(maker: onnx.NodeProto) -> list[onnx.NodeProto]:
    """`many`, which a node makes, is added up, and the sum added to the photo."""
    return [
        maker,
        helper.make_node("ReduceSum", ["many"], ["sum"], keepdims=0),
        helper.make_node("Add", ["image", "sum"], ["changed"]),
    ]


@pytest.mark.parametrize("factor", ["nan", "inf", "-inf"])
def test_an_output_that_is_not_a_number_is_refused(factor: str) -> None:
    model = before_the_network(
        helper.make_node("Mul", ["image", "factor"], ["changed"]),
        factor=np.array(float(factor), np.float32),
    )
    with pytest.raises(ModelError, match=r"m\.onnx: .*no probabilities.*take another model"):
        loaded(model)(np.full((64, 64, 3), 9, np.uint8))


@pytest.mark.parametrize("factor", [0.0, -1.0, 2.0, 1e30])
def test_an_output_that_is_no_probability_is_refused(factor: float) -> None:
    proto = red_model()
    proto.graph.node[1].output[0] = "inside"
    proto.graph.initializer.append(numpy_helper.from_array(np.array(factor, np.float32), "f"))
    proto.graph.node.append(helper.make_node("Mul", ["inside", "f"], ["probs"]))
    with pytest.raises(ModelError, match=r"m\.onnx: .*no probabilities"):
        loaded(proto)(np.full((64, 64, 3), 9, np.uint8))


def test_a_network_that_fails_when_it_runs_is_a_model_error() -> None:
    model = before_the_network(
        helper.make_node("Reshape", ["image", "shape"], ["changed"]),
        shape=np.array([1, 3, 7, -1], np.int64),
    )
    with pytest.raises(ModelError, match=r"m\.onnx: ONNX Runtime cannot run it: "):
        loaded(model)(np.zeros((64, 64, 3), np.uint8))


@pytest.mark.parametrize(
    "nodes",
    [
        sum_of_many(helper.make_node("Expand", ["one", "terabyte"], ["many"])),
        sum_of_many(helper.make_node("ConstantOfShape", ["terabyte"], ["many"])),
        sum_of_many(helper.make_node("Resize", ["image", "", "large"], ["many"], mode="nearest")),
        sum_of_many(helper.make_node("Pad", ["image", "wide"], ["many"])),
    ],
    ids=["expand", "constant", "resize", "pad"],
)
def test_a_network_that_wants_a_terabyte_is_a_model_error(nodes: list[onnx.NodeProto]) -> None:
    model = before_the_network(
        *nodes,
        one=np.zeros(1, np.float32),
        terabyte=np.array([256, 1024, 1024, 1024], np.int64),
        large=np.array([1, 1, 5000, 5000], np.float32),
        wide=np.array([0, 0, 0, 0, 0, 0, 300_000, 300_000], np.int64),
    )
    with pytest.raises(ModelError, match=r"m\.onnx: .*needs more memory than the .* GiB"):
        loaded(model)(np.zeros((64, 64, 3), np.uint8))


@pytest.mark.parametrize("device", ["tpu", "cuda", "mps"])
def test_a_device_that_is_not_there_is_refused(model: Path, device: str) -> None:
    import onnxruntime

    names = {"cuda": "CUDAExecutionProvider", "mps": "CoreMLExecutionProvider"}
    if names.get(device) in onnxruntime.get_available_providers():
        pytest.skip(f"this ONNX Runtime has {device}")
    with pytest.raises(UsageError, match=f"--device {device}"):
        load(model, device=device)
