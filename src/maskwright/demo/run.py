"""The demo: cut-outs of some photos by the bundled model, GrabCut and SIOX, side by side."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from maskwright.classical.seeds.priors import Box
from maskwright.core import Mask
from maskwright.demo.dataset import write_pairs
from maskwright.demo.folder import claim
from maskwright.demo.photos import CREDIT, outlined_photos
from maskwright.demo.picture import WIDTH, fitted
from maskwright.evaluation.evaluate import evaluate
from maskwright.files import write_json
from maskwright.outputs.batch import predict
from maskwright.outputs.sheet import Cell, Row, column_width, draw_sheet
from maskwright.refine.foreground import bounding_box
from maskwright.report.write import write_report
from maskwright.runtime.bundled import bundled

_log = logging.getLogger(__name__)
_MODEL = "subject"
_NETWORK, _CLASSICAL = "unet", {"grabcut": "GrabCut", "siox": "SIOX"}
_MARGIN = 0.05  # a box is larger than its object by this much on each side, as people draw them


@dataclass(frozen=True)
class DemoResult:
    """Results of the demo.

    Attributes:
        out: the results folder.
        sheet: the contact sheet.
        report: the page that compares the methods.
        seconds: how long the bundled model took for all photos, loading and writing included.
        ious: for each method, "unet" (the bundled model), "grabcut" and "siox", the IoU of each
            photo by name, with an outline drawn by hand.
    """

    out: Path
    sheet: Path
    report: Path
    seconds: float
    ious: Mapping[str, Mapping[str, float]]

    def mean_iou(self, method: str) -> float:
        """The mean of a method over the photos."""
        return float(np.mean(list(self.ious[method].values())))


def run_demo(
    out: str | Path, *, model: str | Path | None = None, threads: int | None = None
) -> DemoResult:
    """Cut the objects out of a few photos, by the bundled model, GrabCut and SIOX.

    Needs no network, no torch and no data. The model gets the photo only; the other two also get a
    box around the object.

    Args:
        out: results folder; an earlier demo's is replaced, any other is refused.
        model: another model directory or ONNX file [default: the bundled model].
        threads: processor threads [default: all cores].

    Raises:
        UsageError: `out` holds something else, or scikit-image is not installed.
        ModelError: the model cannot be used.
    """
    model = bundled(_MODEL) if model is None else Path(model)
    pairs = outlined_photos()
    out = Path(out)
    claim(out)
    data, report = out / "data", out / "report"
    names = write_pairs(pairs, data)
    boxes = {pair.name: _box_around(pair.mask) for pair in pairs}
    write_json(data / "boxes.json", {name: [box] for name, box in boxes.items()})
    _log.info("cutting the objects out of %d photos", len(names))
    photos = data / "images"
    kinds = ("mask", "cutout", "overlay")
    found = predict(photos, out / _MODEL, model=model, save=kinds, threads=threads)
    _log.info("the same by GrabCut and SIOX, which get a box around each object")
    for name in _CLASSICAL:
        predict(photos, out / name, method=name, threads=threads)
    _log.info("comparing all of them with outlines drawn by hand")
    methods = (_NETWORK, *_CLASSICAL)
    scores = evaluate(data, model=model, methods=methods, gallery=len(names), threads=threads)
    write_report(scores, report)
    by_photo = [{row.name: row.iou for row in one.rows} for one in scores.methods]
    ious = {
        one.name: {name: rows[name] for name in names}
        for one, rows in zip(scores.methods, by_photo, strict=True)
    }
    result = DemoResult(out, out / "demo.png", report / "report.html", found.seconds, ious)
    _draw(result, boxes)
    return result


def _box_around(mask: Mask) -> Box:
    """The box of an object, a little enlarged: left, top, right, bottom."""
    rows, columns = bounding_box(mask)
    taller = round(_MARGIN * (rows.stop - rows.start))
    wider = round(_MARGIN * (columns.stop - columns.start))
    height, width = mask.shape
    return (
        max(0, columns.start - wider),
        max(0, rows.start - taller),
        min(width, columns.stop + wider),
        min(height, rows.stop + taller),
    )


def _draw(result: DemoResult, boxes: Mapping[str, Box]) -> None:
    notes = (
        f"{len(boxes)} photos, cut out by the model that comes with the program: nothing was "
        "trained, nothing marked.",
        "GrabCut and SIOX get the box around the object. IoU: with outlines drawn by hand "
        "(1 is perfect).",
    )
    headings = ("Photo", "Mask", "Cut-out", *_CLASSICAL.values())
    wide = column_width(WIDTH, len(headings))
    first, *others = (_cells(result, name, box, wide) for name, box in boxes.items())
    rows = [Row(first, headings), *map(Row, others)]
    sheet = draw_sheet(width=WIDTH, title="maskwright demo", notes=notes, rows=rows, credit=CREDIT)
    sheet.save(result.sheet, optimize=True)


def _cells(result: DemoResult, name: str, box: Box, wide: int) -> tuple[Cell, ...]:
    def mask(method: str) -> Path:
        return result.out / method / "masks" / f"{name}.png"

    photo = result.out / "data" / "images" / f"{name}.jpg"
    cutout = result.out / _MODEL / "cutouts" / f"{name}.png"
    ious = {method: f"IoU {of_photo[name]:.2f}" for method, of_photo in result.ious.items()}
    return (
        Cell(fitted(photo, wide)),
        Cell(fitted(mask(_MODEL), wide)),
        Cell(fitted(cutout, wide), ious[_NETWORK]),
        *(Cell(fitted(photo, wide, mask(method), box), ious[method]) for method in _CLASSICAL),
    )
