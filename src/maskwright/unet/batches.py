"""Batches: a pure function of (pairs, recipe, seed, step), so that a resumed run sees the very
same ones without any generator's state being kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from maskwright.augment.online import draw_sample
from maskwright.core import Image, Mask, Pair
from maskwright.unet.recipes import Recipe


@dataclass(frozen=True)
class Batch:
    """Images (N, 3, S, S) float32 in 0..255, channels last; targets (N, S, S) int64."""

    images: Tensor
    targets: Tensor


@dataclass(frozen=True)
class Batches:
    """The endless series of batches of a run.

    Attributes:
        pairs: the training pairs.
        recipe: gives batch, size and augmentation.
        seed: of order and augmentation.
        rank: which share of each batch this process takes.
        processes: how many shares there are; divides the batch.
    """

    pairs: Sequence[Pair]
    recipe: Recipe
    seed: int
    rank: int = 0
    processes: int = 1

    @property
    def per_epoch(self) -> int:
        """Steps that see every pair about once."""
        return max(1, round(len(self.pairs) / self.recipe.batch))

    def at(self, step: int) -> Batch:
        """Make this process's share of the batch of a step."""
        first = step * self.recipe.batch
        mine = range(first + self.rank, first + self.recipe.batch, self.processes)
        drawn = [self._sample(position) for position in mine]
        images = np.stack([image for image, _ in drawn]).astype(np.float32)
        targets = np.stack([mask for _, mask in drawn]).astype(np.int64)
        # (N, S, S, 3) seen as (N, 3, S, S) is channels-last already: nothing is copied.
        return Batch(torch.from_numpy(images).permute(0, 3, 1, 2), torch.from_numpy(targets))

    def series(self, start: int, stop: int) -> Iterator[Batch]:
        """Yield the batches of steps start to stop - 1, each made while the last one is used."""
        with ThreadPoolExecutor(1) as maker:
            ahead = maker.submit(self.at, start)
            for step in range(start, stop):
                batch = ahead.result()
                if step + 1 < stop:
                    ahead = maker.submit(self.at, step + 1)
                yield batch

    def _sample(self, position: int) -> tuple[Image, Mask]:
        """The sample at a position in the endless shuffled series of pairs."""
        epoch, place = divmod(position, len(self.pairs))
        order = np.random.default_rng((self.seed, epoch)).permutation(len(self.pairs))
        recipe, index = self.recipe, int(order[place])
        if recipe.resize == "square" and not recipe.augment:
            return _stretched(self.pairs[index], recipe.size)
        rng = np.random.default_rng((self.seed, epoch, place))
        return draw_sample(self.pairs, index, recipe.size, recipe.augment, rng)


def _stretched(pair: Pair, size: int) -> tuple[Image, Mask]:
    image = cv2.resize(pair.image, (size, size), interpolation=cv2.INTER_AREA)
    mask = cv2.resize(pair.mask, (size, size), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(image, np.uint8), np.asarray(mask, np.uint8)
