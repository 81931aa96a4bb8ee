"""Turns minutes into the steps of several trainings by timing a few steps once."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from maskwright.core import Segmenter
from maskwright.data.split import Split
from maskwright.runtime.resize import BILINEAR, GUIDED
from maskwright.training.batches import Batches
from maskwright.training.budget import steps_within
from maskwright.training.features import encoded
from maskwright.training.folds.trainer import Trainer
from maskwright.training.loop import start_training

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
    """Find how many steps fit into one share of the time.

    Args:
        left: seconds for everything, this timing included.
        trainer: of the networks.
        split: one of the splits that it trains on.
        trainings: how many networks are exported.
        shares: into how many equal parts the steps of all networks are divided.
        scoring: returns the seconds of all scoring with networks like the one given.

    Raises:
        UsageError: a share would have fewer than ten steps.
    """
    begin = time.perf_counter()
    setup, recipe = trainer.setup, trainer.setup.recipe
    training = start_training(setup.new_network(), recipe, setup.accelerator)
    photos = Batches([trainer.pairs[name] for name in split.train], recipe, setup.request.seed)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as maps:
        batches = encoded(photos, training.network, Path(maps))
        encoding = time.perf_counter() - begin

        def beside() -> float:
            enlarge = GUIDED if recipe.finish else BILINEAR
            scored = scoring(setup.segmenter(training, enlarge=enlarge))
            return scored + trainings * encoding + _RESERVE

        return steps_within(
            left - encoding,
            setup,
            training,
            recipe,
            batches,
            beside,
            trainings=trainings,
            shares=shares,
        )
