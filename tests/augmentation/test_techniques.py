from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from maskwright.augmentation.exact import Exact
from maskwright.augmentation.geometry import FILLS, Fill
from maskwright.augmentation.techniques import TECHNIQUES, Technique, chosen, generator
from maskwright.core import VOID, Image, Mask, Pair
from maskwright.errors import UsageError
from tests.support.data_folders import blob

SIZE = (90, 140)
techniques = pytest.mark.parametrize("technique", TECHNIQUES, ids=lambda one: one.prefix)


def marked() -> Pair:
    """A photo that shows its own mask: classes 1 and 2 have colours of their own."""
    mask = blob(*SIZE, on=1)
    mask[20:60, 90:120] = 2
    colours = np.array([(30, 30, 30), (230, 30, 30), (30, 30, 230)], np.uint8)
    return Pair("marked", colours[mask], mask)


def copied(technique: Technique, fill: Fill = "reflect", seed: int = 0) -> tuple[Image, Mask]:
    rng = generator(seed, "marked", technique, 1)
    return Exact(fill).copied(marked(), technique, rng)


@techniques
@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize("seed", range(4))
def test_photo_and_mask_are_moved_by_the_same_map(
    technique: Technique, fill: Fill, seed: int
) -> None:
    image, mask = copied(technique, fill, seed)
    assert image.shape == (*SIZE, 3) and mask.shape == SIZE
    seen = np.select([image[..., 0] > 130, image[..., 2] > 130], [1, 2], 0)
    known = mask != VOID
    # Linear in the photo, nearest in the mask: they may part along outlines only.
    assert (seen == mask)[known].mean() > 0.985
    assert {1, 2} <= set(np.unique(mask)) <= {0, 1, 2, VOID}


@techniques
def test_masks_hold_no_class_that_was_not_there(technique: Technique) -> None:
    pair = marked()
    spread = Pair("x", pair.image, np.array([0, 7, 200], np.uint8)[pair.mask])
    for number in range(20):
        _, mask = Exact("nearest").copied(spread, technique, generator(0, "x", technique, number))
        assert set(np.unique(mask)) <= {0, 7, 200}


def test_borders_are_void_or_drawn_out() -> None:
    rotation = TECHNIQUES[0]
    for seed in range(5):
        beyond = copied(rotation, "void", seed)[1] == VOID
        assert 0.02 < beyond.mean() < 0.6
        assert (copied(rotation, "reflect", seed)[1] == VOID).tolist() == beyond.tolist()
        assert not (copied(rotation, "nearest", seed)[1] == VOID).any()
        grey = copied(rotation, "void", seed)[0][beyond]
        assert (grey == 128).all(axis=1).mean() > 0.9
        assert not (copied(rotation, "reflect", seed)[0][beyond] == 128).all(axis=1).any()


def test_flips_always_flip_and_exactly() -> None:
    pair = marked()
    for seed in range(5):
        image, mask = copied(TECHNIQUES[4], seed=seed)
        np.testing.assert_array_equal(image, pair.image[::-1])
        np.testing.assert_array_equal(mask, pair.mask[::-1])
        image, mask = copied(TECHNIQUES[5], seed=seed)
        np.testing.assert_array_equal(image, pair.image[:, ::-1])
        np.testing.assert_array_equal(mask, pair.mask[:, ::-1])


def test_draws_fill_the_papers_ranges_and_nothing_else() -> None:
    rngs = [generator(0, str(number), TECHNIQUES[0], 1) for number in range(2000)]
    moves = {one.prefix: [one.draw(rng, 100, 200) for rng in rngs] for one in TECHNIQUES}

    def spans(values: list[float], low: float, high: float) -> bool:
        margin = 0.01 * (high - low)
        return bool(
            low <= min(values) < low + margin
            and high - margin < max(values) <= high
            and abs(np.mean(values) - (low + high) / 2) < 5 * margin
        )

    assert spans([move.angle for move in moves["rt"]], -135, 135)
    assert spans([move.shift_x for move in moves["ws"]], -30, 30)
    assert spans([move.shift_y for move in moves["hs"]], -15, 15)
    assert spans([1 / move.scale_x for move in moves["zr"]], 0.5, 1.5)
    assert all(move.scale_x == move.scale_y for move in moves["zr"])
    assert not any(move.shift_y or move.angle or move.scale_x != 1 for move in moves["ws"])


def test_zoom_of_one_half_shows_half_the_photo() -> None:
    class Lowest(np.random.Generator):
        def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
            return low

    pair = marked()
    zoom = TECHNIQUES[3]
    image, mask = Exact().copied(pair, zoom, Lowest(np.random.PCG64()))
    assert not (mask == VOID).any()
    assert (mask == 1).sum() > 2.5 * (pair.mask == 1).sum()
    middle = pair.image[SIZE[0] // 4 : -SIZE[0] // 4, SIZE[1] // 4 : -SIZE[1] // 4]
    assert abs(image.mean() - middle.mean()) < 4


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (2, 3)])
@techniques
def test_the_smallest_photos(technique: Technique, size: tuple[int, int]) -> None:
    pair = Pair("x", np.full((*size, 3), 77, np.uint8), np.ones(size, np.uint8))
    image, mask = Exact().copied(pair, technique, generator(0, "x", technique, 1))
    assert image.shape == (*size, 3) and (image == 77).all()
    assert set(np.unique(mask)) <= {1, VOID}


def test_generators_depend_on_all_they_should() -> None:
    rotation, shift = TECHNIQUES[:2]
    first = generator(0, "a", rotation, 1).random()
    assert generator(0, "a", rotation, 1).random() == first
    others = [(1, "a", rotation, 1), (0, "b", rotation, 1), (0, "a", shift, 1)]
    assert len({first, *(generator(*other).random() for other in others)}) == 4
    assert generator(0, "a", rotation, 2).random() != first


def test_techniques_by_prefix_and_by_name() -> None:
    assert chosen(None) == TECHNIQUES
    assert [one.name for one in chosen(["hf", " Rotation ", "rt"])] == [
        "rotation",
        "horizontal-flip",
    ]
    for wrong in (["rt", "shear"], [], [""]):
        with pytest.raises(UsageError, match=r"rt \(rotation\)"):
            chosen(wrong)
