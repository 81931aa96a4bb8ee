"""Which photos show the same picture, and which only have much in common."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pictures

from maskwright.core import Image
from maskwright.data.image_hash import ImageHash
from maskwright.data.look_alikes import LookAlikes, Said, look_alikes
from tests.support.data_folders import picture

SCENES = [picture(seed, 120, 160) for seed in range(14)]


def pairs(photos: list[Image]) -> list[tuple[int, int]]:
    found = look_alikes([ImageHash.of(photo) for photo in photos])
    same = [(first, i) for i, first in enumerate(found.first) if first != i]
    return sorted([*found.near, *same])


def jpeg(photo: Image, quality: int) -> Image:
    buffer = io.BytesIO()
    Pictures.fromarray(photo).save(buffer, "JPEG", quality=quality)
    return np.asarray(Pictures.open(buffer), np.uint8)


def resized(photo: Image, width: int, height: int) -> Image:
    return np.asarray(Pictures.fromarray(photo).resize((width, height)), np.uint8)


def still(number: int, *, radius: int = 6, colour: int = 40) -> Image:
    """A photo of a camera that never moves: the same ground, noise, a disc anywhere."""
    rng = np.random.default_rng(number)
    ground = picture(99, 120, 160).astype(np.float32)
    rows, columns = np.mgrid[:120, :160]
    row, column = rng.integers(8, 112), rng.integers(8, 152)
    ground[(rows - row) ** 2 + (columns - column) ** 2 < radius**2] = colour
    ground *= 1 + 0.1 * np.sin(number)  # daylight
    return jpeg((ground + rng.normal(0, 2, ground.shape)).clip(0, 255).astype(np.uint8), 90)


def disc(number: int) -> Image:
    """A photo through a round window: all but fine lines inside is common to all."""
    rng = np.random.default_rng(number)
    rows, columns = np.mgrid[:160, :160] - 80
    away = np.hypot(rows, columns)
    levels = 150 - 60 * (away / 80) ** 2
    for angle, shift in zip(rng.uniform(0, np.pi, 9), rng.uniform(-60, 60, 9), strict=True):
        levels[np.abs(rows * np.cos(angle) + columns * np.sin(angle) - shift) < 1.5] *= 0.7
    levels[away > 76] = 2
    levels += rng.normal(0, 2, levels.shape)
    return jpeg(np.repeat(levels.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2), 90)


@pytest.mark.parametrize(
    "copy",
    [
        *(jpeg(SCENES[3], quality) for quality in (30, 60, 95)),
        resized(SCENES[3], 80, 60),
        resized(SCENES[3], 320, 240),
        (SCENES[3] * 0.85).astype(np.uint8),
        (SCENES[3].astype(np.int16) + 10).clip(0, 255).astype(np.uint8),
        np.repeat(np.asarray(Pictures.fromarray(SCENES[3]).convert("L"))[..., None], 3, axis=2),
        SCENES[3][1:-1, 1:-1],
        SCENES[3],
    ],
    ids=["30", "60", "95", "half", "twice", "dark", "bright", "grey", "cropped", "same"],
)
def test_a_copy_is_found_among_few_and_among_many(copy: Image) -> None:
    for others in (SCENES, SCENES[2:6], SCENES[3:4]):
        at = next(i for i, scene in enumerate(others) if scene is SCENES[3])
        assert pairs([*others, copy]) == [(at, len(others))]


@pytest.mark.parametrize("count", [2, 5, 24])
def test_small_things_before_a_still_ground_are_no_look_alikes(count: int) -> None:
    assert pairs([still(number) for number in range(count)]) == []
    assert pairs([disc(number) for number in range(count)]) == []


def test_a_copy_is_found_among_photos_that_have_nearly_everything_in_common() -> None:
    for make in (still, disc):
        photos = [make(number) for number in range(20)]
        assert pairs([*photos, jpeg(photos[7], 60), photos[2]]) == [(2, 21), (7, 20)]


def test_a_few_photos_of_each_of_several_places_differ_by_their_things() -> None:
    places = [[picture(50 + k, 120, 160).copy() for _ in range(3)] for k in range(6)]
    for k, photos in enumerate(places):
        for number, photo in enumerate(photos):
            photo[20 + 30 * number : 40 + 30 * number, 20 * k : 20 * k + 20] = 5
    assert pairs([photo for photos in places for photo in photos]) == []


def test_another_hue_or_another_shape_is_another_photo() -> None:
    red = np.full((60, 80, 3), 200, np.uint8)
    blue = red.copy()
    red[10:50, 20:60] = (160, 40, 60)
    grey = float(red[20, 30] @ [0.299, 0.587, 0.114])
    blue[10:50, 20:60] = (20, round((grey - 20 * 0.299 - 160 * 0.114) / 0.587), 160)
    assert pairs([*SCENES, red, blue]) == []
    assert pairs([*SCENES, resized(SCENES[0], 120, 120)]) == []
    assert pairs([np.full((40, 40, 3), level, np.uint8) for level in (0, 0, 255)]) == [(0, 1)]
    assert pairs([]) == pairs(SCENES[:1]) == []


def test_many_versions_of_two_photos_are_two_sets() -> None:
    photos = [jpeg(SCENES[scene], 70 + 3 * k) for k in range(8) for scene in range(2)]
    found = look_alikes([ImageHash.of(photo) for photo in photos])
    assert found.sets() == [list(range(0, 16, 2)), list(range(1, 16, 2))]


def test_nothing_is_chained() -> None:
    found = LookAlikes((0, 1, 2, 3, 3), ((0, 1), (1, 2), (2, 3)))
    assert found.sets() == [[0, 1], [2, 3, 4]]


def test_what_a_person_said_goes_first() -> None:
    found = LookAlikes((0, 1, 2, 0), ((0, 1), (0, 2), (1, 2)))
    assert found.sets() == [[0, 1, 2, 3]]
    groups = [Said("a"), Said("b"), Said(None), Said("a")]
    assert found.sets(groups) == [[0, 2, 3]]
    assert found.sets([Said(str(number)) for number in range(4)]) == []
    splits = [Said(split="train"), Said(split="val"), Said(split="val"), Said(split="train")]
    assert found.sets(splits) == [[0, 3], [1, 2]]


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)).filter(lambda p: p[0] < p[1])),
    st.lists(st.sampled_from([None, "a", "b"]), min_size=9, max_size=9),
)
def test_in_a_set_each_photo_is_like_every_other(
    near: list[tuple[int, int]], groups: list[str | None]
) -> None:
    said = [Said(group) for group in groups]
    sets = LookAlikes(tuple(range(9)), tuple(near)).sets(said)
    photos = [photo for one in sets for photo in one]
    assert len(photos) == len(set(photos))
    for one in sets:
        assert len({groups[photo] for photo in one} - {None}) <= 1
        assert all((i, j) in near for i in one for j in one if i < j)


def test_many_photos_take_no_time() -> None:
    rng = np.random.default_rng(0)
    hashes = [
        ImageHash(
            rng.normal(128, 40, (32, 32)).astype(np.float32), np.zeros((8, 8, 2), np.float32), 1.5
        )
        for _ in range(600)
    ]
    begin = time.process_time()
    assert look_alikes(hashes).near == ()
    assert time.process_time() - begin < 3
