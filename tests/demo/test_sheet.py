from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.demo.sheet import Shown, draw_sheet


def _picture(path: Path, colour: tuple[int, ...]) -> Path:
    Image.new("RGBA" if len(colour) == 4 else "RGB", (320, 240), colour).save(path)
    return path


def test_sheet_shows_every_picture(tmp_path: Path) -> None:
    trained = [_picture(tmp_path / f"{n}.png", (0, 0, 10 * n)) for n in range(1, 13)]
    overlay = _picture(tmp_path / "overlay.png", (200, 0, 0))
    mask = _picture(tmp_path / "mask.png", (0, 200, 0))
    clear = _picture(tmp_path / "cutout.png", (0, 0, 0, 0))
    sheet = tmp_path / "sheet.png"
    draw_sheet(
        sheet,
        title="title",
        notes=["a note"],
        trained=trained,
        shown=[Shown(overlay, mask, clear, 0.5)] * 3,
        credit="photos by somebody",
    )
    with Image.open(sheet) as file:
        pixels = np.asarray(file.convert("RGB"))

    def count(colour: tuple[int, int, int]) -> int:
        return int((pixels == colour).all(axis=2).sum())

    cell = 188 * 140
    assert count((200, 0, 0)) == 3 * cell
    assert count((0, 200, 0)) == 3 * cell
    shown = [n for n in range(1, 13) if count((0, 0, 10 * n))]
    assert shown == [1, 2, 3, 4, 5, 6], "one row"
    assert count((225, 225, 225)) > cell, "transparent parts are chequered"
