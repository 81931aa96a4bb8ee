"""Each photo meets the model of its fold, and its mask has the size of the working copy."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from maskwright.data.dataset import open_dataset
from maskwright.study.folds import fold_of_each, working_pair
from tests.support.folders import red_photo, save


def test_every_photo_has_the_fold_that_holds_it_out() -> None:
    assert fold_of_each([["a", "c"], ["b"]]) == {"a": 0, "c": 0, "b": 1}


def test_photo_and_mask_have_the_same_size_beyond_the_working_size(tmp_path: Path) -> None:
    mask = np.zeros((20, 3000), np.uint8)
    mask[5:15, 300:2000] = 1
    for seed, name in enumerate("ab"):
        save(tmp_path / "images" / f"{name}.png", red_photo(mask, seed))
        save(tmp_path / "masks" / f"{name}.png", mask * np.uint8(255))
    dataset = open_dataset(tmp_path)
    image, truth = working_pair(dataset, dataset.examples[0])
    assert image.shape[:2] == truth.shape == (14, 2048)
    assert truth.any()
