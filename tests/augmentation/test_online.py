"""Photo and mask stay together, nothing is invented at the borders, and seeds repeat."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from maskwright.augmentation.online import (
    COLOUR,
    GEOMETRY,
    PAPER_SIX,
    PARTS,
    PASTE,
    augmented,
    draw_sample,
)
from maskwright.augmentation.paste import pasted
from maskwright.core import VOID, Image, Mask, Pair

SIZE = 96


def disc(height: int = 120, width: int = 160) -> tuple[Image, Mask]:
    """A white disc on black: the photo is its own mask, so misalignment shows."""
    image = np.zeros((height, width, 3), np.uint8)
    cv2.circle(image, (width // 2, height // 2), 30, (255, 255, 255), -1)
    return image, (image[..., 0] > 127).astype(np.uint8)


def textured(height: int = 120, width: int = 160) -> Image:
    coarse = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height)), np.uint8)


@pytest.mark.parametrize("seed", range(12))
def test_photo_and_mask_go_through_the_same_map(seed: int) -> None:
    image, mask = disc()
    moved, moved_mask = augmented(image, mask, SIZE, np.random.default_rng(seed), tuple(GEOMETRY))
    known = moved_mask != VOID
    agree = (moved[..., 0] > 127) == (moved_mask == 1)
    # Linear against nearest interpolation may differ on the outline itself, nowhere else.
    outline = cv2.morphologyEx(
        (moved_mask == 1).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)
    )
    assert np.all(agree[known & (outline == 0)])


@pytest.mark.parametrize("seed", range(12))
def test_masks_hold_no_invented_values_and_borders_are_void(seed: int) -> None:
    image = textured()
    mask = np.full(image.shape[:2], 3, np.uint8)
    rng = np.random.default_rng(seed)
    _, moved = augmented(image, mask, SIZE, rng, (*GEOMETRY, *COLOUR))
    assert set(np.unique(moved)) <= {3, VOID}
    tiny = mask[:10, :100]
    _, padded = augmented(image[:10, :100], tiny, SIZE, rng, ())
    assert np.any(padded == VOID)
    assert np.any(padded == 3)


def test_without_parts_the_photo_is_centred_at_the_scale_of_its_area() -> None:
    image, mask = disc(SIZE, SIZE)
    same, same_mask = augmented(image, mask, SIZE, np.random.default_rng(0), ())
    np.testing.assert_array_equal(same, image)
    np.testing.assert_array_equal(same_mask, mask)


def test_the_same_seed_repeats_and_another_one_differs() -> None:
    image, mask = textured(), disc()[1]
    once = augmented(image, mask, SIZE, np.random.default_rng(5), PARTS)
    again = augmented(image, mask, SIZE, np.random.default_rng(5), PARTS)
    other = augmented(image, mask, SIZE, np.random.default_rng(6), PARTS)
    np.testing.assert_array_equal(once[0], again[0])
    np.testing.assert_array_equal(once[1], again[1])
    assert not np.array_equal(once[0], other[0])


@pytest.mark.parametrize("part", [*GEOMETRY, *COLOUR])
def test_every_part_does_something_and_leaves_its_inputs_alone(part: str) -> None:
    image, mask = textured(), disc()[1]
    kept, kept_mask = image.copy(), mask.copy()
    plain = augmented(image, mask, SIZE, np.random.default_rng(0), ())[0]
    changed = [
        not np.array_equal(
            augmented(image, mask, SIZE, np.random.default_rng(s), (part,))[0], plain
        )
        for s in range(20)
    ]
    assert any(changed)
    np.testing.assert_array_equal(image, kept)
    np.testing.assert_array_equal(mask, kept_mask)


def test_colour_parts_leave_the_mask_as_it_is() -> None:
    image, mask = textured(SIZE, SIZE), disc(SIZE, SIZE)[1]
    for seed in range(10):
        _, same = augmented(image, mask, SIZE, np.random.default_rng(seed), tuple(COLOUR))
        np.testing.assert_array_equal(same, mask)


def test_the_papers_six_reach_as_far_as_it_says() -> None:
    """The centre of a turned, zoomed and shifted photo, and its scale, over many draws."""
    height, width = 60, 100
    image = np.zeros((height, width, 3), np.uint8)
    mask = np.zeros((height, width), np.uint8)
    mask[20:40, 35:65] = 1
    areas = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        _, moved = augmented(image, mask, SIZE, rng, ("zoom",))
        areas.append(int((moved == 1).sum()) / (20 * 30 * SIZE**2 / (height * width)))
    # A shown part of 0.5 to 1.5 of the sides is a magnification of 2 to 2/3.
    assert 3.3 < max(areas) <= 4.3
    assert 0.4 <= min(areas) < 0.5
    seen = [
        augmented(image, mask, SIZE, np.random.default_rng(seed), tuple(PAPER_SIX))[1]
        for seed in range(20)
    ]
    assert len({moved.tobytes() for moved in seen}) == 20


def test_pasting_brings_objects_and_their_void_band_and_keeps_the_rest() -> None:
    image, mask = np.zeros((SIZE, SIZE, 3), np.uint8), np.zeros((SIZE, SIZE), np.uint8)
    mask[:10] = 2
    donor, donor_mask = disc(SIZE, SIZE)
    donor_mask[donor_mask == 1] = 3
    ring = cv2.dilate((donor_mask == 3).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    donor_mask[ring & (donor_mask == 0)] = VOID
    donor_mask[-1] = VOID  # void far from the object stays behind
    mixed, mixed_mask = pasted(image, mask, donor, donor_mask)
    assert set(np.unique(mixed_mask)) == {0, 2, 3, VOID}
    np.testing.assert_array_equal(mixed_mask == 3, donor_mask == 3)
    assert np.all(mixed_mask[:10] == 2)
    assert np.all(mixed_mask[-1] == 0)
    assert np.all(mixed[donor_mask == 3] > 120)
    assert mixed[0].max() == 0


def test_paste_takes_objects_of_other_pairs_in_about_half_of_the_samples() -> None:
    empty = Pair("empty", textured(), np.zeros((120, 160), np.uint8))
    object_ = Pair("object", *disc())
    hits = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        _, mask = draw_sample([empty, object_], 0, SIZE, (PASTE,), rng)
        hits += bool((mask == 1).any())
    assert 10 < hits < 45  # half of the samples, and one donor of two has an object
