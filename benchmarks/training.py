"""Train on pairs in memory, by the trainer's own loop, without a model directory around it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from accelerate import Accelerator

from benchmarks.subsets import chosen
from maskwright.core import Pair, Segmenter
from maskwright.data.cache import load_pairs
from maskwright.data.dataset import Dataset
from maskwright.runtime.resize import Resize
from maskwright.training.batches import Batches
from maskwright.training.features import encoded
from maskwright.training.loop import Training, run, start_training
from maskwright.training.recipes import Recipe
from maskwright.training.start.weights import new_network
from maskwright.unet.model import UNet
from maskwright.unet.segmenter import as_segmenter


def loaded(dataset: Dataset, names: Iterable[str], long_side: int) -> list[Pair]:
    """Load pairs into memory, shrunk to at most a long side."""
    with tempfile.TemporaryDirectory() as disk:
        return load_pairs(dataset, chosen(dataset, names), long_side=long_side, disk=Path(disk))


def fit(
    recipe: Recipe,
    pairs: Sequence[Pair],
    *,
    classes: int,
    start: str = "imagenet",
    steps: int,
    seed: int,
    on_step: Callable[[Training, float], None] | None = None,
) -> Training:
    """Train in this process; `on_step` is called after every step with the step's loss."""
    network = new_network(recipe, classes, start=start, seed=seed, encoder_weights=None)
    accelerator = Accelerator(cpu=True)
    training = start_training(network, recipe, accelerator)

    def after(training: Training, loss: float) -> bool:
        if on_step is not None:
            on_step(training, loss)
        return False

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as maps:
        batches = encoded(Batches(pairs, recipe, seed), training.network, Path(maps))
        run(training, recipe, batches, steps, accelerator, after)
    return training


def segmenter(network: UNet, recipe: Recipe, classes: tuple[str, ...]) -> Segmenter:
    """The network as `predict` would use it; it is in evaluation mode from now on."""
    resize = Resize(recipe.resize, recipe.size)
    return as_segmenter(network.eval(), classes, resize, use_flips=recipe.flips)
