"""The contact sheet: what the model was trained on, and what it made of pictures it never saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont, ImageOps
from PIL.Image import Image as Picture

_CELL = (188, 140)
_GAP = 6
_MARGIN = 20
_ACROSS = 6  # cells in a row: two examples of three pictures each
_PAPER, _INK, _FAINT = (255, 255, 255), (30, 30, 30), (110, 110, 110)
_SQUARE = 10  # of the chequered ground under cut-outs


@dataclass(frozen=True)
class Shown:
    """One prediction on the sheet.

    Attributes:
        overlay: the photo with the found mask drawn on it.
        mask: the found mask.
        cutout: the object cut out, with transparency.
        iou: how well the mask fits the outline drawn by hand, in [0, 1].
    """

    overlay: Path
    mask: Path
    cutout: Path
    iou: float


def draw_sheet(
    path: Path,
    *,
    title: str,
    notes: Sequence[str],
    trained: Sequence[Path],
    shown: Sequence[Shown],
    credit: str,
) -> None:
    """Draw the contact sheet as a PNG.

    Args:
        path: the file to write.
        title: its heading.
        notes: lines below the heading.
        trained: training pictures; the first of them fill a row.
        shown: predictions, two to a row.
        credit: whose photos these are, the last line.
    """
    cell_width, cell_height = _CELL
    width = 2 * _MARGIN + _ACROSS * cell_width + (_ACROSS - 1) * _GAP
    rows = (len(shown) + 1) // 2
    top = _MARGIN + 44 + 24 * len(notes)
    height = top + 30 + cell_height + 46 + rows * (cell_height + 30) + 20 + _MARGIN
    sheet = Pillow.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    _write(draw, _MARGIN, _MARGIN, title, 30, _INK)
    for index, line in enumerate(notes):
        _write(draw, _MARGIN, _MARGIN + 44 + 24 * index, line, 17, _INK)
    _write(draw, _MARGIN, top + 8, "Some of the pictures it was trained on", 15, _FAINT)
    for column, picture in enumerate(trained[:_ACROSS]):
        sheet.paste(_fitted(picture), (_left(column), top + 30))
    top += 30 + cell_height + 46
    _write(draw, _MARGIN, top - 22, "Never seen in training: photo, mask, cut-out", 15, _FAINT)
    for index, one in enumerate(shown):
        first, y = 3 * (index % 2), top + index // 2 * (cell_height + 30)
        for column, picture in enumerate((one.overlay, one.mask, one.cutout), first):
            sheet.paste(_fitted(picture), (_left(column), y))
        _write(draw, _left(first), y + cell_height + 4, f"IoU {one.iou:.2f}", 15, _FAINT)
    _write(draw, _MARGIN, height - _MARGIN - 14, credit, 13, _FAINT)
    sheet.save(path, optimize=True)


def _fitted(path: Path) -> Picture:
    """Read a picture, put it on a chequered ground and cut it to a cell."""
    with Pillow.open(path) as file:
        picture = file.convert("RGBA")
    fitted = ImageOps.fit(picture, _CELL, Pillow.Resampling.LANCZOS)
    ground = Pillow.fromarray(_chequered()).convert("RGBA")
    return Pillow.alpha_composite(ground, fitted).convert("RGB")


def _chequered() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    rows, columns = np.indices(_CELL[::-1]) // _SQUARE
    return np.where((rows + columns) % 2, 225, 250).astype(np.uint8)


def _left(column: int) -> int:
    return _MARGIN + column * (_CELL[0] + _GAP)


def _write(
    draw: ImageDraw.ImageDraw, x: int, y: int, text: str, size: int, colour: tuple[int, int, int]
) -> None:
    draw.text((x, y), text, colour, ImageFont.load_default(size))
