"""Makes the plan of a run once, for all processes and for a resumed run too."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from maskwright.core import Pair, Segmenter
from maskwright.errors import ModelError
from maskwright.runtime.directory import MANIFEST, open_directory
from maskwright.training.plan import Plan, check_same, plan_of, read_plan, write_plan
from maskwright.training.processes import from_main
from maskwright.training.setup import Setup
from maskwright.training.start.fine_tuning import is_fine_tuning, pretrained_score


@dataclass(frozen=True)
class Planner:
    """Makes and keeps the plan of one run, or of one cross-validation.

    Attributes:
        setup: recipe, options, data and device.
        trained_on: the split, or the splits by model; a resumed run must have the same `repr`.
        folder: the training folder, or the work folder of a cross-validation.
    """

    setup: Setup
    trained_on: object
    folder: Path

    def earlier(self, first_weights: str) -> Plan | None:
        """Return the plan of an earlier try, if there was one.

        Args:
            first_weights: digest of the network before its first step.

        Raises:
            UsageError: the earlier run had other options, data or threads.
            ModelError: the plan is damaged.
        """
        found = read_plan(self.folder)
        if found is not None:
            check_same(found, self._plan(first_weights, found.steps, found.pretrained_score))
        return found

    def new(self, first_weights: str, steps: int, score: float | None = None) -> Plan:
        """Decide on the steps and on the score of the start, and keep both."""
        plan = self._plan(first_weights, steps, score)
        if self.setup.accelerator.is_main_process:
            write_plan(self.folder, plan)
        return plan

    def pretrained_score(self, start: Segmenter, pairs: Sequence[Pair]) -> float | None:
        """Score the start on the training pairs if the learning rates depend on it; else None.

        Only the main process scores: other processors may differ in the last digits, and learning
        rates that differ would make the networks of the processes differ.
        """
        accelerator = self.setup.accelerator
        if not is_fine_tuning(self.setup.recipe, self.setup.request.start):
            return None
        mine = pretrained_score(start, pairs) if accelerator.is_main_process else None
        return from_main(mine)

    def is_finished(self, plan: Plan, model: Path) -> bool:
        """Whether the planned model is complete."""
        if not (model / MANIFEST).exists():
            return False
        try:
            info = open_directory(model).info
            return plan_of(info["plan"]) == plan and info.get("steps") == plan.steps
        except (ModelError, KeyError, TypeError, ValueError):
            return False  # killed while one model replaced another: write it again

    def _plan(self, first_weights: str, steps: int, score: float | None) -> Plan:
        return Plan(
            request=self.setup.request,
            fingerprint=self.setup.dataset.fingerprint(),
            split=hashlib.sha256(repr(self.trained_on).encode()).hexdigest(),
            first_weights=first_weights,
            steps=steps,
            threads=torch.get_num_threads(),
            processes=self.setup.accelerator.num_processes,
            pretrained_score=score,
        )
