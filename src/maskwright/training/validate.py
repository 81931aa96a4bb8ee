"""Validation on pairs that were held out from training."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maskwright.core import Pair
from maskwright.data.split import Split
from maskwright.runtime.segmenter import load
from maskwright.study.finishing import finishing_of_pairs
from maskwright.training.batches import BatchSource
from maskwright.training.budget import VALIDATIONS, steps_within
from maskwright.training.loop import Training
from maskwright.training.recipes import Recipe
from maskwright.training.run import Validation
from maskwright.training.scores import mean_iou, score_pairs, summary_sentence, training_iou
from maskwright.training.setup import Setup
from maskwright.training.write import Finish, finish_network

_PHOTOS_PER_VALIDATION = 40  # while training; in the end all of them are scored


@dataclass(frozen=True)
class Holdout:
    """Scores a network on held-out pairs now and then, and the model on all of them.

    Attributes:
        setup: recipe, options, data and device.
        split: which photos are trained on and which are held out.
        train_pairs, val_pairs: the decoded pairs of the split.
    """

    setup: Setup
    split: Split
    train_pairs: list[Pair]
    val_pairs: list[Pair]

    @property
    def validation(self) -> Validation:
        """What a run needs to know of it."""
        return Validation(
            lambda _plan: Finish([self.split], self._finish), self._affordable_steps, self._score
        )

    def _affordable_steps(
        self, training: Training, recipe: Recipe, batches: BatchSource, seconds: float
    ) -> int:
        def validating() -> float:
            begin = time.perf_counter()
            self._score(training)
            one = time.perf_counter() - begin
            passes = 2 if recipe.finish else 1  # the first to choose how masks are finished
            last = passes * len(self.val_pairs) / max(1, len(self._few_pairs))
            return (VALIDATIONS + last) * one

        return steps_within(seconds, self.setup, training, recipe, batches, validating)

    def _score(self, training: Training) -> float | None:
        if not self.val_pairs or not self.setup.accelerator.is_main_process:
            return None
        return mean_iou(self.setup.segmenter(training), self._few_pairs)

    @property
    def _few_pairs(self) -> list[Pair]:
        """Some held-out pairs, evenly spread: validation must not take the time of training."""
        return self.val_pairs[:: -(-len(self.val_pairs) // _PHOTOS_PER_VALIDATION) or 1]

    def _finish(self, model: Path) -> dict[str, Any]:
        """Choose how masks are finished, and score the model as it is shipped."""
        path = model / "model.onnx"
        metrics: dict[str, Any] = {}
        if self.setup.recipe.finish and self.val_pairs:
            metrics = finish_network(model, finishing_of_pairs(load(path), self.val_pairs))
        segmenter = load(path)
        seen = training_iou(segmenter, self.train_pairs)
        held_out = score_pairs(segmenter, self.val_pairs) if self.val_pairs else None
        return metrics | {
            "how": "on pairs held out from training, at no more than twice the network's size"
            if held_out
            else "no pairs were held out",
            "validation": held_out,
            "training_mean_iou": seen,
            "sentence": summary_sentence(
                held_out["mean_iou"] if held_out else None,
                seen,
                pairs=len(self.train_pairs),
                held_out=len(self.val_pairs),
            ),
        }
