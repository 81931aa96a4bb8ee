"""An encoder of some 10,000 weights, for tests that train but are not about the real network.

The fixture `tiny_network` makes every recipe take it for the rest of a module. A process that a
test starts gets it by `tiny_command`.
"""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from maskwright import train
from maskwright.training.recipes import RECIPES
from maskwright.unet.encoders import ENCODERS, Encoder
from tests.support.shapes import write_shapes

TINY = "tiny"


class TinyEncoder(Encoder):
    """One convolution a level: 10,168 weights."""

    channels = (8, 12, 16, 20, 24)
    mean = (127.0, 127.0, 127.0)
    scale = (128.0, 128.0, 128.0)
    head = ("classifier.",)
    source = "tests/support/tiny.py"
    sha256 = "0" * 64

    def __init__(self) -> None:
        super().__init__()
        inputs = (3, *self.channels[:-1])
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(channels, outputs, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU6(),
            )
            for channels, outputs in zip(inputs, self.channels, strict=True)
        )

    @classmethod
    def packaged(cls) -> Path:
        return _published()

    def levels(self) -> list[list[nn.Module]]:
        return [list(block.children()) for block in self.blocks.children()]


@cache
def _published() -> Path:
    """What stands for its ImageNet weights: random ones, in every process the same."""
    folder = Path(tempfile.mkdtemp(prefix="tiny-encoder-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = TinyEncoder()
        for module in encoder.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)
    path = folder / "tiny.safetensors"
    save_file(encoder.state_dict(), path)
    return path


@contextmanager
def use_tiny_network() -> Iterator[None]:
    """Register the encoder, and let every recipe take it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ENCODERS, TINY, TinyEncoder)
        for name, recipe in RECIPES.items():
            patch.setitem(RECIPES, name, replace(recipe, encoder=TINY))
        yield


def tiny_bundle(folder: Path) -> Path:
    """Train a tiny model that can stand for the bundled one.

    Returns:
        The folder in which it is called "subject". It knows what `write_shapes` draws,
        from photos of a size that no other test has.
    """
    models = folder / "models"
    models.mkdir()
    with use_tiny_network():
        learned = write_shapes(folder / "learned", 8, size=112)
        train(learned, models / "subject", steps=40, size=64, threads=1)
    return models


def tiny_command(*arguments: str | Path) -> list[str]:
    """The command `maskwright ARGUMENTS` with the tiny network, in a process of its own."""
    program = Path(__file__).with_name("tiny_maskwright.py")
    return [sys.executable, str(program), *map(str, arguments)]
