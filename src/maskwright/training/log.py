"""The log of a run: a CSV file always, TensorBoard where it is installed, and for a person a bar
on a terminal or a line per validation elsewhere."""

from __future__ import annotations

import csv
import logging
import os
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from maskwright.files import write_bytes

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

_log = logging.getLogger(__name__)
_COLUMNS = ("step", "loss", "val_iou", "encoder_rate", "decoder_rate", "seconds")


class RunLog(AbstractContextManager["RunLog"]):
    """Writes what happens while training.

    Args:
        folder: where `log.csv` and TensorBoard's files go.
        steps: length of the run.
        start: the step that the run goes on from; later lines of an earlier try are dropped.
        show: whether to draw a progress bar on stderr; else validations are logged.
        write: whether to write files; of several processes one does.
    """

    def __init__(self, folder: Path, *, steps: int, start: int, show: bool, write: bool) -> None:
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
        self._bar = Progress(
            TextColumn("training"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("loss {task.fields[loss]:.3f}  validation IoU {task.fields[iou]}"),
            TextColumn("time left"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not show,
        )
        self._task = self._bar.add_task("", total=steps, completed=start, loss=0.0, iou="-")
        self._smooth: float | None = None
        self._steps, self._start, self._tell = steps, start, write and not show

    def __enter__(self) -> RunLog:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()
        self._file.close()
        if self._board is not None:
            self._board.close()

    def add(
        self,
        *,
        step: int,
        loss: float,
        val_iou: float | None,
        rates: tuple[float, float],
        seconds: float,
    ) -> None:
        """Note one step: its loss, the validation IoU where it was measured, the rates."""
        iou = "" if val_iou is None else f"{val_iou:.4f}"
        numbers = (f"{rate:.3e}" for rate in rates)
        self._csv.writerow([step, f"{loss:.5f}", iou, *numbers, f"{self._before + seconds:.2f}"])
        self._file.flush()
        self._smooth = loss if self._smooth is None else 0.9 * self._smooth + 0.1 * loss
        self._bar.update(self._task, completed=step, loss=self._smooth)
        if val_iou is not None:
            self._bar.update(self._task, iou=f"{val_iou:.3f}")
            if self._tell:
                left = seconds / (step - self._start) * (self._steps - step) / 60
                _log.info(
                    "step %d of %d: loss %.3f, validation IoU %.3f, %.1f minutes left",
                    step,
                    self._steps,
                    self._smooth,
                    val_iou,
                    left,
                )
        if self._board is not None:
            self._board.add_scalar("loss/train", loss, step)
            if val_iou is not None:
                self._board.add_scalar("iou/validation", val_iou, step)


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
