"""Feature maps of a frozen encoder, computed once for photos that augmentation does not change.

Training on them learns the same and runs the decoder only.
"""

from __future__ import annotations

import math
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from maskwright.training.batches import Batch, Batches, BatchSource, is_fixed, stretched
from maskwright.unet.model import UNet

DISK = 8 * 2**30
"""Bytes of maps that a process keeps at most; beyond, the encoder runs at every step."""

_LEVELS = ("stride2", "stride4", "stride8", "stride16", "stride32")


@dataclass(frozen=True)
class EncodedBatches:
    """The batches of `batches`, as feature maps of the encoder.

    Attributes:
        batches: says which pairs a batch holds.
        maps: of each level (P, H, W, C) float32, of P pairs, in a mapped file.
        masks: (P, S, S) uint8.
    """

    batches: Batches
    maps: tuple[NDArray[np.float32], ...]
    masks: NDArray[np.uint8]

    def at(self, step: int) -> Batch:
        """Make this process's share of the batch of a step."""
        indices = self.batches.indices(step)
        # (N, H, W, C) seen as (N, C, H, W) is channels-last already: nothing is copied again.
        maps = tuple(torch.from_numpy(level[indices]).permute(0, 3, 1, 2) for level in self.maps)
        return Batch(maps, torch.from_numpy(self.masks[indices].astype(np.int64)))


def encoded(batches: Batches, network: UNet, folder: Path, *, disk: int = DISK) -> BatchSource:
    """Run the encoder once over all pairs, if neither the encoder nor the photos ever change.

    Args:
        batches: to be encoded.
        network: on its device; its encoder must be frozen from now on.
        folder: for the maps; they are mapped, so that memory holds them while it has room.
        disk: bytes that they may take.

    Returns:
        Batches of maps; `batches` as they are when photos change from one epoch to the next, when
        the encoder learns, or when their maps would take more, or half of the disk's free space.

    Raises:
        OSError: the maps cannot be written.
    """
    if batches.recipe.tune_from < len(_LEVELS) or not is_fixed(batches.recipe):
        return batches
    network.freeze_encoder()
    shapes = [level.shape for level in _maps_of(batches, network, 0)]
    needed = len(batches.pairs) * sum(4 * math.prod(shape) for shape in shapes)
    folder.mkdir(parents=True, exist_ok=True)
    if needed > min(disk, shutil.disk_usage(folder).free // 2):
        return batches
    masks = np.empty((len(batches.pairs), batches.recipe.size, batches.recipe.size), np.uint8)
    paths = [folder / f"{name}.float32" for name in _LEVELS]
    # Written as usual and mapped after: a full disk is an error then, not a crash.
    with ExitStack() as stack:
        files = [stack.enter_context(path.open("wb")) for path in paths]
        for index, pair in enumerate(batches.pairs):
            masks[index] = stretched(pair, batches.recipe.size)[1]
            for file, level in zip(files, _maps_of(batches, network, index), strict=True):
                file.write(level.tobytes())
    maps = tuple(
        np.memmap(path, np.float32, "r", shape=(len(batches.pairs), *shape))
        for path, shape in zip(paths, shapes, strict=True)
    )
    return EncodedBatches(batches, maps, masks)


@torch.no_grad()
def _maps_of(batches: Batches, network: UNet, index: int) -> list[NDArray[np.float32]]:
    """The maps of one pair's photo, each (H, W, C)."""
    image, _ = stretched(batches.pairs[index], batches.recipe.size)
    photo = torch.from_numpy(image.astype(np.float32))[None].permute(0, 3, 1, 2)
    levels = network.encoder(photo.to(next(network.parameters()).device))
    return [level[0].permute(1, 2, 0).cpu().numpy() for level in levels]
