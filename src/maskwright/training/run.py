"""One training run, from decoded pairs to a sealed model directory."""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maskwright.core import Pair
from maskwright.data.split import Split
from maskwright.runtime.directory import TRAINING
from maskwright.training.after_step import AfterStep
from maskwright.training.batches import Batches, BatchSource
from maskwright.training.checkpoint import remove_checkpoint, restore_checkpoint
from maskwright.training.control import Control, StepCallback, interruptible
from maskwright.training.features import encoded
from maskwright.training.log import log_files, terminal
from maskwright.training.loop import Training, dilate_pointwise, start_training
from maskwright.training.loop import run as run_loop
from maskwright.training.plan import Plan
from maskwright.training.planning import Planner
from maskwright.training.recipes import Recipe
from maskwright.training.setup import Setup
from maskwright.training.start.fine_tuning import with_fine_tuning_rates
from maskwright.training.start.weights import weights_digest
from maskwright.training.write import Finish, write_model
from maskwright.unet.model import UNet

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainResult:
    """The outcome of `train`.

    Attributes:
        model: the model directory.
        metrics: the content of metrics.json.
        sentence: how good the model is and what would help, in plain words.
        steps: how many were made.
        interrupted: whether Ctrl-C or the caller ended training early. The model can be used all
            the same. With folds, a stop before they are all trained leaves no model: then
            `metrics` is empty and `steps` is 0.
    """

    model: Path
    metrics: dict[str, Any]
    sentence: str
    steps: int
    interrupted: bool


@dataclass(frozen=True)
class Validation:
    """What a run does with photos that it is not trained on.

    Attributes:
        prepare: called before the first step; says how the network becomes a model. It may raise
            `Stopped`.
        affordable_steps: called with the training, recipe, batches and the seconds left; returns
            how many steps fit, scoring and writing included. Needed only if a time was given.
        score: returns the mean IoU of the network as it is now; None without held-out photos.
    """

    prepare: Callable[[Plan], Finish]
    affordable_steps: Callable[[Training, Recipe, BatchSource, float], int] | None = None
    score: Callable[[Training], float | None] = lambda _training: None


@dataclass(frozen=True)
class Run:
    """One training run.

    Attributes:
        setup: recipe, options, data and device.
        split: which photos are trained on and which are held out.
        train_pairs, val_pairs: the decoded pairs of the split; emptied after the run.
        out: the model directory, claimed.
        validation: what is done with photos that the run is not trained on.
        control: how the caller watches and stops the run.
    """

    setup: Setup
    split: Split
    train_pairs: list[Pair]
    val_pairs: list[Pair]
    out: Path
    validation: Validation
    control: Control

    def make(self, network: UNet, *, begin: float) -> TrainResult:
        """Train a network and write the model.

        Args:
            network: with its first weights.
            begin: `time.perf_counter()` at the beginning of the time that the caller gave.

        Raises:
            Stopped: the caller stopped the training before the first step.
        """
        training = start_training(network, self.setup.recipe, self.setup.accelerator)
        planner = Planner(self.setup, self.split, self._folder)
        first_weights = weights_digest(training.network)
        plan = planner.earlier(first_weights)
        if plan is not None and planner.is_finished(plan, self.out):
            _log.info("%s: this run is finished already; nothing is left to do", self.out)
            self._drop_pairs()
            metrics = json.loads((self.out / "metrics.json").read_text(encoding="utf-8"))
            return TrainResult(self.out, metrics, metrics["sentence"], plan.steps, False)
        if plan is None:
            score = planner.pretrained_score(self.setup.segmenter(training), self.train_pairs)
        else:
            score = plan.pretrained_score
        recipe = with_fine_tuning_rates(self.setup.recipe, score)
        batches = self._batches(recipe, training)
        if plan is None:
            # Minutes become steps here.
            steps = self._steps(recipe, training, batches, begin)
            plan = planner.new(first_weights, steps, score)
        finish = self.validation.prepare(plan)
        self._train(recipe, training, batches, plan.steps)
        del batches  # closes mapped files: Windows does not delete open ones
        metrics = self._write(recipe, training, plan, finish)
        self._drop_pairs()
        sentence = metrics.get("sentence", "")
        return TrainResult(self.out, metrics, sentence, training.step, training.step < plan.steps)

    @property
    def _folder(self) -> Path:
        return self.out / TRAINING

    def _batches(self, recipe: Recipe, training: Training) -> BatchSource:
        accelerator = self.setup.accelerator
        photos = Batches(
            self.train_pairs,
            recipe,
            self.setup.request.seed,
            accelerator.process_index,
            accelerator.num_processes,
            self.setup.dataset.weights(self.split.train),
        )
        return encoded(photos, training.network, self.setup.cache_folder(self.out) / "maps")

    def _steps(self, recipe: Recipe, training: Training, batches: BatchSource, begin: float) -> int:
        asked = self.setup.steps_asked(len(self.train_pairs))
        if asked is not None:
            return asked
        assert self.validation.affordable_steps is not None, "needed if a time is given"
        seconds = begin + 60 * self.setup.minutes - time.perf_counter()
        return self.validation.affordable_steps(training, recipe, batches, seconds)

    def _train(self, recipe: Recipe, training: Training, batches: BatchSource, steps: int) -> None:
        restore_checkpoint(self._folder, training)
        accelerator, start = self.setup.accelerator, training.step
        main = accelerator.is_main_process
        with ExitStack() as stack:
            asked = stack.enter_context(interruptible())
            callbacks: list[StepCallback] = []
            if main:
                files = log_files(self._folder, recipe, start=start)
                shown = terminal(start=start, steps=steps, bar=self.control.bar)
                callbacks = [stack.enter_context(files), stack.enter_context(shown)]
                if self.control.on_step is not None:
                    callbacks.append(self.control.on_step)
            after_step = AfterStep(
                start=start,
                steps=steps,
                folder=self._folder if main else None,
                validate=self.validation.score,
                control=self.control,
                callbacks=callbacks,
                asked=asked,
            )
            run_loop(training, recipe, batches, steps, accelerator, after_step)

    def _write(
        self, recipe: Recipe, training: Training, plan: Plan, finish: Finish
    ) -> dict[str, Any]:
        """Write the model directory; the checkpoint is removed last, after the manifest is written.

        Returns:
            The content of metrics.json; empty in all processes but the main one.
        """
        if not self.setup.accelerator.is_main_process:
            return {}
        network = training.mean.cpu().eval()
        dilate_pointwise(network, 1)
        metrics = write_model(
            self.out,
            network,
            finish,
            plan=plan,
            recipe=recipe,
            dataset=self.setup.dataset,
            steps=training.step,
        )
        if training.step == plan.steps:
            remove_checkpoint(self._folder)
        return metrics

    def _drop_pairs(self) -> None:
        accelerator = self.setup.accelerator
        self.train_pairs.clear()
        self.val_pairs.clear()
        cache = self.setup.cache_folder(self.out)
        shutil.rmtree(cache, ignore_errors=True)
        accelerator.wait_for_everyone()
        if accelerator.is_main_process:
            shutil.rmtree(cache.parent, ignore_errors=True)
