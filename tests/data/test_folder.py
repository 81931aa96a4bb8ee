from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from maskwright.data.decoding.decode import Limits
from maskwright.data.folder import DataFolder

FOLDER = DataFolder("data", masks="classes", values="0=a,1=b", ignore="255", groups="(.*)_")


def test_text_and_paths_are_one_folder() -> None:
    assert DataFolder("a/b") == DataFolder(Path("a/b")) == DataFolder.of("a/b")
    assert DataFolder("a/b").root == Path("a/b")
    assert DataFolder("a") != DataFolder("a", limits=Limits(pixels=1))


def test_a_verb_may_be_given_either() -> None:
    assert DataFolder.of(FOLDER) is FOLDER
    assert DataFolder.of(Path("a")) == DataFolder("a")


def test_it_can_be_hashed_pickled_and_changed_into_another() -> None:
    assert {FOLDER: 1}[replace(FOLDER)] == 1
    assert pickle.loads(pickle.dumps(FOLDER)) == FOLDER  # noqa: S301
    assert replace(FOLDER, groups=None).ignore == "255"
    with pytest.raises(AttributeError):
        FOLDER.masks = "masks"  # type: ignore[misc]
