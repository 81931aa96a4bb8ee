"""A sheet of pictures: rows with headings and captions, below a title."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont
from PIL.Image import Image as Picture

MARGIN, GAP = 20, 6
"""Pixels around a sheet, and between its columns."""

_HEADING, _CAPTION, _BETWEEN = 22, 24, 6  # heights of text above and below a row, and of the rest
_PAPER, _INK, _FAINT = (255, 255, 255), (30, 30, 30), (110, 110, 110)


@dataclass(frozen=True)
class Cell:
    """A picture in RGB, no wider than a column, and a few words below it."""

    picture: Picture
    caption: str = ""


@dataclass(frozen=True)
class Row:
    """Pictures side by side.

    Attributes:
        cells: as many as fit into the sheet's columns.
        headings: above the cells, from the left.
    """

    cells: Sequence[Cell]
    headings: Sequence[str] = ()


def column_width(width: int, columns: int) -> int:
    """How wide the columns of a sheet are, in pixels, if the sheet is `width` pixels wide."""
    return (width - 2 * MARGIN - (columns - 1) * GAP) // columns


def draw_sheet(
    *, width: int, title: str, notes: Sequence[str], rows: Sequence[Row], credit: str = ""
) -> Picture:
    """Draw a sheet.

    Args:
        width: of the sheet in pixels.
        title: its heading.
        notes: lines below the heading.
        rows: one or more; the longest of them fills the width.
        credit: the last line.
    """
    columns = max(len(row.cells) for row in rows)
    step = column_width(width, columns) + GAP
    heights = [max(cell.picture.height for cell in row.cells) for row in rows]
    top = MARGIN + 44 + 24 * len(notes) + 10
    texts = sum(_above(row) + _below(row) + _BETWEEN for row in rows)
    sheet = Pillow.new("RGB", (width, top + sum(heights) + texts + 14 + MARGIN), _PAPER)
    draw = ImageDraw.Draw(sheet)

    def write(left: int, top: int, text: str, size: int, colour: tuple[int, int, int]) -> None:
        draw.text((left, top), text, colour, ImageFont.load_default(size))

    write(MARGIN, MARGIN, title, 30, _INK)
    for index, note in enumerate(notes):
        write(MARGIN, MARGIN + 44 + 24 * index, note, 17, _INK)
    for row, height in zip(rows, heights, strict=True):
        for column, heading in enumerate(row.headings):
            write(MARGIN + column * step, top, heading, 15, _FAINT)
        top += _above(row)
        for column, cell in enumerate(row.cells):
            sheet.paste(cell.picture, (MARGIN + column * step, top))
            write(MARGIN + column * step, top + height + 4, cell.caption, 15, _FAINT)
        top += height + _below(row) + _BETWEEN
    write(MARGIN, top, credit, 13, _FAINT)
    return sheet


def _above(row: Row) -> int:
    return _HEADING if row.headings else 0


def _below(row: Row) -> int:
    return _CAPTION if any(cell.caption for cell in row.cells) else 0
