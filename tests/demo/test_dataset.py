import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.demo.album import read_album
from maskwright.demo.dataset import write_data


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("data")
    return folder, write_data(read_album("test"), folder, scenes=5, seed=3)


def test_every_image_has_a_mask_of_class_indices(written: tuple[Path, list[str]]) -> None:
    folder, names = written
    assert {path.stem for path in (folder / "images").iterdir()} == set(names)
    assert {path.stem for path in (folder / "masks").iterdir()} == set(names)
    for name in names:
        with (
            Image.open(folder / "images" / f"{name}.jpg") as image,
            Image.open(folder / "masks" / f"{name}.png") as mask,
        ):
            assert image.size == mask.size
            assert set(np.unique(np.asarray(mask))) == {0, 1}


def test_whole_photos_come_first(written: tuple[Path, list[str]]) -> None:
    _, names = written
    assert names[:2] == ["coffee", "dahlia"]
    assert len(names) == 7


def test_groups_keep_an_object_together(written: tuple[Path, list[str]]) -> None:
    folder, names = written
    with (folder / "pairs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == names
    for row in rows:
        assert row["name"].startswith(row["group"])


def test_the_same_seed_writes_the_same_files(
    written: tuple[Path, list[str]], tmp_path: Path
) -> None:
    folder, names = written
    assert write_data(read_album("test"), tmp_path, scenes=5, seed=3) == names
    for path in folder.rglob("*.*"):
        assert path.read_bytes() == (tmp_path / path.relative_to(folder)).read_bytes()


def test_the_doctor_finds_nothing_wrong(written: tuple[Path, list[str]]) -> None:
    from maskwright.data.dataset import open_dataset

    folder, names = written
    dataset = open_dataset(folder)
    assert dataset.classes == ("background", "foreground")
    assert {example.name for example in dataset.examples} == set(names)
    assert {example.group for example in dataset.examples} == {"coffee", "dahlia"}
