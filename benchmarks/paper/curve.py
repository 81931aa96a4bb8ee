"""The curve of a training: the loss of every step, and scores at some of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import fmean

from maskwright.training.loop import Training


class Curve:
    """Called after every step.

    Args:
        every: steps between two points.
        steps: the last step, which is a point as well.
        score: figures of the network of the moment, by name.

    Attributes:
        points: the scored steps; `training_loss` is the mean over the steps since the last point.
        minutes: of training, without the scoring in between.
    """

    def __init__(
        self, *, every: int, steps: int, score: Callable[[Training], dict[str, float]]
    ) -> None:
        self.points: list[dict[str, float]] = []
        self.minutes = 0.0
        self._every, self._steps, self._score = every, steps, score
        self._losses: list[float] = []
        self._since = time.monotonic()

    def __call__(self, training: Training, loss: float) -> None:
        self.minutes += (time.monotonic() - self._since) / 60
        self._losses.append(loss)
        if training.step % self._every == 0 or training.step == self._steps:
            scores = self._score(training)
            point = {"step": training.step, **scores, "training_loss": fmean(self._losses)}
            self.points.append(point)
            self._losses = []
        self._since = time.monotonic()
