"""The contact sheet: a few of the user's photos with their augmented copies."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont, PngImagePlugin

from maskwright.augmentation.augmenter import Augmenter, augmenter_of
from maskwright.augmentation.geometry import Fill
from maskwright.augmentation.plan import Source, plan
from maskwright.augmentation.techniques import Technique, chosen, generator
from maskwright.core import VOID, Image, Mask
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.folder import DataFolder
from maskwright.errors import UsageError
from maskwright.files import write_bytes
from maskwright.outputs.pictures import overlaid

ROWS = 5
"""Photos on the sheet."""

_CELL = (184, 150)
_GAP, _BELOW, _MARGIN, _HEAD, _FOOT = 8, 22, 24, 106, 40
_LETTERS = 26  # of a photo's name
_PAPER, _INK, _FAINT = (255, 255, 255), (30, 30, 30), (110, 110, 110)
_STRIPE = 4  # pixels of the diagonal stripes over void
_MAKER = "maskwright augment --preview"


@dataclass(frozen=True)
class Strip:
    """A row of the sheet: a photo's name, and small photos and masks, its own and its copies'."""

    name: str
    cells: Sequence[tuple[Image, Mask]]


def draw_contact_sheet(
    data: str | Path | DataFolder,
    path: str | Path,
    *,
    techniques: Sequence[str] | None = None,
    seed: int = 0,
    fill: Fill | None = None,
    like_keras: bool = False,
    overwrite: bool = False,
) -> int:
    """Draw some photos of a data folder in rows, and beside each its copies by each technique.

    The copies are those that `augment` writes with the same arguments, the first of each
    technique. Masks are tinted and outlined, void is striped.

    Args:
        data: the folder; a `DataFolder` also says how to read it.
        path: the PNG to write, outside the data folder.
        techniques, seed, fill, like_keras: as in `augment`.
        overwrite: replace also a file that is not a contact sheet.

    Returns:
        How many photos it shows.

    Raises:
        DataError: the data cannot be used.
        UsageError: an option cannot be read, or the file must not be written there.
    """
    folder, path = DataFolder.of(data), Path(path)
    augmenter, picked = augmenter_of(fill, like_keras), chosen(techniques)
    _check_place(folder.root, path, overwrite)
    dataset = open_dataset(folder)
    augmenter.check(dataset.classes)
    sources = [source for source in plan(dataset, picked, 1, augmenter) if source.copies]
    # Spread over the folder: neighbours are often of one kind.
    rows = min(ROWS, len(sources))
    shown = [sources[row * len(sources) // rows] for row in range(rows)]
    strips = [_strip(dataset, source, augmenter, seed) for source in shown]
    options = {"seed": seed, **augmenter.options}
    sheet = _sheet(dataset, picked, options, strips)
    buffer = io.BytesIO()
    made_by = PngImagePlugin.PngInfo()
    made_by.add_text("Software", _MAKER)
    sheet.save(buffer, "PNG", pnginfo=made_by)
    write_bytes(path, buffer.getvalue())
    return rows


def _check_place(data: Path, path: Path, overwrite: bool) -> None:
    if path.suffix.lower() != ".png":
        raise UsageError(f"--preview {path}: the sheet is a PNG file: name it .png")
    if path.resolve().is_relative_to(data.resolve()):
        raise UsageError(f"--preview {path}: this is inside the data folder: name another place")
    if path.is_dir():
        raise UsageError(f"--preview {path}: this is a folder: name a file")
    if path.exists() and not overwrite and not _is_sheet(path):
        raise UsageError(f"{path} exists: name another file, or give --overwrite")


def _is_sheet(path: Path) -> bool:
    try:
        with Pillow.open(path, formats=["PNG"]) as picture:
            return picture.info.get("Software") == _MAKER
    except OSError:
        return False


def _strip(dataset: Dataset, source: Source, augmenter: Augmenter, seed: int) -> Strip:
    """The pictures of one row."""
    pair = dataset.load(source.example)
    cells = [_fitted(pair.image, augmenter.meant(augmenter.stored(pair.mask)))]
    for copy in source.copies:
        rng = generator(seed, pair.name, copy.technique, copy.number)
        image, stored = augmenter.copied(pair, copy.technique, rng)
        cells.append(_fitted(image, augmenter.meant(stored)))
    return Strip(pair.name, cells)


def _sheet(
    dataset: Dataset,
    techniques: Sequence[Technique],
    options: Mapping[str, Any],
    strips: Sequence[Strip],
) -> Pillow.Image:
    width = _left(1 + len(techniques)) - _GAP + _MARGIN
    sheet = Pillow.new("RGB", (width, _top(len(strips)) + _FOOT), _PAPER)
    draw = ImageDraw.Draw(sheet)
    _write(draw, (_MARGIN, 16), f"Copies of {dataset.root.resolve().name}", 26, _INK)
    _write(draw, (_MARGIN, 50), _spoken(options), 15, _FAINT)
    heads = ["original", *(f"{one.prefix}: {one.name}" for one in techniques)]
    for column, head in enumerate(heads):
        _write(draw, (_left(column), _HEAD - 22), head, 15, _INK)
    for row, strip in enumerate(strips):
        for column, (image, mask) in enumerate(strip.cells):
            cell = Pillow.fromarray(_drawn(image, mask))
            place = (_left(column), _top(row) + (_CELL[1] - cell.height) // 2)
            sheet.paste(cell, place)
        place = (_MARGIN, _top(row) + (_CELL[1] + strip.cells[0][1].shape[0]) // 2 + 1)
        _write(draw, place, strip.name[-_LETTERS:], 12, _FAINT)
    _legend(sheet, draw, dataset.classes, strips)
    return sheet


def _spoken(options: Mapping[str, Any]) -> str:
    words = []
    for key, value in options.items():
        if value is True:
            words.append(key.replace("_", " "))
        elif value is not False:
            words.append(f"{key} {value}")
    return ", ".join(words)


def _legend(
    sheet: Pillow.Image, draw: ImageDraw.ImageDraw, classes: Sequence[str], strips: Sequence[Strip]
) -> None:
    """Explain the colours that occur on this sheet."""
    seen = np.unique(np.concatenate([np.unique(mask) for s in strips for _, mask in s.cells]))
    x, y = _MARGIN, sheet.height - _FOOT + 8
    for label in (int(label) for label in seen if label):
        patch = np.full((14, 22), label, np.uint8)
        grey = np.full((14, 22, 3), 160, np.uint8)
        text = "void: counts nowhere" if label == VOID else classes[label]
        sheet.paste(Pillow.fromarray(_drawn(grey, patch)), (x, y))
        _write(draw, (x + 28, y - 3), text, 15, _FAINT)
        x += 52 + int(draw.textlength(text, ImageFont.load_default(15)))


def _fitted(image: Image, mask: Mask) -> tuple[Image, Mask]:
    """Photo and mask at the largest size that fits into a cell."""
    height, width = mask.shape
    scale = min(_CELL[0] / width, _CELL[1] / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    small = cv2.resize(image, size, interpolation=how)
    small_mask = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(small, np.uint8), np.asarray(small_mask, np.uint8)


def _drawn(image: Image, mask: Mask) -> Image:
    """The mask drawn on its photo, void striped."""
    drawn = overlaid(image, mask)
    rows, columns = np.indices(mask.shape)
    stripes = np.where((rows + columns) // _STRIPE % 2, 245, 60)[:, :, None]
    striped = drawn * 0.45 + stripes * 0.55
    return np.where((mask == VOID)[:, :, None], striped, drawn).astype(np.uint8)


def _left(column: int) -> int:
    return _MARGIN + column * (_CELL[0] + _GAP)


def _top(row: int) -> int:
    return _HEAD + row * (_CELL[1] + _BELOW)


def _write(
    draw: ImageDraw.ImageDraw,
    place: tuple[int, int],
    text: str,
    size: int,
    colour: tuple[int, int, int],
) -> None:
    draw.text(place, text, colour, ImageFont.load_default(size))
