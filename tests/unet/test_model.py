"""The whole network: any size, any classes, frozen or not, on disk and as ONNX."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from maskwright.errors import UsageError
from maskwright.unet.decoders import DECODERS
from maskwright.unet.encoders import ENCODERS
from maskwright.unet.model import UNet

PAIRS = [(encoder, decoder) for encoder in ENCODERS for decoder in DECODERS]


def photos(number: int, height: int, width: int) -> Tensor:
    return torch.randint(0, 256, (number, 3, height, width)).float()


@pytest.fixture(params=PAIRS, ids="-".join)
def network(request: pytest.FixtureRequest) -> UNet:
    """A network after one step: its BatchNorm statistics are no longer 0 and 1."""
    torch.manual_seed(0)
    encoder, decoder = request.param
    network = UNet(encoder, decoder, classes=3)
    network(photos(2, 64, 64))
    return network.eval()


@pytest.mark.parametrize(("number", "height", "width"), [(1, 32, 32), (2, 96, 160), (1, 224, 32)])
def test_logits_have_the_size_of_the_photo(
    network: UNet, number: int, height: int, width: int
) -> None:
    logits = network(photos(number, height, width))
    assert logits.shape == (number, 3, height, width)
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize(("height", "width"), [(33, 64), (64, 48), (1, 1)])
def test_other_sizes_are_refused(network: UNet, height: int, width: int) -> None:
    with pytest.raises(ValueError, match=f"multiples of 32, not {height} x {width}: pad"):
        network(photos(1, height, width))


@pytest.mark.parametrize(("encoder", "decoder"), PAIRS)
@pytest.mark.parametrize("classes", [2, 6])
def test_a_batch_of_one_trains(encoder: str, decoder: str, classes: int) -> None:
    network = UNet(encoder, decoder, classes)
    network.freeze_encoder(0)
    logits = network.train()(photos(1, 64, 64))
    target = torch.randint(0, classes, (1, 64, 64))
    torch.nn.functional.cross_entropy(logits, target).backward()
    gradients = [p.grad for p in network.parameters()]
    assert all(g is not None and torch.isfinite(g).all() for g in gradients)


def test_a_frozen_encoder_stands_still_while_the_decoder_trains(network: UNet) -> None:
    network.freeze_encoder()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network.train()
    trained = [p for p in network.parameters() if p.requires_grad]
    network(photos(2, 64, 64)).square().mean().backward()
    torch.optim.Adam(trained, lr=0.1).step()
    changed = {n for n, v in network.state_dict().items() if not torch.equal(v, before[n])}
    decoder = {n for n in before if n.startswith("decoder.")}
    assert changed == decoder


def test_the_same_photo_gives_the_same_bits(network: UNet) -> None:
    batch = photos(1, 96, 64)
    with torch.no_grad():
        first, second = network(batch), network(batch)
    assert torch.equal(first, second)


def test_gradients_are_the_same_bits(network: UNet) -> None:
    batch = photos(2, 64, 64)

    def gradients() -> list[Tensor]:
        network.zero_grad()
        network(batch).square().mean().backward()
        return [p.grad.clone() for p in network.parameters() if p.grad is not None]

    assert all(torch.equal(a, b) for a, b in zip(gradients(), gradients(), strict=True))


def test_channels_last_gives_the_same_logits(network: UNet) -> None:
    batch = photos(1, 64, 96)
    with torch.no_grad():
        expected = network(batch)
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # not in its types
        logits = network(batch.contiguous(memory_format=torch.channels_last))
    torch.testing.assert_close(logits, expected, atol=1e-4, rtol=0)


def test_weights_survive_the_disk(network: UNet, tmp_path: Path) -> None:
    save_file(network.state_dict(), tmp_path / "weights.safetensors")
    encoder = next(n for n, kind in ENCODERS.items() if type(network.encoder) is kind)
    decoder = next(n for n, kind in DECODERS.items() if type(network.decoder) is kind)
    other = UNet(encoder, decoder, 3).eval()
    other.load_state_dict(load_file(tmp_path / "weights.safetensors"))
    batch = photos(1, 64, 32)
    with torch.no_grad():
        assert torch.equal(other(batch), network(batch))


@pytest.mark.filterwarnings("ignore")  # torch deprecates the exporter that needs onnx alone
def test_onnx_gives_the_same_logits_at_every_size(network: UNet, tmp_path: Path) -> None:
    path = tmp_path / "network.onnx"
    sizes = {0: "n", 2: "h", 3: "w"}
    torch.onnx.export(
        network,
        (photos(1, 64, 96),),
        str(path),
        dynamo=False,
        opset_version=17,
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": sizes, "logits": sizes},
    )
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for number, height, width in ((1, 64, 96), (2, 160, 32)):
        batch = photos(number, height, width)
        with torch.no_grad():
            expected = network(batch).numpy()
        (logits,) = session.run(None, {"image": batch.numpy()})
        np.testing.assert_allclose(logits, expected, atol=1e-4, rtol=0)


def test_unknown_parts_are_refused() -> None:
    with pytest.raises(UsageError, match="no encoder 'vgg'"):
        UNet("vgg", "light", 2)
    with pytest.raises(UsageError, match="no decoder 'fpn'"):
        UNet("mobilenet_v2", "fpn", 2)
