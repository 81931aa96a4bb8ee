"""The training demo: compose pictures, train on some, predict and score others, draw a sheet."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from maskwright.demo.album import read_album
from maskwright.demo.dataset import write_data
from maskwright.demo.folder import claim
from maskwright.demo.photos import CREDIT
from maskwright.demo.picture import WIDTH, fitted
from maskwright.errors import UsageError
from maskwright.evaluation.evaluate import evaluate
from maskwright.outputs.batch import predict
from maskwright.outputs.sheet import Cell, Row, column_width, draw_sheet

_log = logging.getLogger(__name__)
_TRAIN_SCENES, _TEST_SCENES = 56, 10
_STEPS, _SIZE = 180, 192  # a minute or two on two cores
_ACROSS, _DOWN = 6, 3  # pictures on the sheet: those of training fill the first row
_WIDE = column_width(WIDTH, _ACROSS)
_CREDIT = (
    f"{CREDIT}; pagoda by danielbuechele and dahlia by vultilion, both CC BY 2.0, cut out and "
    "recoloured"
)


@dataclass(frozen=True)
class TrainedDemo:
    """Results of the training demo.

    Attributes:
        out: the results folder.
        sheet: the contact sheet.
        model: the model directory.
        pairs: how many pairs it was trained on.
        steps: how many training steps were made.
        ious: IoU of each test picture by name, none of whose objects was trained on.
    """

    out: Path
    sheet: Path
    model: Path
    pairs: int
    steps: int
    ious: dict[str, float]

    @property
    def mean_iou(self) -> float:
        """The mean over the test pictures."""
        return float(np.mean(list(self.ious.values())))


def train_demo(
    out: str | Path,
    *,
    minutes: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    threads: int | None = None,
    progress: bool = False,
) -> TrainedDemo:
    """Train a toy model on composed pictures, and show its masks of others.

    Needs no network and no data. Training starts from the bundled model, as by default.
    Test objects and test backgrounds are not in the training data.

    Args:
        out: results folder; an earlier demo's is replaced, any other is refused.
        minutes: training time, instead of `steps`.
        steps: training steps [default: 180].
        seed: of the pictures and the training.
        threads: processor threads [default: all cores].
        progress: draw a progress bar on stderr.

    Raises:
        UsageError: `out` holds something else, or an extra is not installed.
    """
    try:
        from maskwright.training.train import train
    except ImportError as error:
        raise UsageError(
            f"this demo trains a model, which needs {error.name}: "
            'pip install "maskwright[demo-train]"'
        ) from error
    out = Path(out)
    claim(out)
    _log.info("making pictures: objects cut from some photos, put on others")
    data, test, found = out / "data" / "train", out / "data" / "test", out / "predicted"
    album = read_album("train")
    trained = write_data(album, data, scenes=_TRAIN_SCENES, seed=seed)
    tested = write_data(read_album("test"), test, scenes=_TEST_SCENES, seed=seed)
    _log.info("training on %d of them", len(trained))
    made = train(
        data,
        out / "model",
        size=_SIZE,
        minutes=minutes,
        steps=_STEPS if minutes is None and steps is None else steps,
        seed=seed,
        threads=threads,
        progress=progress,
    )
    _log.info("predicting %d pictures of other objects", len(tested))
    kinds = ("mask", "cutout", "overlay")
    predict(test / "images", found, model=made.model, save=kinds, threads=threads)
    scores = {row.name: row.iou for row in evaluate(test, predictions=found).rows}
    ious = {name: scores[name] for name in tested}
    result = TrainedDemo(out, out / "demo.png", made.model, len(trained), made.steps, ious)
    scenes = trained[len(album.whole) :]
    _draw(result, [data / "images" / f"{name}.jpg" for name in scenes], found)
    return result


def _draw(result: TrainedDemo, trained: Sequence[Path], found: Path) -> None:
    notes = (
        f"A toy: the bundled model, trained for {result.steps} more steps on {result.pairs} "
        "pictures made on the spot.",
        f"On {len(result.ious)} pictures of objects that are not among them, its masks have a mean "
        f"IoU of {result.mean_iou:.2f} (1 is perfect).",
    )
    shown = list(result.ious.items())[: 2 * _DOWN]  # two to a row
    tested = [_cells(found, *one) for one in shown]
    heading = ("Not among them: photo, mask, cut-out",)
    scenes = [Cell(fitted(path, _WIDE)) for path in trained[:_ACROSS]]
    rows = [
        Row(scenes, ("Some of the pictures it was trained on",)),
        Row((*tested[0], *tested[1]), heading),
        *(Row((*left, *right)) for left, right in zip(tested[2::2], tested[3::2], strict=True)),
    ]
    sheet = draw_sheet(width=WIDTH, title="maskwright demo", notes=notes, rows=rows, credit=_CREDIT)
    sheet.save(result.sheet, optimize=True)


def _cells(found: Path, name: str, iou: float) -> tuple[Cell, Cell, Cell]:
    return (
        Cell(fitted(found / "overlays" / f"{name}.jpg", _WIDE), f"IoU {iou:.2f}"),
        Cell(fitted(found / "masks" / f"{name}.png", _WIDE)),
        Cell(fitted(found / "cutouts" / f"{name}.png", _WIDE)),
    )
