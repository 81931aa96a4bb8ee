from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PilImage

from maskwright.augmentation.contact_sheet import ROWS, draw_contact_sheet
from maskwright.core import VOID
from maskwright.data.folder import DataFolder
from maskwright.errors import DataError, UsageError
from tests.support.data_folders import blob, data_folder, picture, write


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return data_folder(tmp_path / "data", {f"p{number:02d}": blob() for number in range(12)})


def pixels(path: Path) -> np.ndarray:
    with PilImage.open(path) as image:
        assert image.format == "PNG" and image.mode == "RGB"
        return np.asarray(image)


def test_a_row_for_each_photo_and_a_column_for_each_technique(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "new" / "sheet.png"
    assert draw_contact_sheet(data, path) == ROWS
    whole = pixels(path)
    assert draw_contact_sheet(data, path, techniques=["rt", "hf"]) == ROWS
    narrow = pixels(path)
    assert whole.shape[0] == narrow.shape[0]
    column = (whole.shape[1] - narrow.shape[1]) / 4
    assert 150 < column < 250
    few = data_folder(tmp_path / "few", {"a": blob(), "b": blob()})
    assert draw_contact_sheet(few, path) == 2
    assert pixels(path).shape[0] < whole.shape[0]


def test_the_same_sheet_twice_and_another_for_another_seed(data: Path, tmp_path: Path) -> None:
    one, two, other = (tmp_path / f"{name}.png" for name in ("one", "two", "other"))
    for path, seed in ((one, 0), (two, 0), (other, 1)):
        draw_contact_sheet(data, path, seed=seed)
    assert one.read_bytes() == two.read_bytes() != other.read_bytes()


def test_masks_are_tinted_and_void_is_striped(tmp_path: Path) -> None:
    mask = blob(60, 90, on=1)
    mask[:, 60:] = VOID
    grey = np.full((60, 90, 3), 100, np.uint8)
    for name, values in (("a", mask), ("b", np.where(mask == VOID, 0, mask).astype(np.uint8))):
        for number in range(2):
            write(tmp_path / name / "images" / f"{number}.png", grey)
            write(tmp_path / name / "masks" / f"{number}.png", values)

    def shares(name: str) -> tuple[float, float]:
        path = tmp_path / f"{name}.png"
        folder = DataFolder(tmp_path / name, values="0=no,1=yes", ignore="255")
        draw_contact_sheet(folder, path, techniques=["hf"])
        found = pixels(path).astype(int)
        orange = (found[..., 0] - found[..., 2] > 50).mean()
        stripes = (np.abs(found - 180).max(axis=2) < 3).mean()
        return orange, stripes

    (orange, stripes), (_, none) = shares("a"), shares("b")
    assert orange > 0.05 and stripes > 0.02 > 10 * none


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (700, 20), (900, 1200)])
def test_photos_of_any_shape(tmp_path: Path, size: tuple[int, int]) -> None:
    root = tmp_path / "data"
    for number in range(2):
        write(root / "images" / f"{number}.png", picture(number, *size))
        write(root / "masks" / f"{number}.png", np.full(size, number, np.uint8))
    exact = DataFolder(root, values="0=no,1=yes", ignore="255")
    draw_contact_sheet(exact, tmp_path / "sheet.png")
    draw_contact_sheet(
        DataFolder(root, values="0=no,1=yes"), tmp_path / "sheet.png", like_keras=True
    )


def test_a_sheet_is_replaced_and_nothing_else_is(data: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "holiday.png", picture(7))
    before = path.read_bytes()
    with pytest.raises(UsageError, match="--overwrite"):
        draw_contact_sheet(data, path)
    assert path.read_bytes() == before
    draw_contact_sheet(data, path, overwrite=True)
    draw_contact_sheet(data, path, seed=1)
    (tmp_path / "notes.png").write_text("no picture at all")
    with pytest.raises(UsageError, match="--overwrite"):
        draw_contact_sheet(data, tmp_path / "notes.png")


def test_a_sheet_never_becomes_data(data: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="inside the data"):
        draw_contact_sheet(data, data / "images" / "sheet.png")
    with pytest.raises(UsageError, match=r"name it \.png"):
        draw_contact_sheet(data, tmp_path / "sheet.jpg")
    write(data / "masks" / "p00.png", blob(on=100))
    with pytest.raises(DataError, match="--values"):
        draw_contact_sheet(data, tmp_path / "sheet.png")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data"]
