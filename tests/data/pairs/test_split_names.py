from __future__ import annotations

import pytest

from maskwright.data.pairs.split_names import (
    held_out_most,
    split_and_rest,
    split_named,
    split_of_list,
)


@pytest.mark.parametrize(
    ("names", "split"),
    [
        ("train Training TRN train_set train2017 stage1_train trainval", "train"),
        ("val valid Validation dev eval val_data", "val"),
        ("test Testing tst test1 test-set holdout held-out held_out test_dev stage1_test", "test"),
    ],
)
def test_words_of_splits(names: str, split: str) -> None:
    assert {split_named(name) for name in names.split()} == {split}


@pytest.mark.parametrize(
    "name", ["", "trains", "testimonials", "attest", "value", "device", "latest", "tr", "val_cat"]
)
def test_other_words(name: str) -> None:
    assert split_named(name) is None


def test_splits_in_longer_names() -> None:
    assert split_and_rest("train_images") == ("train", "images")
    assert split_and_rest("labelsTs") == ("test", "labels")
    assert split_and_rest("Masks-Val") == ("val", "masks")
    assert split_and_rest("ISIC_Training_Input") == ("train", "input")
    assert split_and_rest("images") is None


def test_lists_and_order() -> None:
    assert [split_of_list(stem) for stem in ("train", "val_list", "test_files", "readme")] == [
        "train",
        "val",
        "test",
        None,
    ]
    assert held_out_most(["train", "test", None, "val"]) == "test"
    assert held_out_most([None]) is None
