from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maskwright.demo.picture import WIDTH, fitted
from maskwright.outputs.sheet import Cell, Row, column_width, draw_sheet


def _picture(path: Path, colour: tuple[int, ...], size: tuple[int, int] = (320, 240)) -> Path:
    Image.new("RGBA" if len(colour) == 4 else "RGB", size, colour).save(path)
    return path


def _cell(path: Path, columns: int = 1, caption: str = "", mask: Path | None = None) -> Cell:
    return Cell(fitted(path, column_width(WIDTH, columns), mask), caption)


def _drawn(rows: list[Row]) -> NDArray[np.uint8]:
    return np.asarray(draw_sheet(width=WIDTH, title="title", notes=["a note"], rows=rows))


def _count(pixels: NDArray[np.uint8], colour: tuple[int, ...]) -> int:
    return int((pixels == colour).all(axis=2).sum())


def test_sheet_shows_every_picture_in_its_shape(tmp_path: Path) -> None:
    wide = _picture(tmp_path / "wide.png", (200, 0, 0))
    tall = _picture(tmp_path / "tall.png", (0, 200, 0), (240, 480))
    pixels = _drawn([Row([_cell(wide, 2), _cell(wide, 2)]), Row([_cell(tall, 2)])])
    columns, height = 576, 432  # half the width, and three quarters of that
    assert _count(pixels, (200, 0, 0)) == 2 * columns * height
    assert _count(pixels, (0, 200, 0)) == height * height // 2
    red = np.argwhere((pixels == (200, 0, 0)).all(axis=2))
    green = np.argwhere((pixels == (0, 200, 0)).all(axis=2))
    assert red[:, 0].max() < green[:, 0].min(), "rows below each other"
    assert red[:, 1].min() == green[:, 1].min(), "columns begin together"


def test_what_is_transparent_is_chequered(tmp_path: Path) -> None:
    clear = _picture(tmp_path / "clear.png", (0, 0, 0, 0))
    pixels = _drawn([Row([_cell(clear, 4)] * 4)])
    light, dark = _count(pixels, (250, 250, 250)), _count(pixels, (232, 232, 232))
    assert light > 10_000
    assert 0.9 < light / dark < 1.1


def test_a_mask_leaves_out_and_a_box_is_drawn(tmp_path: Path) -> None:
    photo = _picture(tmp_path / "photo.png", (0, 0, 200))
    mask = np.zeros((240, 320), np.uint8)
    mask[:, :160] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    whole = _drawn([Row([_cell(photo)])])
    half = _drawn([Row([_cell(photo, mask=tmp_path / "mask.png")])])
    blue = (0, 0, 200)
    assert 0.49 < _count(half, blue) / _count(whole, blue) < 0.51
    assert half.shape == whole.shape

    boxed = _drawn([Row([Cell(fitted(photo, column_width(WIDTH, 1), box=(0, 0, 160, 240)))])])
    orange = np.argwhere((boxed == (230, 159, 0)).all(axis=2))
    shown = np.argwhere((whole == blue).all(axis=2))
    assert (orange.min(axis=0) == shown.min(axis=0)).all()
    assert abs(np.ptp(orange[:, 1]) / np.ptp(shown[:, 1]) - 0.5) < 0.01
    assert _count(boxed, blue) > 0.97 * _count(whole, blue), "its frame, not its inside"


def test_words_make_room_for_themselves(tmp_path: Path) -> None:
    photo = _picture(tmp_path / "photo.png", (0, 0, 200))
    plain = _drawn([Row([_cell(photo)])])
    captioned = _drawn([Row([_cell(photo, caption="IoU 0.50")], ["Photo"])])
    assert captioned.shape[0] > plain.shape[0] + 30
    assert _count(captioned, (0, 0, 200)) == _count(plain, (0, 0, 200)), "nothing is covered"
