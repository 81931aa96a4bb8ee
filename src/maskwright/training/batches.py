"""Batches as a pure function of (pairs, recipe, seed, step): a resumed run gets the same batches
without a stored generator state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from maskwright.augmentation.online import draw_sample
from maskwright.core import Image, Mask, Pair, resized_mask
from maskwright.training.recipes import Recipe
from maskwright.unet.model import UNet


@dataclass(frozen=True)
class Batch:
    """Photos, or the encoder's feature maps of photos, with their targets.

    Attributes:
        inputs: the photos, (N, 3, S, S) float32 in 0..255; or five maps (N, C, H, W) float32;
            all of them channels last.
        targets: (N, S, S) int64 class indices with `VOID`.
    """

    inputs: tuple[Tensor, ...]
    targets: Tensor

    def logits(self, network: UNet, device: torch.device) -> Tensor:
        """The network's logits, (N, K, S, S) float32."""
        inputs = [one.to(device) for one in self.inputs]
        found: Tensor = network(inputs[0]) if len(inputs) == 1 else network.decoder(inputs)
        return found


class BatchSource(Protocol):
    """An endless series of batches."""

    def at(self, step: int) -> Batch:
        """Make this process's share of the batch of a step."""


@dataclass(frozen=True)
class Batches:
    """Batches of photos, augmented by the recipe.

    Attributes:
        pairs: the training pairs.
        recipe: gives batch, size and augmentation.
        seed: of order and augmentation.
        rank: which share of each batch this process takes.
        processes: how many shares there are; divides the batch.
        weights: how often each pair is drawn beside the others; none: all equally often.
    """

    pairs: Sequence[Pair]
    recipe: Recipe
    seed: int
    rank: int = 0
    processes: int = 1
    weights: Sequence[float] = ()

    def at(self, step: int) -> Batch:
        """Make this process's share of the batch of a step."""
        drawn = [self._sample(position) for position in self._positions(step)]
        images = np.stack([image for image, _ in drawn]).astype(np.float32)
        targets = np.stack([mask for _, mask in drawn]).astype(np.int64)
        # (N, S, S, 3) seen as (N, 3, S, S) is channels-last already: nothing is copied.
        photos = torch.from_numpy(images).permute(0, 3, 1, 2)
        return Batch((photos,), torch.from_numpy(targets))

    def indices(self, step: int) -> list[int]:
        """Which pairs are this process's share of the batch of a step."""
        return [self._drawn(position)[2] for position in self._positions(step)]

    def _positions(self, step: int) -> range:
        first = step * self.recipe.batch
        return range(first + self.rank, first + self.recipe.batch, self.processes)

    def _drawn(self, position: int) -> tuple[int, int, int]:
        """Epoch, place in it and pair at a position in the endless shuffled series."""
        epoch, place = divmod(position, len(self.pairs))
        return epoch, place, int(self._order(epoch)[place])

    def _order(self, epoch: int) -> NDArray[np.int64]:
        """The pairs of an epoch, shuffled; with weights, drawn by systematic sampling."""
        rng = np.random.default_rng((self.seed, epoch))
        count = len(self.pairs)
        if len(set(self.weights)) < 2:
            return rng.permutation(count)
        until = np.cumsum(self.weights) * count / np.sum(self.weights)
        drawn = np.searchsorted(until, np.arange(count) + rng.random(), side="right")
        return rng.permutation(np.minimum(drawn, count - 1))

    def _sample(self, position: int) -> tuple[Image, Mask]:
        epoch, place, index = self._drawn(position)
        if is_fixed(self.recipe):
            return stretched(self.pairs[index], self.recipe.size)
        rng = np.random.default_rng((self.seed, epoch, place))
        return draw_sample(
            self.pairs,
            index,
            self.recipe.size,
            self.recipe.augment,
            rng,
            stretched=self.recipe.resize == "square",
        )


def series(batches: BatchSource, start: int, stop: int) -> Iterator[Batch]:
    """Yield the batches of steps start to stop - 1, each made while the one before is in use."""
    with ThreadPoolExecutor(1) as maker:
        ahead = maker.submit(batches.at, start)
        for step in range(start, stop):
            batch = ahead.result()
            if step + 1 < stop:
                ahead = maker.submit(batches.at, step + 1)
            yield batch


def is_fixed(recipe: Recipe) -> bool:
    """Whether a photo is the same each time it is drawn."""
    return recipe.resize == "square" and not recipe.augment


def stretched(pair: Pair, size: int) -> tuple[Image, Mask]:
    """A pair at size x size pixels, whatever its aspect."""
    image = cv2.resize(pair.image, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(image, np.uint8), resized_mask(pair.mask, size, size)
