"""What is no model of maskwright is refused, and opened no further than it takes to see that."""

from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto

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
        (give_unknown_operator, "ONNX Runtime cannot open it"),
        (give_outside_weights, "keeps weights in another file"),
        (give_other_classes, "different classes"),
    ],
)
def test_anything_else_is_refused(model: Path, give: Callable[[Path], Path], said: str) -> None:
    given = give(model)
    with pytest.raises(ModelError, match=said):
        load(given)
    assert not (model.parent.parent / "escaped.txt").exists()


def test_more_probabilities_than_classes_are_refused() -> None:
    proto = red_green_model()
    proto.metadata_props[0].value = json.dumps(metadata())
    with pytest.raises(ModelError, match="shape"):
        loaded(proto.SerializeToString())(np.zeros((64, 64, 3), np.uint8))


@pytest.mark.parametrize("device", ["tpu", "cuda", "mps"])
def test_a_device_that_is_not_there_is_refused(model: Path, device: str) -> None:
    import onnxruntime

    names = {"cuda": "CUDAExecutionProvider", "mps": "CoreMLExecutionProvider"}
    if names.get(device) in onnxruntime.get_available_providers():
        pytest.skip(f"this ONNX Runtime has {device}")
    with pytest.raises(UsageError, match=f"--device {device}"):
        load(model, device=device)
