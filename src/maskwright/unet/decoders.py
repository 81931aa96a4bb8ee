"""Decoders: from the features of an encoder back to one logit per class and pixel."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from maskwright.errors import UsageError


def _norm_relu(channels: int) -> list[nn.Module]:
    return [nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def _separable(inputs: int, outputs: int) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False),
        nn.Conv2d(inputs, outputs, 1, bias=False),
        *_norm_relu(outputs),
    ]


class LightDecoder(nn.Module):
    """Bilinear enlarging, then two depthwise-separable convolutions, at each level.

    The last level is that of stride 2; its logits are enlarged. A level at full size would more
    than double the time that the decoder takes in training.
    """

    widths = (128, 64, 48, 32)

    def __init__(self, channels: tuple[int, ...], classes: int) -> None:
        super().__init__()
        *skips, inputs = channels
        self.levels = nn.ModuleList()
        for skip, width in zip(reversed(skips), self.widths, strict=True):
            modules = [*_separable(inputs + skip, width), *_separable(width, width)]
            self.levels.append(nn.Sequential(*modules))
            inputs = width
        self.head = nn.Conv2d(inputs, classes, 1)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Turn five maps, from stride 2 to stride 32, into logits (N, K, H, W)."""
        *skips, x = features
        for skip, level in zip(reversed(skips), self.levels, strict=True):
            x = level(torch.cat([_doubled(x), skip], dim=1))
        return _doubled(self.head(x))


_TWICE = (2, 1, 1)
"""Stride, padding and output padding with which a kernel of 3 doubles height and width."""


def _transposed(inputs: int, outputs: int, *, bias: bool) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(inputs, outputs, 3, *_TWICE, bias=bias)


class _PaperLevel(nn.Module):
    """Enlarge what came from the level below, beside its skip where it has one."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.enlarge = _transposed(inputs, width, bias=False)
        self.norm_relu = nn.Sequential(*_norm_relu(width))

    def forward(self, x: Tensor, skip: Tensor | None) -> Tensor:
        enlarged: Tensor = self.norm_relu(_enlarged(self.enlarge, x, skip))
        return enlarged


class PaperDecoder(nn.Module):
    """The paper's decoder: transposed convolutions of stride 2 (pix2pix, arXiv:1611.07004, as in
    TensorFlow's tutorial on segmentation)."""

    widths = (512, 256, 128, 64)

    def __init__(self, channels: tuple[int, ...], classes: int) -> None:
        super().__init__()
        *skips, inputs = channels
        self.levels = nn.ModuleList()
        for skip, width in zip(reversed(skips), self.widths, strict=True):
            self.levels.append(_PaperLevel(inputs, width))
            inputs = width + skip
        self.head = _transposed(inputs, classes, bias=True)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Turn five maps, from stride 2 to stride 32, into logits (N, K, H, W)."""
        *skips, x = features
        skip = None
        for level, following in zip(self.levels, reversed(skips), strict=True):
            x, skip = level(x, skip), following
        return _enlarged(self.head, x, skip)


def _enlarged(convolution: nn.ConvTranspose2d, x: Tensor, skip: Tensor | None) -> Tensor:
    """Enlarge a map, or two side by side.

    Of a frozen encoder's map no gradient is wanted, but of one half of a concatenation torch
    works it out all the same. Each map with its own part of the kernel spares a tenth of a step.
    """
    if skip is None or skip.requires_grad or not torch.is_grad_enabled():
        whole: Tensor = convolution(x if skip is None else torch.cat([x, skip], dim=1))
        return whole
    ours, theirs = convolution.weight[: x.shape[1]], convolution.weight[x.shape[1] :]
    learnt = F.conv_transpose2d(x, ours, convolution.bias, *_TWICE)
    return learnt + F.conv_transpose2d(skip, theirs, None, *_TWICE)


DECODERS: dict[str, type[LightDecoder] | type[PaperDecoder]] = {
    "light": LightDecoder,
    "paper": PaperDecoder,
}


def build_decoder(name: str, channels: tuple[int, ...], classes: int) -> nn.Module:
    """Build a decoder with random weights.

    Args:
        name: one of `DECODERS`.
        channels: of the encoder's five maps, from stride 2 to stride 32.
        classes: K, the channels of the logits.

    Raises:
        UsageError: no decoder has this name.
    """
    if name not in DECODERS:
        raise UsageError(f"there is no decoder {name!r}: choose one of {', '.join(DECODERS)}")
    return DECODERS[name](channels, classes)
