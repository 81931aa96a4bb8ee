"""One training run, from decoded pairs to a sealed model directory."""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accelerate import Accelerator

from maskwright.core import Pair, Segmenter
from maskwright.data.cache import load_pairs
from maskwright.data.dataset import Dataset
from maskwright.data.split import Split, write_splits
from maskwright.runtime.directory import TRAINING, withdraw
from maskwright.runtime.resize import Resize
from maskwright.runtime.segmenter import load
from maskwright.training.batches import Batches, BatchSource
from maskwright.training.budget import minutes_asked, steps_asked, steps_within
from maskwright.training.checkpoint import remove_checkpoint, restore_checkpoint
from maskwright.training.features import encoded
from maskwright.training.gentle import gentler
from maskwright.training.interrupt import interruptible
from maskwright.training.log import RunLog
from maskwright.training.loop import Training, dilate_pointwise, start_training
from maskwright.training.loop import run as run_loop
from maskwright.training.plan import CACHE, Plan, Request
from maskwright.training.planning import Planner
from maskwright.training.recipes import PAPER, Recipe
from maskwright.training.start import weights_digest
from maskwright.training.validate import mean_iou, own_metrics
from maskwright.training.watch import Watch
from maskwright.training.write import finish_by_pairs, write_network, write_records
from maskwright.unet.model import UNet
from maskwright.unet.segmenter import as_segmenter

_log = logging.getLogger(__name__)
_PHOTOS_PER_VALIDATION = 40  # while training; in the end all of them are scored


@dataclass(frozen=True)
class TrainResult:
    """What training made.

    Attributes:
        model: the model directory.
        metrics: what metrics.json says.
        sentence: how good the model is and what would help, in plain words.
        steps: how many were made.
        interrupted: whether Ctrl-C ended it early; the model is usable all the same.
    """

    model: Path
    metrics: dict[str, Any]
    sentence: str
    steps: int
    interrupted: bool


