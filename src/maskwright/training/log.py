"""The log of a run: a CSV file, TensorBoard files where TensorBoard is installed, and a progress
bar or log lines."""

from __future__ import annotations

import csv
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from maskwright.files import write_bytes
from maskwright.training.budget import validation_steps
from maskwright.training.control import StepCallback, TrainingStep

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

_log = logging.getLogger(__name__)
_COLUMNS = ("step", "loss", "val_iou", "encoder_rate", "decoder_rate", "seconds")


class RunLog:
    """Writes what happens while training.

    Args:
        folder: where `log.csv` and TensorBoard's files go.
        start: the step that the run goes on from; later lines of an earlier try are dropped.
        write: whether to write files; of several processes one does.
    """

    def __init__(self, folder: Path, *, start: int, write: bool) -> None:
        path = folder / "log.csv" if write else Path(os.devnull)
        kept = _rows_until(path, start)
        if write:
            # Whole or not at all: a kill while rewriting must not cost the log.
            lines = (",".join(row) + "\n" for row in [_COLUMNS, *kept])
            write_bytes(path, "".join(lines).encode())
        self._file = path.open("a", newline="", encoding="utf-8")
        self._csv = csv.writer(self._file, lineterminator="\n")
        self._before = float(kept[-1][-1]) if kept else 0.0
        self._board = _tensorboard(folder / "tensorboard", start) if write else None

    def close(self) -> None:
        """Close the files."""
        self._file.close()
        if self._board is not None:
            self._board.close()

    def add(
        self, now: TrainingStep, val_iou: float | None, rates: Sequence[float], seconds: float
    ) -> None:
        """Write one step, with the validation IoU if it was measured after this step."""
        step, loss = now.step, now.loss
        iou = "" if val_iou is None else f"{val_iou:.4f}"
        numbers = (f"{rate:.3e}" for rate in rates)
        self._csv.writerow([step, f"{loss:.5f}", iou, *numbers, f"{self._before + seconds:.2f}"])
        self._file.flush()
        if self._board is not None:
            self._board.add_scalar("loss/train", loss, step)
            if val_iou is not None:
                self._board.add_scalar("iou/validation", val_iou, step)


@contextmanager
def terminal(*, start: int, steps: int, bar: bool) -> Iterator[StepCallback]:
    """Show a run to people: as a bar on stderr, or as one log line per validation.

    Args:
        start: the step from which the run goes on, else 0.
        steps: all steps of the run.
        bar: draw the bar; otherwise log.

    Yields:
        What is to be called after each step.
    """
    columns = (
        "training",
        BarColumn(),
        MofNCompleteColumn(),
        "loss {task.fields[loss]:.3f}  validation IoU {task.fields[iou]}",
        "time left",
        TimeRemainingColumn(),
    )
    smooth: float | None = None
    with Progress(*columns, console=Console(stderr=True), disable=not bar) as drawn:
        task = drawn.add_task("", total=steps, completed=start, loss=0.0, iou="-")

        def show(now: TrainingStep) -> None:
            nonlocal smooth
            smooth = now.loss if smooth is None else 0.9 * smooth + 0.1 * now.loss
            iou = "-" if now.validation is None else f"{now.validation:.3f}"
            drawn.update(task, completed=now.step, loss=smooth, iou=iou)
            if not bar and now.validation is not None and now.step in validation_steps(steps):
                _log.info(
                    "step %d of %d: loss %.3f, validation IoU %s, %.1f minutes left",
                    now.step,
                    steps,
                    smooth,
                    iou,
                    now.seconds_left / 60,
                )

        yield show


def _rows_until(path: Path, step: int) -> list[list[str]]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    # A kill may tear the last line: only whole rows count.
    whole = [row for row in rows if len(row) == len(_COLUMNS) and row[0].isdigit()]
    return [row for row in whole if int(row[0]) <= step]


def _tensorboard(folder: Path, start: int) -> SummaryWriter | None:
    if find_spec("tensorboard") is None:
        return None
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder), purge_step=start + 1)
