"""The log of a run: a CSV file, TensorBoard files where TensorBoard is installed, and a progress
bar or log lines."""

from __future__ import annotations

import csv
import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from maskwright.files import write_bytes
from maskwright.training.budget import validation_steps
from maskwright.training.control import StepCallback, TrainingStep
from maskwright.training.loop import rates
from maskwright.training.recipes import Recipe

_log = logging.getLogger(__name__)
_COLUMNS = ("step", "loss", "val_iou", "encoder_rate", "decoder_rate", "seconds")


@contextmanager
def log_files(folder: Path, recipe: Recipe, *, start: int) -> Iterator[StepCallback]:
    """Log a run in `log.csv`, and in TensorBoard's files where TensorBoard is installed.

    Args:
        folder: gets the files.
        recipe: gives the learning rates.
        start: the step from which the run goes on; later lines of an earlier try are dropped.

    Yields:
        What is to be called after each step.
    """
    path = folder / "log.csv"
    kept = _rows_until(path, start)
    # Whole or not at all: a kill while rewriting must not cost the log.
    lines = (",".join(row) + "\n" for row in [_COLUMNS, *kept])
    write_bytes(path, "".join(lines).encode())
    begin = time.monotonic() - (float(kept[-1][-1]) if kept else 0.0)
    with ExitStack() as stack:
        file = stack.enter_context(path.open("a", newline="", encoding="utf-8"))
        writer = csv.writer(file, lineterminator="\n")
        board = None
        if find_spec("tensorboard") is not None:
            from torch.utils.tensorboard import SummaryWriter

            writing = SummaryWriter(str(folder / "tensorboard"), purge_step=start + 1)
            board = stack.enter_context(writing)

        def add(now: TrainingStep) -> None:
            iou = now.validation if now.step in validation_steps(now.steps) else None
            numbers = (f"{rate:.3e}" for rate in rates(recipe, now.step - 1, now.steps))
            shown = "" if iou is None else f"{iou:.4f}"
            seconds = f"{time.monotonic() - begin:.2f}"
            writer.writerow([now.step, f"{now.loss:.5f}", shown, *numbers, seconds])
            file.flush()
            if board is not None:
                board.add_scalar("loss/train", now.loss, now.step)
                if iou is not None:
                    board.add_scalar("iou/validation", iou, now.step)

        yield add


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
