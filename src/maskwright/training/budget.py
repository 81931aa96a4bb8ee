"""Turns minutes into a number of steps by timing a few, so that a run can be repeated exactly."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from statistics import median

import torch
from accelerate import Accelerator

from maskwright.errors import UsageError
from maskwright.training.batches import BatchSource
from maskwright.training.loop import Training, run, start_training
from maskwright.training.processes import mean_of_processes
from maskwright.training.recipes import Recipe
from maskwright.training.setup import Setup

_WARM, _TIMED = 3, 6
EXPORT_SECONDS = 6.0
"""Seconds to check, export and seal a model."""

VALIDATIONS = 10
"""How often a run is validated; evenly spread, the last time after its last step."""

_FEWEST = 10
_CAUTION = 0.95  # the timing of a few steps is off by about as much, mostly too fast


def steps_within(
    seconds: float,
    setup: Setup,
    training: Training,
    recipe: Recipe,
    batches: BatchSource,
    beside: Callable[[], float],
    *,
    trainings: int = 1,
    shares: int = 1,
) -> int:
    """Find how many steps fit into one share of a time, validations and exports included.

    Args:
        seconds: left for everything, this timing included.
        setup: options and device; all processes agree on the result.
        training: not changed: a copy is trained for a few steps.
        recipe: how to train.
        batches: to train on.
        beside: measures how many seconds everything takes but the steps and exports.
        trainings: how many networks are trained and exported.
        shares: into how many equal parts the steps of all networks are divided.

    Raises:
        UsageError: a share would have fewer than ten steps.
    """
    begin = time.perf_counter()
    per_step = seconds_per_step(training, recipe, batches, setup.accelerator)
    other = beside()
    left = seconds - (time.perf_counter() - begin)
    steps = affordable_steps(left, per_step=per_step, beside=other, trainings=trainings) // shares
    steps = int(mean_of_processes(steps, setup.accelerator))
    check_enough(
        steps, seconds, setup.minutes, per_step=per_step, beside=other, trainings=trainings
    )
    return steps


def seconds_per_step(
    training: Training, recipe: Recipe, batches: BatchSource, accelerator: Accelerator
) -> float:
    """Time a few steps of a copy; returns the mean seconds of a step over the whole run."""
    frozen = _timed(training, replace(recipe, frozen_share=1.0), batches, accelerator)
    if recipe.tune_from >= 5:
        return frozen
    tuned = _timed(training, replace(recipe, frozen_share=0.0), batches, accelerator)
    return recipe.frozen_share * frozen + (1 - recipe.frozen_share) * tuned


def check_enough(
    steps: int,
    seconds: float,
    minutes: float,
    *,
    per_step: float,
    beside: float,
    trainings: int = 1,
) -> None:
    """Refuse a time that is too short to learn anything.

    Args:
        steps: steps of each training that fit into the time.
        seconds: left of the time when the photos were read.
        minutes: the requested time.
        per_step: seconds per step.
        beside: seconds of everything but steps and exports.
        trainings: how many networks are trained.

    Raises:
        UsageError: fewer than ten steps.
    """
    if steps < _FEWEST:
        several = f" of each of {trainings} trainings" if trainings > 1 else ""
        # Threads that wait for a busy processor make a step many times as slow.
        busy = ", or --threads 1 where other programs keep the processor busy"
        raise UsageError(
            f"{minutes:.3g} minutes are too few: {max(0.0, seconds) / 60:.1f} are left when the "
            f"photos are read, here a step{several} takes {per_step:.1f} seconds, and scoring and "
            f"writing {beside + trainings * EXPORT_SECONDS:.0f}; give more --minutes, or a smaller "
            f"--size{busy if torch.get_num_threads() > 1 else ''}"
        )


def affordable_steps(left: float, *, per_step: float, beside: float, trainings: int = 1) -> int:
    """How many steps all trainings together can make in the seconds left, after the exports and
    `beside` seconds of other work."""
    return int(_CAUTION * (left - beside - trainings * EXPORT_SECONDS) / per_step)


def validation_steps(steps: int) -> frozenset[int]:
    """The steps after which the network is validated."""
    count = min(VALIDATIONS, steps)
    return frozenset(round(steps * (index + 1) / count) for index in range(count))


def _timed(
    training: Training, recipe: Recipe, batches: BatchSource, accelerator: Accelerator
) -> float:
    trial = start_training(copy.deepcopy(training.network), recipe, accelerator)
    marks = [time.perf_counter()]

    def mark(_training: Training, _loss: float) -> bool:
        marks.append(time.perf_counter())
        return False

    run(trial, recipe, batches, _WARM + _TIMED, accelerator, mark)
    return median(after - before for before, after in pairwise(marks[_WARM:]))