class Run:
    """Everything that the steps of one run share.

    Args:
        recipe: how to train.
        request: what was asked for.
        dataset: where the pairs are from.
        split: which are trained on and which are held out.
        out: the model directory, claimed.
        accelerator: device and processes.
    """

    def __init__(
        self,
        recipe: Recipe,
        request: Request,
        dataset: Dataset,
        split: Split,
        out: Path,
        accelerator: Accelerator,
    ) -> None:
        self.recipe, self.request, self.dataset = recipe, request, dataset
        self.split, self.out, self.accelerator = split, out, accelerator
        self._planner = Planner(request, dataset, split, out, accelerator)
        self.folder = out / TRAINING
        self.cache = self.folder / CACHE / str(accelerator.process_index)
        self.train_pairs = self._decoded(split.train, "train")
        self.val_pairs = self._decoded(split.val, "val")
        self.photos = Batches(
            self.train_pairs,
            recipe,
            request.seed,
            accelerator.process_index,
            accelerator.num_processes,
            dataset.weights(split.train),
        )
        self.batches: BatchSource = self.photos

    def make(self, network: UNet, *, begin: float, progress: bool) -> TrainResult:
        """Train a network and write the model.

        Args:
            network: with its first weights.
            begin: `time.perf_counter()` when the time that was asked for began.
            progress: draw a progress bar.
        """
        training = start_training(network, self.recipe, self.accelerator)
        first_weights = weights_digest(training.network)
        plan = self._planner.earlier(first_weights)
        if plan is not None and self._planner.is_finished(plan):
            _log.info("%s: this run has ended before; nothing is left to do", self.out)
            self._drop_pairs()
            return self._earlier_result(plan)
        known = self._known(training) if plan is None else plan.known
        if known is not None:
            self.recipe = gentler(self.recipe, known)
        self.batches = encoded(self.photos, training.network, self.cache / "maps")
        if plan is None:
            # Minutes become steps here.
            plan = self._planner.new(first_weights, self._steps(training, begin), known)
        self._prepare(plan)
        restore_checkpoint(self.folder, training)
        main = self.accelerator.is_main_process
        with (
            interruptible() as asked,
            RunLog(
                self.folder, steps=plan.steps, start=training.step, show=progress, write=main
            ) as log,
        ):
            checkpoints = self.folder if main else None
            watch = Watch(self.recipe, plan.steps, checkpoints, log, asked, self._validated)
            run_loop(training, self.recipe, self.batches, plan.steps, self.accelerator, watch)
        return self._finished(training, plan)

    def _decoded(self, names: Sequence[str], kind: str) -> list[Pair]:
        by_name = {example.name: example for example in self.dataset.examples}
        return load_pairs(
            self.dataset,
            [by_name[name] for name in names],
            long_side=2 * self.recipe.size,
            disk=self.cache / kind,
        )

    def _known(self, training: Training) -> float | None:
        return self._planner.known(self.recipe, self._segmenter(training), self.train_pairs)

    def _steps(self, training: Training, begin: float) -> int:
        asked = steps_asked(self.request, self.recipe, self.batches)
        left = begin + 60 * minutes_asked(self.request, self.recipe) - time.perf_counter()
        return self._affordable(training, left) if asked is None else asked

    def _affordable(self, training: Training, left: float) -> int:
        """How many steps fit into the seconds left."""
        return steps_within(
            left,
            minutes_asked(self.request, self.recipe),
            training,
            self.recipe,
            self.batches,
            self.accelerator,
            lambda: self._validated(training),
            # Once more to find out how masks are finished, see `finish_by_pairs`.
            final_validation=(1 if self.recipe.name == PAPER.name else 2)
            * len(self.val_pairs)
            / max(1, len(self._few_val_pairs)),
        )

    def _prepare(self, plan: Plan) -> None:
        """Find out what must be known before the first step: here nothing."""

    def _segmenter(self, training: Training) -> Segmenter:
        return as_segmenter(
            training.mean.eval(),
            self.dataset.classes,
            Resize(self.recipe.resize, self.recipe.size),
            use_flips=self.recipe.flips,
        )

    @property
    def _few_val_pairs(self) -> list[Pair]:
        """Some held-out pairs, evenly spread: validation must not take the time of training."""
        return self.val_pairs[:: -(-len(self.val_pairs) // _PHOTOS_PER_VALIDATION) or 1]

    def _validated(self, training: Training) -> float | None:
        if not self.val_pairs or not self.accelerator.is_main_process:
            return None
        return mean_iou(self._segmenter(training), self._few_val_pairs)

    def _finished(self, training: Training, plan: Plan) -> TrainResult:
        """Write the model directory: the checkpoint goes last, after the manifest is in place."""
        interrupted = training.step < plan.steps
        metrics: dict[str, Any] = {}
        if self.accelerator.is_main_process:
            network = training.mean.cpu().eval()
            dilate_pointwise(network, 1)
            withdraw(self.out)
            write_splits(self.out / "splits.json", self.dataset, self._splits())
            write_network(self.out, network, self.recipe, self.dataset.classes, self._shift())
            metrics = self._finish() | self._metrics()
            write_records(
                self.out,
                plan=plan,
                recipe=self.recipe,
                dataset=self.dataset,
                steps_made=training.step,
                metrics=metrics,
            )
            if not interrupted:
                remove_checkpoint(self.folder)
        self._drop_pairs()
        sentence = metrics.get("sentence", "")
        return TrainResult(self.out, metrics, sentence, training.step, interrupted)

    def _drop_pairs(self) -> None:
        # Mapped files are closed first: Windows would not delete them.
        self.batches = self.photos
        self.train_pairs.clear()
        self.val_pairs.clear()
        shutil.rmtree(self.cache, ignore_errors=True)
        self.accelerator.wait_for_everyone()
        if self.accelerator.is_main_process:
            shutil.rmtree(self.cache.parent, ignore_errors=True)

    def _splits(self) -> Sequence[Split]:
        return [self.split]

    def _shift(self) -> tuple[float, ...]:
        """What is added to the logits of the classes, found before the first step."""
        return (0.0,) * len(self.dataset.classes)

    def _finish(self) -> dict[str, Any]:
        """Keep in the model how masks are finished; returns what metrics.json says of it."""
        return finish_by_pairs(self.out, self.recipe, self.val_pairs)

    def _metrics(self) -> dict[str, Any]:
        """Score the file that is shipped, not the network that was trained."""
        return own_metrics(load(self.out / "model.onnx"), self.train_pairs, self.val_pairs)

    def _earlier_result(self, plan: Plan) -> TrainResult:
        metrics = json.loads((self.out / "metrics.json").read_text(encoding="utf-8"))
        return TrainResult(self.out, metrics, metrics["sentence"], plan.steps, False)
