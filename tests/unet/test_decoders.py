"""Both decoders: sizes, classes, and that each skip reaches the logits."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from maskwright.errors import UsageError
from maskwright.unet.decoders import DECODERS, build_decoder

CHANNELS = (16, 24, 40, 112, 320)


def features(height: int, width: int, *, photos: int = 1) -> list[Tensor]:
    """Random maps of an encoder whose last one is (height, width)."""
    scales = (16, 8, 4, 2, 1)
    return [
        torch.rand(photos, channels, height * scale, width * scale)
        for channels, scale in zip(CHANNELS, scales, strict=True)
    ]


@pytest.fixture(params=list(DECODERS))
def name(request: pytest.FixtureRequest) -> str:
    torch.manual_seed(0)
    chosen: str = request.param
    return chosen


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 3), (5, 7)])
@pytest.mark.parametrize("classes", [2, 5])
def test_logits_have_the_size_of_the_photo(
    name: str, height: int, width: int, classes: int
) -> None:
    decoder = build_decoder(name, CHANNELS, classes).eval()
    logits = decoder(features(height, width, photos=2))
    assert logits.shape == (2, classes, 32 * height, 32 * width)
    assert logits.dtype == torch.float32


def test_every_level_reaches_the_logits(name: str) -> None:
    decoder = build_decoder(name, CHANNELS, 2)
    maps = [f.requires_grad_() for f in features(2, 2)]
    decoder(maps).square().sum().backward()
    assert all(f.grad is not None and f.grad.abs().sum() > 0 for f in maps)
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in decoder.parameters())


def test_maps_that_want_no_gradient_change_nothing_else(name: str) -> None:
    decoder = build_decoder(name, CHANNELS, 2)
    maps = features(2, 2, photos=3)
    found = []
    for wanted in (True, False):
        decoder.zero_grad()
        logits = decoder([level.clone().requires_grad_(wanted) for level in maps])
        logits.square().mean().backward()
        gradients = [one.grad for one in decoder.parameters()]
        found.append([logits, *(one.clone() for one in gradients if one is not None)])
    for with_gradient, without in zip(*found, strict=True):
        torch.testing.assert_close(without, with_gradient, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("size", [32, 64])
def test_logits_are_centred_on_the_photo(size: int) -> None:
    """The light decoder resizes by pixel areas: a mirrored input gives mirrored logits."""
    decoder = build_decoder("light", CHANNELS, 2).eval()
    for module in decoder.modules():
        if isinstance(module, nn.Conv2d):  # kernels that are their own mirror image
            module.weight.data = (module.weight + module.weight.flip(3)) / 2
    maps = features(size // 32, size // 32)
    with torch.no_grad():
        mirrored = decoder([f.flip(3) for f in maps]).flip(3)
        torch.testing.assert_close(decoder(maps), mirrored, atol=1e-5, rtol=0)


def test_the_papers_decoder_has_the_papers_layers() -> None:
    decoder = build_decoder("paper", CHANNELS, 2)
    layers = [m for m in decoder.modules() if isinstance(m, nn.ConvTranspose2d)]
    assert [m.out_channels for m in layers] == [512, 256, 128, 64, 2]
    assert [m.in_channels for m in layers] == [320, 512 + 112, 256 + 40, 128 + 24, 64 + 16]
    assert {m.stride for m in layers} == {(2, 2)}


def operations(name: str) -> int:
    decoder = build_decoder(name, CHANNELS, 2).eval()
    maps = features(8, 8)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        decoder(maps)
    return int(counter.get_total_flops())


def test_the_light_decoder_costs_less_than_a_sixth_of_the_papers() -> None:
    assert 0 < operations("light") < operations("paper") / 6


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"'fpn'.*light, paper"):
        build_decoder("fpn", CHANNELS, 2)
