"""The demo's contact sheet: rows of pictures with captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont, ImageOps
from PIL.Image import Image as Picture

_WIDTH = 1198
_GAP, _MARGIN = 6, 20
_HEADING, _CAPTION, _BETWEEN = 22, 24, 6  # heights of text above and below a row, and of the rest
_FLAT = 3 / 4  # a cell is at most this much as high as it is wide
_PAPER, _INK, _FAINT, _BOX = (255, 255, 255), (30, 30, 30), (110, 110, 110), (230, 159, 0)
_SQUARE = 8  # of the chequered ground under cut-outs


@dataclass(frozen=True)
class Cell:
    """One picture on the sheet.

    Attributes:
        picture: its file; what is transparent lies on a chequered ground.
        caption: a few words below it.
        mask: a file of 0 and 255, as large as the picture: only its foreground is shown.
        box: left, top, right, bottom in pixels of the picture: drawn on it.
    """

    picture: Path
    caption: str = ""
    mask: Path | None = None
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Row:
    """Pictures side by side.

    Attributes:
        cells: as many as fit into the sheet's columns.
        headings: above the cells, from the left.
    """

    cells: tuple[Cell, ...]
    headings: tuple[str, ...] = ()


def draw_sheet(
    path: Path, *, title: str, notes: Sequence[str], rows: Sequence[Row], credit: str
) -> None:
    """Draw the contact sheet as a PNG.

    Args:
        path: the file to write.
        title: its heading.
        notes: lines below the heading.
        rows: one or more; the longest of them fills the width.
        credit: the photos' credit, the last line.
    """
    columns = max(len(row.cells) for row in rows)
    wide = (_WIDTH - 2 * _MARGIN - (columns - 1) * _GAP) // columns
    pictures = [[_fitted(cell, wide) for cell in row.cells] for row in rows]
    heights = [max(picture.height for picture in line) for line in pictures]
    top = _MARGIN + 44 + 24 * len(notes) + 10
    texts = sum(_above(row) + _below(row) + _BETWEEN for row in rows)
    sheet = Pillow.new("RGB", (_WIDTH, top + sum(heights) + texts + 14 + _MARGIN), _PAPER)
    draw = ImageDraw.Draw(sheet)
    _write(draw, (_MARGIN, _MARGIN), title, 30, _INK)
    for index, note in enumerate(notes):
        _write(draw, (_MARGIN, _MARGIN + 44 + 24 * index), note, 17, _INK)
    lefts = [_MARGIN + column * (wide + _GAP) for column in range(columns)]
    for row, line, height in zip(rows, pictures, heights, strict=True):
        for left, heading in zip(lefts, row.headings, strict=False):
            _write(draw, (left, top), heading, 15, _FAINT)
        top += _above(row)
        for left, cell, picture in zip(lefts, row.cells, line, strict=False):
            sheet.paste(picture, (left, top))
            _write(draw, (left, top + height + 4), cell.caption, 15, _FAINT)
        top += height + _below(row) + _BETWEEN
    _write(draw, (_MARGIN, top), credit, 13, _FAINT)
    sheet.save(path, optimize=True)


def _above(row: Row) -> int:
    return _HEADING if row.headings else 0


def _below(row: Row) -> int:
    return _CAPTION if any(cell.caption for cell in row.cells) else 0


def _fitted(cell: Cell, wide: int) -> Picture:
    """Read a picture, shrink it into a cell and put it on a chequered ground."""
    with Pillow.open(cell.picture) as file:
        whole = file.convert("RGBA")
    if cell.mask is not None:
        with Pillow.open(cell.mask) as file:
            whole.putalpha(file.convert("L"))
    fitted = ImageOps.contain(whole, (wide, round(wide * _FLAT)), Pillow.Resampling.LANCZOS)
    ground = Pillow.fromarray(_chequered(fitted.height, fitted.width)).convert("RGBA")
    picture = Pillow.alpha_composite(ground, fitted).convert("RGB")
    if cell.box is not None:
        scale = fitted.width / whole.width
        left, top, right, bottom = (round(at * scale) for at in cell.box)
        corners = (left, top, right - 1, bottom - 1)
        ImageDraw.Draw(picture).rectangle(corners, outline=_BOX, width=2)
    return picture


def _chequered(height: int, width: int) -> NDArray[np.uint8]:
    rows, columns = np.indices((height, width)) // _SQUARE
    return np.where((rows + columns) % 2, 232, 250).astype(np.uint8)


def _write(
    draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, colour: tuple[int, ...]
) -> None:
    draw.text(at, text, colour, ImageFont.load_default(size))
