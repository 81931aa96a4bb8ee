"""The contact sheet: a few of the user's photos with their augmented copies."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import PngImagePlugin

from maskwright.augmentation.augmenter import Augmenter, augmenter_of
from maskwright.augmentation.geometry import Fill
from maskwright.augmentation.plan import Source, plan
from maskwright.augmentation.techniques import chosen, generator
from maskwright.core import VOID, Image, Mask, resized_mask
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.folder import DataFolder
from maskwright.errors import UsageError
from maskwright.locks import write_claimed
from maskwright.outputs.pictures import overlaid
from maskwright.outputs.sheet import GAP, MARGIN, Cell, Row, draw_sheet

ROWS = 5
"""Photos on the sheet."""

_CELL = (184, 150)
_LETTERS = 24  # of a photo's name
_STRIPE = 4  # pixels of the diagonal stripes over void
_MAKER = "maskwright augment --preview"


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
    heads = ["original", *(f"{one.prefix}: {one.name}" for one in picked)]
    sheet = draw_sheet(
        width=2 * MARGIN + len(heads) * (_CELL[0] + GAP) - GAP,
        title=f"Copies of {dataset.root.resolve().name}",
        notes=[_spoken({"seed": seed, **augmenter.options})],
        rows=list(_rows(shown, strips, heads, dataset.classes)),
    )
    buffer = io.BytesIO()
    made_by = PngImagePlugin.PngInfo()
    made_by.add_text("Software", _MAKER)
    sheet.save(buffer, "PNG", pnginfo=made_by)
    write_claimed(path, buffer.getvalue())
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


def _strip(
    dataset: Dataset, source: Source, augmenter: Augmenter, seed: int
) -> list[tuple[Image, Mask]]:
    """Small photos and masks of one row: the original's and its copies'."""
    pair = dataset.load(source.example)
    cells = [_fitted(pair.image, augmenter.meant(augmenter.stored(pair.mask)))]
    for copy in source.copies:
        rng = generator(seed, pair.name, copy.technique, copy.number)
        image, stored = augmenter.copied(pair, copy.technique, rng)
        cells.append(_fitted(image, augmenter.meant(stored)))
    return cells


def _rows(
    shown: Sequence[Source],
    strips: Sequence[Sequence[tuple[Image, Mask]]],
    heads: Sequence[str],
    classes: Sequence[str],
) -> Iterator[Row]:
    """A row for each photo, then the colours that occur on the sheet."""
    for source, strip in zip(shown, strips, strict=True):
        (first, *copies) = (_drawn(image, mask) for image, mask in strip)
        name = source.example.name[-_LETTERS:]
        yield Row([Cell(first, name), *map(Cell, copies)], heads if source is shown[0] else ())
    legend = []
    for label in np.unique(np.concatenate([mask.ravel() for strip in strips for _, mask in strip])):
        grey = np.full((14, _CELL[0], 3), 160, np.uint8)
        text = "void: counts nowhere" if label == VOID else classes[label]
        if label:
            legend.append(Cell(_drawn(grey, np.full(grey.shape[:2], label, np.uint8)), text))
    for start in range(0, len(legend), len(heads)):
        yield Row(legend[start : start + len(heads)])


def _spoken(options: Mapping[str, Any]) -> str:
    words = []
    for key, value in options.items():
        if value is True:
            words.append(key.replace("_", " "))
        elif value is not False:
            words.append(f"{key} {value}")
    return ", ".join(words)


def _fitted(image: Image, mask: Mask) -> tuple[Image, Mask]:
    """Photo and mask at the largest size that fits into a cell."""
    height, width = mask.shape
    scale = min(_CELL[0] / width, _CELL[1] / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    small = np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)
    return small, resized_mask(mask, size[1], size[0])


def _drawn(image: Image, mask: Mask) -> Pillow.Image:
    """The mask drawn on its photo, void striped."""
    drawn = overlaid(image, mask)
    rows, columns = np.indices(mask.shape)
    stripes = np.where((rows + columns) // _STRIPE % 2, 245, 60)[:, :, None]
    striped = drawn * 0.45 + stripes * 0.55
    return Pillow.fromarray(np.where((mask == VOID)[:, :, None], striped, drawn).astype(np.uint8))
