"""The network: an encoder, a decoder, and the skips between them (Ronneberger et al.,
arXiv:1505.04597)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from maskwright.unet.decoders import build_decoder
from maskwright.unet.encoders import LEVELS, build_encoder

MULTIPLE = 2**LEVELS
"""Heights and widths of photos are multiples of this."""


class UNet(nn.Module):
    """A U-Net on an encoder that may have been trained before.

    It is fully convolutional and takes photos of any size that is a multiple of 32.

    Args:
        encoder: one of `encoders.ENCODERS`.
        decoder: one of `decoders.DECODERS`.
        classes: K, background included.

    Raises:
        UsageError: no encoder or no decoder has this name.
    """

    def __init__(self, encoder: str, decoder: str, classes: int) -> None:
        super().__init__()
        self.encoder = build_encoder(encoder)
        self.decoder = build_decoder(decoder, self.encoder.channels, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Segment photos.

        Args:
            images: (N, 3, H, W) float32, RGB 0..255; H and W multiples of 32.

        Returns:
            Logits, (N, K, H, W) float32.

        Raises:
            ValueError: H or W is not a multiple of 32.
        """
        height, width = images.shape[2:]
        # While exporting, sizes are symbols and not numbers to be checked.
        if not torch.onnx.is_in_onnx_export() and (height % MULTIPLE or width % MULTIPLE):
            raise ValueError(
                f"the network takes heights and widths that are multiples of {MULTIPLE}, "
                f"not {height} x {width}: pad or resize the photo"
            )
        logits: Tensor = self.decoder(self.encoder(images))
        return logits

    def freeze_encoder(self, levels: int = LEVELS, *, freeze_batchnorm: bool = True) -> None:
        """Keep the first levels of the encoder as they are; see `Encoder.freeze`.

        `freeze_encoder()` trains the decoder alone, `freeze_encoder(2)` also the encoder from
        stride 8 on, `freeze_encoder(0)` all weights but no BatchNorm statistics of the encoder,
        `freeze_encoder(0, freeze_batchnorm=False)` everything.
        """
        self.encoder.freeze(levels, freeze_batchnorm=freeze_batchnorm)

    def freeze_decoder_batchnorm(self) -> None:
        """Keep the BatchNorm statistics of the decoder, until the next `train()`."""
        for module in self.decoder.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
