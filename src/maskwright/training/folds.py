"""The models of a cross-validation: one after the other, all by the same number of steps."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from accelerate import Accelerator

from maskwright.core import Pair
from maskwright.data.dataset import Dataset
from maskwright.data.split import Split, fewer
from maskwright.errors import DataError
from maskwright.training.batches import Batches
from maskwright.training.budget import steps_asked
from maskwright.training.plan import Request, claim_directory
from maskwright.training.recipes import Recipe
from maskwright.training.run import Run
from maskwright.training.start import new_network
from maskwright.training.write import finish_unjudged
from maskwright.unet.model import UNet

_log = logging.getLogger(__name__)
SHARES = {"quarter": 0.25, "half": 0.5}
"""Parts of the training photos that a learning curve is made of, beside all of them."""


@dataclass(frozen=True)
class Trainer:
    """What all models of a cross-validation have in common.

    Attributes:
        recipe: how to train.
        request: what was asked for; its steps, minutes and folds are not looked at.
        dataset: where the pairs are from.
        pairs: decoded, by name; those of every split.
        accelerator: device; a single process.
        encoder_weights: the encoder's ImageNet file, where no package holds it.
    """

    recipe: Recipe
    request: Request
    dataset: Dataset
    pairs: Mapping[str, Pair]
    accelerator: Accelerator
    encoder_weights: Path | None = None

    def new_network(self) -> UNet:
        """The network with its first weights."""
        return new_network(
            self.recipe,
            len(self.dataset.classes),
            start=self.request.start,
            seed=self.request.seed,
            encoder_weights=self.encoder_weights,
        )

    def steps_asked(self, split: Split) -> int | None:
        """The steps that were asked for, as such or as epochs of a split; else None."""
        pairs = [self.pairs[name] for name in split.train]
        return steps_asked(self.request, self.recipe, Batches(pairs, self.recipe, 0))

    def train(
        self, splits: Mapping[str, Split], folder: Path, *, steps: int, progress: bool
    ) -> dict[str, Path]:
        """Train a model of each split's training photos, or go on with those begun before.

        Args:
            splits: by the name of the model.
            folder: gets a model directory for each; those that are finished are left alone.
            steps: of each.
            progress: draw a progress bar for each.

        Returns:
            The model directories by name.

        Raises:
            KeyboardInterrupt: Ctrl-C, after the step at hand was kept.
        """
        made = {}
        for number, (name, split) in enumerate(splits.items(), 1):
            _log.info(
                "model %d of %d: %d steps on %d photos",
                number,
                len(splits),
                steps,
                len(split.train),
            )
            out = folder / name
            claim_directory(out, resume=True, overwrite=False)
            request = replace(self.request, steps=steps, minutes=None, folds=None)
            run = _FoldRun(self, request, split, out)
            result = run.make(self.new_network(), begin=time.perf_counter(), progress=progress)
            if result.interrupted:
                raise KeyboardInterrupt
            made[name] = out
        return made


class _FoldRun(Run):
    """A run whose pairs are decoded already, and whose model is judged with those of all folds."""

    def __init__(self, trainer: Trainer, request: Request, split: Split, out: Path) -> None:
        self._pairs = trainer.pairs
        # Without a part to validate: held-out photos are for the finished model.
        own = Split(split.train, ())
        super().__init__(trainer.recipe, request, trainer.dataset, own, out, trainer.accelerator)

    def _decoded(self, names: Sequence[str], kind: str) -> list[Pair]:
        return [self._pairs[name] for name in names]

    def _finish(self) -> dict[str, Any]:
        finish_unjudged(self.out, self.recipe)
        return {}

    def _metrics(self) -> dict[str, Any]:
        return {"how": "one model of a cross-validation, not scored by itself", "sentence": ""}


def fewer_photos(dataset: Dataset, splits: Sequence[Split], *, seed: int) -> dict[str, list[Split]]:
    """For each of `SHARES` the same folds with so many of the training photos.

    Raises:
        DataError: there are too few sources for parts of them.
    """
    shares = {
        name: [fewer(dataset, split, share, seed=seed) for split in splits]
        for name, share in SHARES.items()
    }
    sizes = [mean_photos(dataset, made) for made in (*shares.values(), splits)]
    if not all(less < more for less, more in pairwise(sizes)):
        raise DataError(
            f"{dataset.root}: too few photos, or sources of them, for a learning curve: a quarter "
            f"and a half of the training photos must differ, and are {sizes[0]} and {sizes[1]} of "
            f"{sizes[2]}"
        )
    return shares


def mean_photos(dataset: Dataset, splits: Sequence[Split]) -> int:
    """How many photos splits train on, their mean; changed copies do not count."""
    copies = {example.name for example in dataset.examples if example.parent is not None}
    return round(sum(len(set(split.train) - copies) for split in splits) / len(splits))
