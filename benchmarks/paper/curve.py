"""The curve of a training: the loss of every step, and scores at some of them.

It is written line by line, so that a training that was stopped and goes on from a checkpoint has
the whole of it: a step that is made a second time replaces its line.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import Any

from maskwright.training.loop import Training


class Curve:
    """Called after every step.

    Args:
        path: the file of lines; missing folders are made.
        every: steps between two points.
        steps: the last step, which is a point as well.
        score: figures of the network of the moment, by name.
    """

    def __init__(
        self, path: Path, *, every: int, steps: int, score: Callable[[Training], dict[str, float]]
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._every, self._steps, self._score = path, every, steps, score
        self._since = time.monotonic()

    def __call__(self, training: Training, loss: float) -> None:
        line: dict[str, float] = {
            "step": training.step,
            "loss": loss,
            "seconds": time.monotonic() - self._since,
        }
        if training.step % self._every == 0 or training.step == self._steps:
            line |= self._score(training)
        with self._path.open("a", encoding="utf-8") as file:
            # The leading line break ends a line that a killed process left half-written.
            file.write("\n" + json.dumps(line))
        self._since = time.monotonic()  # scoring is no training

    def minutes(self) -> float:
        """The minutes that training took, without the scoring in between."""
        return sum(line["seconds"] for line in self._lines()) / 60

    def points(self) -> list[dict[str, Any]]:
        """The scored steps; `training_loss` is the mean over the steps since the last point."""
        points = []
        losses = []
        for line in self._lines():
            losses.append(line.pop("loss"))
            line.pop("seconds")
            if len(line) > 1:
                points.append({**line, "training_loss": fmean(losses)})
                losses = []
        return points

    def _lines(self) -> list[dict[str, float]]:
        by_step: dict[float, dict[str, float]] = {}
        for text in self._path.read_text(encoding="utf-8").splitlines():
            try:
                line = json.loads(text)
            except ValueError:  # empty or half-written
                continue
            by_step[line["step"]] = line
        return [by_step[step] for step in sorted(by_step)]
