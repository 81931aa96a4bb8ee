"""Photo and mask stay together, nothing is invented at the borders, and seeds repeat."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from maskwright.augment.online import COLOUR, GEOMETRY, PARTS, augmented
from maskwright.core import VOID, Image, Mask

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
    moved, moved_mask = augmented(image, mask, SIZE, np.random.default_rng(seed), GEOMETRY)
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
        _, same = augmented(image, mask, SIZE, np.random.default_rng(seed), COLOUR)
        np.testing.assert_array_equal(same, mask)
