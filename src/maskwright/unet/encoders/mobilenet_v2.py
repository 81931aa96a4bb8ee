"""MobileNetV2 (Sandler et al., arXiv:1801.04381), the paper's encoder, under the names of
torchvision, in which its ImageNet weights are published."""

from __future__ import annotations

from torch import Tensor, nn

from maskwright.unet.encoders.contract import Encoder


def _convolution(
    inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU6(inplace=True),
    )


class _Block(nn.Module):
    """Expand, convolve each channel, project; added to the input where the shapes agree."""

    def __init__(self, inputs: int, outputs: int, *, stride: int, expansion: int) -> None:
        super().__init__()
        width = inputs * expansion
        self.residual = stride == 1 and inputs == outputs
        expand = [_convolution(inputs, width, 1)] if expansion > 1 else []
        self.conv = nn.Sequential(
            *expand,
            _convolution(width, width, 3, stride=stride, groups=width),
            nn.Conv2d(width, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )

    def forward(self, inputs: Tensor) -> Tensor:
        x: Tensor = self.conv(inputs)
        return x + inputs if self.residual else x


class MobileNetV2(Encoder):
    """The encoder of MobileNetV2: 17 blocks, 1.8 million weights.

    It ends in the 320 channels of the last block, as in the paper: the 1280 that follow serve
    the classifier.
    """

    channels = (16, 24, 32, 96, 320)
    mean = (0.485 * 255, 0.456 * 255, 0.406 * 255)
    scale = (0.229 * 255, 0.224 * 255, 0.225 * 255)
    head = ("features.18.", "classifier.")
    source = "https://download.pytorch.org/models/mobilenet_v2-b0353104.pth"
    sha256 = "b0353104"  # eight digits are all that torchvision publishes

    def __init__(self) -> None:
        super().__init__()
        modules: list[nn.Module] = [_convolution(3, 32, 3, stride=2)]
        inputs = 32
        for repeats, outputs, stride, expansion in (
            (1, 16, 1, 1),
            (2, 24, 2, 6),
            (3, 32, 2, 6),
            (4, 64, 2, 6),
            (3, 96, 1, 6),
            (3, 160, 2, 6),
            (1, 320, 1, 6),
        ):
            for repeat in range(repeats):
                step = stride if repeat == 0 else 1
                modules.append(_Block(inputs, outputs, stride=step, expansion=expansion))
                inputs = outputs
        self.features = nn.Sequential(*modules)

    def levels(self) -> list[list[nn.Module]]:
        modules = list(self.features)
        return [modules[:2], modules[2:4], modules[4:7], modules[7:14], modules[14:]]
