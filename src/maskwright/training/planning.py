"""Decides what a run is, once for all processes and tries, and keeps it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from accelerate import Accelerator

from maskwright.core import Pair, Segmenter
from maskwright.data.dataset import Dataset
from maskwright.data.split import Split
from maskwright.errors import ModelError
from maskwright.runtime.directory import MANIFEST, TRAINING, open_directory
from maskwright.training.gentle import is_gentle, known_share
from maskwright.training.plan import Plan, Request, check_same, plan_of, read_plan, write_plan
from maskwright.training.processes import from_main
from maskwright.training.recipes import Recipe


@dataclass(frozen=True)
class Planner:
    """Makes the plan of one run.

    Attributes:
        request: what was asked for.
        dataset: where the pairs are from.
        split: which are trained on and which are held out.
        out: the model directory.
        accelerator: device and processes.
    """

    request: Request
    dataset: Dataset
    split: Split
    out: Path
    accelerator: Accelerator

    def earlier(self, first_weights: str) -> Plan | None:
        """Return the plan of an earlier try, if there was one.

        Args:
            first_weights: digest of the network before its first step.

        Raises:
            UsageError: it was of another run.
            ModelError: it is damaged.
        """
        found = read_plan(self.out / TRAINING)
        if found is not None:
            check_same(found, self._plan(first_weights, found.steps, found.known))
        return found

    def new(self, first_weights: str, steps: int, known: float | None) -> Plan:
        """Decide on the steps and on what the start knows, and keep both."""
        plan = self._plan(first_weights, steps, known)
        if self.accelerator.is_main_process:
            write_plan(self.out / TRAINING, plan)
        return plan

    def known(self, recipe: Recipe, start: Segmenter, pairs: Sequence[Pair]) -> float | None:
        """Find what the start knows of the pairs, where the rates follow it; else None.

        One process looks for all of them: others may have other processors, whose figures differ
        in their last digits, and rates that differ would drive the networks apart.
        """
        if not is_gentle(recipe, self.request.start):
            return None
        mine = known_share(start, pairs) if self.accelerator.is_main_process else None
        return from_main(mine, self.accelerator)

    def is_finished(self, plan: Plan) -> bool:
        """Whether the model that was planned is there."""
        if not (self.out / MANIFEST).exists():
            return False
        try:
            info = open_directory(self.out).info
            return plan_of(info["plan"]) == plan and info.get("steps") == plan.steps
        except (ModelError, KeyError, TypeError, ValueError):
            return False  # killed while one model replaced another: write it again

    def _plan(self, first_weights: str, steps: int, known: float | None) -> Plan:
        return Plan(
            request=self.request,
            fingerprint=self.dataset.fingerprint(),
            split=hashlib.sha256(repr(self.split).encode()).hexdigest(),
            first_weights=first_weights,
            steps=steps,
            threads=torch.get_num_threads(),
            processes=self.accelerator.num_processes,
            known=known,
        )
