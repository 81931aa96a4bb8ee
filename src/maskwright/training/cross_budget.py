"""Minutes become the steps of several trainings: a few are timed once, for all of them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from maskwright.core import Segmenter
from maskwright.data.split import Split
from maskwright.runtime.resize import BILINEAR, GUIDED, Resize
from maskwright.training.batches import Batches
from maskwright.training.budget import (
    affordable_steps,
    check_enough,
    minutes_asked,
    seconds_per_step,
)
from maskwright.training.features import encoded
from maskwright.training.folds import Trainer
from maskwright.training.loop import start_training
from maskwright.training.recipes import PAPER
from maskwright.unet.segmenter import as_segmenter

_RESERVE = 15.0  # seconds: starting the program, intervals, writing the report


def affordable_share(
    left: float,
    trainer: Trainer,
    split: Split,
    *,
    trainings: int,
    shares: int,
    scoring: Callable[[Segmenter], float],
) -> int:
    """Find how many steps a share of the time is worth.

    Args:
        left: seconds for everything, this timing included.
        trainer: whose networks are to be trained.
        split: one of those that it is trained on.
        trainings: how many networks are exported.
        shares: into how many equal parts the steps of all of them are divided.
        scoring: says how many seconds all scoring takes with networks like the one given.

    Raises:
        UsageError: a share would have fewer than ten steps.
    """
    begin = time.perf_counter()
    recipe = trainer.recipe
    training = start_training(trainer.new_network(), recipe, trainer.accelerator)
    photos = Batches([trainer.pairs[name] for name in split.train], recipe, trainer.request.seed)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as maps:
        batches = encoded(photos, training.network, Path(maps))
        encoding = time.perf_counter() - begin
        per_step = seconds_per_step(training, recipe, batches, trainer.accelerator)
    segmenter = as_segmenter(
        training.mean.eval(),
        trainer.dataset.classes,
        Resize(recipe.resize, recipe.size),
        use_flips=recipe.flips,
        enlarge=BILINEAR if recipe.name == PAPER.name else GUIDED,
    )
    beside = scoring(segmenter) + trainings * encoding + _RESERVE
    spent = time.perf_counter() - begin
    steps = affordable_steps(left - spent, per_step=per_step, beside=beside, trainings=trainings)
    steps //= shares
    minutes = minutes_asked(trainer.request, recipe)
    check_enough(steps, left, minutes, per_step=per_step, beside=beside, trainings=trainings)
    return steps
