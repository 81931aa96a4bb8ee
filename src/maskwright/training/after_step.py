"""What happens after each step of a run: validation, callbacks, checkpoint, stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from maskwright.training.budget import validation_steps
from maskwright.training.checkpoint import save_checkpoint
from maskwright.training.control import Control, StepCallback, TrainingStep
from maskwright.training.loop import Training

_SECONDS_BETWEEN_CHECKPOINTS = 30.0


@dataclass
class AfterStep:
    """Validates, reports and saves after a step, and says whether the run stops.

    Attributes:
        start: the step from which the run goes on, else 0.
        steps: all steps of the run.
        folder: gets the checkpoints; None in a process that writes nothing.
        validate: scores the network on held-out photos, where there are any.
        control: which model of how many this is, and the caller's wish to stop.
        callbacks: called with each step. If one raises an exception, a checkpoint is saved first.
        asked: set by Ctrl-C.
    """

    start: int
    steps: int
    folder: Path | None
    validate: Callable[[Training], float | None]
    control: Control
    callbacks: Sequence[StepCallback]
    asked: threading.Event
    _validation: float | None = field(default=None, init=False)
    _begin: float = field(default_factory=time.monotonic, init=False)
    _saved: float = field(default_factory=time.monotonic, init=False)

    def __call__(self, training: Training, loss: float) -> bool:
        """Handle a step that was made; returns whether to stop."""
        due = training.step in validation_steps(self.steps)
        if due:
            self._validation = self.validate(training)
        seconds = time.monotonic() - self._begin
        left = self.steps - training.step + self.control.later_steps
        now = TrainingStep(
            step=training.step,
            steps=self.steps,
            loss=loss,
            validation=self._validation,
            seconds_left=seconds / (training.step - self.start) * left,
            model=self.control.model,
            models=self.control.models,
        )
        stop = True  # also when a callback raises an exception
        try:
            for callback in self.callbacks:
                callback(now)
            stop = self.asked.is_set() or self.control.stop.is_set()
        finally:
            late = time.monotonic() - self._saved > _SECONDS_BETWEEN_CHECKPOINTS
            if self.folder is not None and (due or stop or late):
                save_checkpoint(self.folder, training)
                self._saved = time.monotonic()
        return stop
