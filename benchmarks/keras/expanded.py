"""MobileNetV2 with the feature maps that the paper's pipeline uses.

TensorFlow's tutorial takes four of the five maps inside a block, after its first convolution has
widened them sixfold. maskwright takes them where blocks end, which is narrower: its `paper`
decoder has three fifths of the multiplications. To compare like with like, this encoder takes them
where the tutorial does; for the benchmark only.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from maskwright.unet.encoders import ENCODERS
from maskwright.unet.encoders.mobilenet_v2 import MobileNetV2

NAME = "mobilenet_v2, the tutorial's maps"


class ExpandedMobileNetV2(MobileNetV2):
    """The same network; maps of 96, 144, 192 and 576 channels instead of 16, 24, 32 and 96."""

    channels = (96, 144, 192, 576, 320)

    def forward(self, images: Tensor) -> list[Tensor]:
        """As `Encoder.forward`."""
        x = (images - self.shift) * self.factor
        first, *others = self.levels()
        for module in first:
            x = module(x)
        features = []
        for level in others:
            blocks: list[Any] = level
            for place, block in enumerate(blocks):
                wide = block.conv[0](x)
                if place == 0:  # the last before this level halves height and width
                    features.append(wide)
                narrow = block.conv[1:](wide)
                x = x + narrow if block.residual else narrow
        return [*features, x]


def register() -> None:
    """Let recipes of this process name it."""
    ENCODERS[NAME] = ExpandedMobileNetV2
