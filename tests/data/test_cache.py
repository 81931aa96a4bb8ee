"""Decoded pairs, in memory and on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from maskwright.core import Pair
from maskwright.data.cache import load_pairs
from maskwright.data.dataset import Dataset, open_dataset
from tests.support.data_folders import blob, data_folder

ONE = 24 * 32 * (3 + 1)
"""Bytes of one pair at a long side of 32."""


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Seventy pairs of 48 x 64 pixels: more than are decoded at once, all different."""
    masks = {f"p{number:02d}": np.roll(blob(), number, axis=1) for number in range(70)}
    return open_dataset(data_folder(tmp_path / "data", masks))


def on_disk(pairs: list[Pair]) -> list[bool]:
    return [isinstance(pair.image, np.memmap) for pair in pairs]


def test_pairs_come_in_the_order_asked_for_and_shrunk(dataset: Dataset, tmp_path: Path) -> None:
    asked = dataset.examples[::-1]
    pairs = load_pairs(dataset, asked, long_side=32, disk=tmp_path / "disk")
    assert [pair.name for pair in pairs] == [example.name for example in asked]
    assert {pair.image.shape for pair in pairs} == {(24, 32, 3)}
    assert {pair.mask.shape for pair in pairs} == {(24, 32)}
    for pair, example in zip(pairs, asked, strict=True):
        alone = dataset.load(example, shrink_to=32)
        np.testing.assert_array_equal(pair.image, alone.image)
        np.testing.assert_array_equal(pair.mask, alone.mask)
    assert not (tmp_path / "disk").exists()


def test_small_photos_are_not_enlarged(dataset: Dataset, tmp_path: Path) -> None:
    (pair,) = load_pairs(dataset, dataset.examples[:1], long_side=500, disk=tmp_path / "disk")
    assert pair.image.shape == (48, 64, 3)


@pytest.mark.parametrize(("memory", "kept"), [(0, 0), (ONE - 1, 0), (3 * ONE, 3), (66 * ONE, 66)])
def test_no_more_than_asked_stays_in_memory_and_the_rest_is_the_same(
    dataset: Dataset, tmp_path: Path, memory: int, kept: int
) -> None:
    whole = load_pairs(dataset, dataset.examples, long_side=32, disk=tmp_path / "unused")
    pairs = load_pairs(
        dataset, dataset.examples, long_side=32, disk=tmp_path / "disk", memory=memory
    )
    assert on_disk(pairs) == [number >= kept for number in range(70)]
    assert len(list((tmp_path / "disk").iterdir())) == 2 * (70 - kept)
    for pair, other in zip(pairs, whole, strict=True):
        assert pair.name == other.name
        np.testing.assert_array_equal(pair.image, other.image)
        np.testing.assert_array_equal(pair.mask, other.mask)


def test_the_bound_is_for_each_call(dataset: Dataset, tmp_path: Path) -> None:
    for name in ("train", "val"):
        pairs = load_pairs(
            dataset, dataset.examples[:2], long_side=32, disk=tmp_path / name, memory=2 * ONE
        )
        assert on_disk(pairs) == [False, False]
