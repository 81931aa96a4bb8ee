"""Masks spoilt on purpose."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.corruption import KINDS, spoilt
from maskwright.core import VOID, Pair
from tests.support.folders import disc, red_photo


@pytest.fixture
def pairs() -> list[Pair]:
    made = []
    for number in range(14):
        mask = disc(40 + number, 60, radius=0.15 + 0.01 * number)
        mask[:2] = VOID
        made.append(Pair(f"p{number:02d}", red_photo(np.minimum(mask, 1), number), mask))
    return made


def test_ten_masks_are_spoilt_each_as_it_says(pairs: list[Pair]) -> None:
    found, kinds = spoilt(pairs, 0)
    assert sorted(kinds.values()) == sorted(KINDS)
    assert [pair.name for pair in found] == [pair.name for pair in pairs]
    for before, after in zip(pairs, found, strict=True):
        assert after.image is before.image
        assert after.mask.shape == before.mask.shape
        kind = kinds.get(before.name)
        true, marked = before.mask == 1, after.mask == 1
        if kind is None:
            np.testing.assert_array_equal(after.mask, before.mask)
        elif kind == "inverted":
            np.testing.assert_array_equal(marked, before.mask == 0)
            np.testing.assert_array_equal(after.mask == VOID, before.mask == VOID)
        elif kind == "half painted":
            assert 0.3 < marked.sum() / true.sum() < 0.7
            assert not (marked & ~true).any()
        else:
            assert (marked != true).any()


def test_the_same_draw_spoils_the_same_masks(pairs: list[Pair]) -> None:
    first, kinds = spoilt(pairs, 3)
    again, _ = spoilt(pairs, 3)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.mask, other.mask)
    assert spoilt(pairs, 4)[1] != kinds
