"""The exported file computes what torch computes, and holds no step that costs without need."""

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from maskwright import load
from maskwright.refine.clean import Clean
from maskwright.unet.export import export_onnx, finish_onnx
from maskwright.unet.model import UNet

RESIZE = {"rule": "area", "size": 64, "multiple": 32}


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory) -> tuple[UNet, Path]:
    """The usual network with two classes, and its file."""
    return exported(tmp_path_factory.mktemp("light"), "light", 2)


def exported(folder: Path, decoder: str, classes: int) -> tuple[UNet, Path]:
    torch.manual_seed(classes)
    network = UNet("efficientnet_lite0", decoder, classes).eval()
    names = tuple(f"class{number}" for number in range(classes))
    export_onnx(network, folder / "model.onnx", classes=names, resize=RESIZE, use_flips=False)
    return network, folder / "model.onnx"


@pytest.mark.parametrize(("decoder", "classes"), [("light", 2), ("light", 3), ("paper", 2)])
def test_probabilities_are_the_softmax_of_the_logits(
    tmp_path: Path, decoder: str, classes: int
) -> None:
    network, path = exported(tmp_path, decoder, classes)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for number, height, width in ((1, 64, 96), (2, 96, 32)):
        image = torch.rand(number, 3, height, width) * 255
        with torch.inference_mode():
            expected = network(image).softmax(dim=1).numpy()
        (probs,) = session.run(["probs"], {"image": image.numpy()})
        np.testing.assert_allclose(probs, expected, atol=1e-4, rtol=0)
        np.testing.assert_allclose(probs.sum(axis=1), 1, atol=1e-5)


def test_a_network_whose_encoder_was_frozen_is_exported(tmp_path: Path) -> None:
    network = UNet("efficientnet_lite0", "paper", 2)
    network.freeze_encoder()
    export_onnx(
        network.eval(), tmp_path / "m.onnx", classes=("a", "b"), resize=RESIZE, use_flips=False
    )
    assert (tmp_path / "m.onnx").exists()


def test_how_masks_are_finished_is_kept_beside_the_network(tmp_path: Path) -> None:
    _, path = exported(tmp_path, "light", 2)
    before = load(path)
    finish_onnx(path, enlarge="guided", clean=Clean(0.1, 0.01))
    after = load(path)
    assert (before.metadata.enlarge, before.metadata.clean) == ("bilinear", None)
    assert (after.metadata.enlarge, after.metadata.clean) == ("guided", Clean(0.1, 0.01))
    assert after.metadata.resize == before.metadata.resize
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    np.testing.assert_array_equal(after.network(image), before.network(image))
    finish_onnx(path, enlarge="bilinear", clean=None)
    assert load(path).metadata == before.metadata


def test_exporting_leaves_the_network_as_it_was(light: tuple[UNet, Path]) -> None:
    network, _ = light
    image = torch.rand(1, 3, 64, 64) * 255
    assert network(image).shape == (1, 2, 64, 64)
    assert network.state_dict()["decoder.head.weight"].shape == (2, 32, 1, 1)


def test_activations_and_padding_are_part_of_the_convolutions(
    light: tuple[UNet, Path], tmp_path: Path
) -> None:
    _, path = light
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    graph = onnx.load(str(tmp_path / "optimised.onnx")).graph
    steps = Counter(node.op_type for node in graph.node)
    wasteful = {"BatchNormalization", "Clip", "Relu", "Add", "Pad", "Softmax"}
    assert not wasteful & steps.keys(), steps


def test_of_two_classes_only_one_map_is_enlarged(light: tuple[UNet, Path]) -> None:
    _, path = light
    graph = onnx.load(str(path)).graph
    last = [node for node in graph.node if node.op_type == "Resize"][-1]
    makers = {name: node.op_type for node in graph.node for name in node.output}
    assert makers[last.input[0]] == "Sub"  # the difference of two logits, not a convolution
