"""The interface of all encoders: five levels of modules with a feature map after each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Self

import torch
from torch import Tensor, nn

LEVELS = 5
"""Levels of an encoder; each halves the height and the width."""


class Encoder(nn.Module, ABC):
    """Turns photos into features at strides 2, 4, 8, 16 and 32.

    A subclass builds its modules under the names of a published checkpoint, lists them in
    `levels`, and states the class attributes below; all else is here.

    Attributes:
        channels: channels of the five feature maps, from stride 2 to stride 32.
        mean, scale: of the red, green and blue values 0..255 that the network was trained with:
            it sees (value - mean) / scale.
        head: prefixes of the names that a published checkpoint holds for its classifier.
        source: where the published checkpoint is.
        sha256: of the published checkpoint, in hex; its first digits where no more is published.
    """

    channels: ClassVar[tuple[int, ...]]
    mean: ClassVar[tuple[float, float, float]]
    scale: ClassVar[tuple[float, float, float]]
    head: ClassVar[tuple[str, ...]]
    source: ClassVar[str]
    sha256: ClassVar[str]
    shift: Tensor
    factor: Tensor

    def __init__(self) -> None:
        super().__init__()
        # Not persistent: the names in the state dict stay those of the published checkpoint.
        shape = (1, 3, 1, 1)
        self.register_buffer("shift", torch.tensor(self.mean).view(shape), persistent=False)
        self.register_buffer("factor", 1 / torch.tensor(self.scale).view(shape), persistent=False)
        self._kept_levels = 0

    @abstractmethod
    def levels(self) -> list[list[nn.Module]]:
        """The modules of each of the five levels, in the order in which they run."""

    @classmethod
    def packaged(cls) -> Path | None:
        """The published checkpoint where a Python package brings it.

        Raises:
            UsageError: there is such a package, but it is not installed.
        """
        return None

    def forward(self, images: Tensor) -> list[Tensor]:
        """Compute the features of photos.

        Args:
            images: (N, 3, H, W) float32, RGB 0..255; H and W multiples of 32.

        Returns:
            Five float32 maps, (N, channels[i], H / 2**(i + 1), W / 2**(i + 1)).
        """
        x = (images - self.shift) * self.factor
        features = []
        for modules in self.levels():
            for module in modules:
                x = module(x)
            features.append(x)
        return features

    def freeze(self, levels: int = LEVELS, *, freeze_batchnorm: bool = True) -> None:
        """Keep the first levels as they are while the others train.

        Frozen levels store nothing for the backward pass and keep their BatchNorm statistics.
        The setting outlives `train()` and `eval()`, and each call replaces the one before.

        Args:
            levels: how many levels are frozen, from the photo on: 0 (none) to 5 (all).
            freeze_batchnorm: keep the BatchNorm statistics of the other levels, too: a batch of
                a few photos gives worse ones than ImageNet did. The weights of BatchNorm train.

        Raises:
            ValueError: `levels` is not 0 to 5.
        """
        if not 0 <= levels <= LEVELS:
            raise ValueError(f"an encoder has {LEVELS} levels, so {levels} cannot be frozen")
        for level, modules in enumerate(self.levels()):
            for module in modules:
                module.requires_grad_(level >= levels)
        self._kept_levels = LEVELS if freeze_batchnorm else levels
        self.train(self.training)

    def train(self, mode: bool = True) -> Self:
        """Set training mode, except for levels with BatchNorm statistics that `freeze` keeps."""
        super().train(mode)
        for modules in self.levels()[: self._kept_levels]:
            for module in modules:
                module.eval()
        return self
