"""A torch network as a segmenter: for validation while training, and to compare with ONNX."""

from __future__ import annotations

import numpy as np
import torch

from maskwright.core import Image, Probs, Segmenter, flips, from_function
from maskwright.runtime.resize import BILINEAR, Resize, at_network_size
from maskwright.unet.model import UNet


def as_segmenter(
    network: UNet,
    classes: tuple[str, ...],
    resize: Resize,
    *,
    use_flips: bool,
    enlarge: str = BILINEAR,
) -> Segmenter:
    """Wrap a network that is in evaluation mode.

    Args:
        network: on any device; called with (1, 3, H, W) float32 in 0..255.
        classes: names of the K classes.
        resize: how photos are resized for it.
        use_flips: whether to average with the mirrored photo.
        enlarge: one of `ENLARGE`, how its probabilities come to the size of the photo.
    """
    device = next(network.parameters()).device

    def run(image: Image, _prior: Probs | None) -> Probs:
        batch = torch.from_numpy(np.ascontiguousarray(image, np.float32))[None]
        with torch.inference_mode():
            # (1, H, W, 3) seen as (1, 3, H, W) is channels-last already.
            logits = network(batch.permute(0, 3, 1, 2).to(device))
            probs = logits.softmax(dim=1)[0].permute(1, 2, 0)
        return np.ascontiguousarray(probs.cpu().numpy())

    segmenter: Segmenter = from_function(classes, run)
    whole = flips(segmenter) if use_flips else segmenter
    return at_network_size(whole, resize, enlarge=enlarge)
