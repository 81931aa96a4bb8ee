"""A folder of photos, ranked for labelling."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from maskwright.core import Image, Probs, Segmenter, from_function
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.errors import UsageError
from maskwright.study.unlabelled import rank_unlabelled
from tests.support.folders import TRUTHS, disc, red_photo, save, write_data


def by_red(least: int) -> Segmenter:
    """Models that agree on strong red and on none, and differ in between."""

    def run(image: Image, prior: Probs | None) -> Probs:
        foreground = np.where(image[:, :, 0] > least, 0.98, 0.02).astype(np.float32)
        return np.stack([1 - foreground, foreground], axis=2)

    return from_function(("background", "foreground"), run)


MODELS = [by_red(100), by_red(140), by_red(200)]


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return open_dataset(write_data(tmp_path / "data", TRUTHS, scale=255))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    mask = disc(60, 80)
    clear = red_photo(mask, 10)
    clear[mask == 1, 0] = 250
    doubtful = red_photo(mask, 11)
    doubtful[mask == 1, 0] = 150
    save(tmp_path / "new" / "clear.png", clear)
    save(tmp_path / "new" / "deep" / "doubtful.png", doubtful)
    return tmp_path / "new"


def test_the_photo_that_models_disagree_on_comes_first(dataset: Dataset, folder: Path) -> None:
    found = rank_unlabelled(folder, dataset, MODELS, workers=2)
    assert [one.path for one in found.photos] == ["deep/doubtful.png", "clear.png"]
    assert found.photos[0].uncertainty > found.photos[1].uncertainty + 0.2
    assert found.notes == ()


def test_labelled_photos_are_left_out(dataset: Dataset, folder: Path) -> None:
    shutil.copy(dataset.examples[0].image, folder / "known.png")
    found = rank_unlabelled(folder, dataset, MODELS, workers=1)
    assert {one.path for one in found.photos} == {"deep/doubtful.png", "clear.png"}
    assert any(note.startswith("1 photo of") and "already labelled" in note for note in found.notes)


def test_only_labelled_photos_are_an_empty_order(dataset: Dataset) -> None:
    found = rank_unlabelled(dataset.root / "images", dataset, MODELS, workers=1)
    assert found.photos == ()
    assert len(found.notes) == 1


def test_a_short_time_looks_at_some_and_says_so(dataset: Dataset, folder: Path) -> None:
    for seed in range(20, 30):
        save(folder / f"{seed}.png", red_photo(disc(60, 80), seed))
    found = rank_unlabelled(folder, dataset, MODELS, workers=1, seconds=1e-6)
    assert len(found.photos) == 1
    assert any("every 12th" in note for note in found.notes)


def test_a_folder_that_is_not_there_is_refused(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="absent"):
        rank_unlabelled(tmp_path / "absent", dataset, MODELS, workers=1)


@pytest.mark.parametrize("seconds", [None, 100])
def test_unreadable_photos_are_left_out_and_named(
    dataset: Dataset, folder: Path, seconds: float | None
) -> None:
    """One bad file must not waste hours of training."""
    (folder / "a-broken.png").write_text("no photo")
    found = rank_unlabelled(folder, dataset, MODELS, workers=1, seconds=seconds)
    assert {one.path for one in found.photos} == {"deep/doubtful.png", "clear.png"}
    (note,) = found.notes
    assert note.startswith("1 photo of") and "cannot be read" in note and "a-broken.png" in note


def test_nothing_that_can_be_read_is_an_empty_order(dataset: Dataset, tmp_path: Path) -> None:
    for name in "ab":
        save(tmp_path / "new" / f"{name}.png", red_photo(disc(20, 20), 3))
        (tmp_path / "new" / f"{name}.png").write_text(name)
    found = rank_unlabelled(tmp_path / "new", dataset, MODELS, workers=1, seconds=100)
    assert found.photos == () and len(found.notes) == 1
