"""What happens after each step of a run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from maskwright.training.budget import validation_steps
from maskwright.training.checkpoint import save_checkpoint
from maskwright.training.log import RunLog
from maskwright.training.loop import Training, rates
from maskwright.training.recipes import Recipe

_SECONDS_BETWEEN_CHECKPOINTS = 30.0


@dataclass
class Watch:
    """Logs a step, validates and saves now and then, and says when to stop.

    Attributes:
        recipe: how the run is trained.
        steps: its length.
        folder: gets the checkpoints, or None in a process that writes nothing.
        log: gets a line per step.
        asked: set when the run is to stop.
        validate: scores the network on held-out photos, where there are any.
    """

    recipe: Recipe
    steps: int
    folder: Path | None
    log: RunLog
    asked: threading.Event
    validate: Callable[[Training], float | None]
    _begin: float = field(default_factory=time.monotonic)
    _saved: float = field(default_factory=time.monotonic)

    def __call__(self, training: Training, loss: float) -> bool:
        """Note a step that was made; returns whether to stop."""
        due = training.step in validation_steps(self.steps)
        self.log.add(
            step=training.step,
            loss=loss,
            val_iou=self.validate(training) if due else None,
            rates=rates(self.recipe, training.step - 1, self.steps),
            seconds=time.monotonic() - self._begin,
        )
        due = due or self.asked.is_set()
        due = due or time.monotonic() - self._saved > _SECONDS_BETWEEN_CHECKPOINTS
        if due and self.folder is not None:
            save_checkpoint(self.folder, training)
            self._saved = time.monotonic()
        return self.asked.is_set()
