"""Train on pairs in memory, by the trainer's own loop, without a model directory around it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from accelerate import Accelerator

from maskwright.core import Pair, Segmenter
from maskwright.runtime.resize import Resize
from maskwright.training.batches import Batches
from maskwright.training.checkpoint import remove_checkpoint, restore_checkpoint, save_checkpoint
from maskwright.training.features import encoded
from maskwright.training.loop import Training, run, start_training
from maskwright.training.recipes import Recipe
from maskwright.training.start.weights import new_network
from maskwright.unet.model import UNet
from maskwright.unet.segmenter import as_segmenter

_SECONDS_BETWEEN_CHECKPOINTS = 60.0


def fit(
    recipe: Recipe,
    pairs: Sequence[Pair],
    *,
    classes: int,
    start: str = "imagenet",
    steps: int,
    seed: int,
    folder: Path | None = None,
    on_step: Callable[[Training, float], None] | None = None,
) -> Training:
    """Train in this process; with a folder, go on from the checkpoint there and keep new ones.

    `on_step` is called after every step with the step's loss.
    """
    network = new_network(recipe, classes, start=start, seed=seed, encoder_weights=None)
    accelerator = Accelerator(cpu=True)
    training = start_training(network, recipe, accelerator)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        restore_checkpoint(folder, training)
    saved = time.monotonic()

    def after(training: Training, loss: float) -> bool:
        nonlocal saved
        if on_step is not None:
            on_step(training, loss)
        if folder is not None and time.monotonic() - saved > _SECONDS_BETWEEN_CHECKPOINTS:
            save_checkpoint(folder, training)
            saved = time.monotonic()
        return False

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as maps:
        batches = encoded(Batches(pairs, recipe, seed), training.network, Path(maps))
        run(training, recipe, batches, steps, accelerator, after)
    if folder is not None:
        remove_checkpoint(folder)
    return training


def segmenter(network: UNet, recipe: Recipe, classes: tuple[str, ...]) -> Segmenter:
    """The network as `predict` would use it; it is in evaluation mode from now on."""
    resize = Resize(recipe.resize, recipe.size)
    return as_segmenter(network.eval(), classes, resize, use_flips=recipe.flips)
