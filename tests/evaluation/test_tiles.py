"""Tiles: colours of the pixels of each picture, and size in bytes."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pictures

from maskwright.core import VOID, Mask
from maskwright.data.dataset import open_dataset
from maskwright.evaluation.tiles import (
    ACCEPTED_COLOUR,
    CONFUSED_COLOUR,
    EXTRA_COLOUR,
    LONG_SIDE,
    MISSED_COLOUR,
    REJECTED_COLOUR,
    Tile,
    class_colours,
    tile,
)
from maskwright.fusion.decision import Decision
from tests.support.folders import disc, red_photo
from tests.support.method_outputs import random_outputs

TWO = ("background", "leaf")


def rgba(data: bytes) -> np.ndarray:
    with Pictures.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGBA"))


def photo_of(one: Tile) -> np.ndarray:
    with Pictures.open(io.BytesIO(one.photo)) as picture:
        assert picture.format == "JPEG"
        return np.asarray(picture)


def tile_of(truth: Mask, found: Mask, classes: tuple[str, ...] = TWO) -> Tile:
    return tile("a", red_photo(truth % VOID), truth, {"m": found}, classes)


def test_a_large_photo_is_shrunk_and_keeps_its_shape() -> None:
    truth = disc(900, 1200)
    one = tile_of(truth, truth)
    assert (one.width, one.height) == (LONG_SIDE, 360)
    for picture in (photo_of(one), rgba(one.truth), rgba(one.masks["m"]), rgba(one.errors["m"])):
        assert picture.shape[:2] == (360, LONG_SIDE)
    assert photo_of(one)[180, 240, 0] > 150  # the red disc is where it was


@pytest.mark.parametrize(
    ("height", "width", "size"),
    [(7, 5, (476, 340)), (1, 1, (480, 480)), (1, 3000, (1, 480)), (300, 200, (300, 200))],
)
def test_tiny_and_thin_photos_stay_pictures(height: int, width: int, size: tuple[int, int]) -> None:
    truth = np.ones((height, width), np.uint8)
    one = tile_of(truth, np.zeros_like(truth))
    assert (one.height, one.width) == size
    assert photo_of(one).shape[:2] == rgba(one.errors["m"]).shape[:2] == size


def test_a_photo_larger_than_its_masks_is_fitted() -> None:
    truth = disc(300, 400)
    big = np.full((600, 800, 3), 90, np.uint8)
    assert photo_of(tile("a", big, truth, {}, TWO)).shape == (300, 400, 3)


def test_masks_are_tinted_inside_outlined_and_clear_outside() -> None:
    truth = np.zeros((300, 400), np.uint8)
    truth[100:200, 100:200] = 1
    truth[100:200, 200:220] = VOID
    drawn = rgba(tile_of(truth, truth % VOID).truth)
    colour = class_colours(2)[0]
    interior, outline = drawn[150, 150], drawn[100, 150]
    assert tuple(interior[:3]) == tuple(outline[:3]) == colour
    # What the style sheet of the report parts them by.
    assert 0 < interior[3] < 128 and outline[3] == 255
    assert drawn[50, 50, 3] == 0
    rim, void = drawn[99, 150], drawn[150, 210]
    assert tuple(rim[:3]) == (0, 0, 0) and rim[3] >= 128
    assert void[3] >= 128 and tuple(void[:3]) not in (colour, (0, 0, 0))


def test_a_frame_that_cuts_an_object_is_no_outline() -> None:
    drawn = rgba(tile_of(np.ones((300, 300), np.uint8), np.ones((300, 300), np.uint8)).truth)
    assert len(np.unique(drawn.reshape(-1, 4), axis=0)) == 1


def test_errors_are_too_much_missed_or_another_class_and_never_void() -> None:
    truth = np.zeros((300, 300), np.uint8)
    found = truth.copy()
    truth[:50], found[50:100] = 1, 1  # missed, too much
    truth[100:150], found[100:150] = 1, 2  # another class
    truth[150:200], found[150:200] = 2, 2  # right
    truth[200:250], found[200:250] = VOID, 1
    drawn = rgba(tile_of(truth, found, ("background", "leaf", "stem")).errors["m"])
    for row, colour in ((25, MISSED_COLOUR), (75, EXTRA_COLOUR), (125, CONFUSED_COLOUR)):
        assert tuple(drawn[row, 10, :3]) == colour and drawn[row, 10, 3] > 150
    assert not drawn[[175, 225, 275], 10, 3].any()


def test_thirty_classes_have_thirty_colours() -> None:
    colours = np.array(class_colours(31))
    assert colours.shape == (30, 3)
    distances = np.abs(colours[:, None] - colours[None]).sum(axis=2) + 999 * np.eye(30)
    assert distances.min() > 20
    assert class_colours(2) == class_colours(31)[:1]
    truth = np.repeat(np.arange(31, dtype=np.uint8), 10)[None].repeat(300, 0)
    drawn = rgba(tile_of(truth, truth, tuple(map(str, range(31)))).truth)
    assert [tuple(drawn[150, 10 * label + 5, :3]) for label in range(1, 31)] == list(
        class_colours(31)
    )


def test_more_classes_than_a_palette_holds_are_drawn_all_the_same() -> None:
    truth = np.arange(250, dtype=np.uint8)[None].repeat(250, 0)
    drawn = rgba(tile_of(truth, truth, tuple(map(str, range(250)))).truth)
    assert drawn[:, 1:, 3].all()


def test_disputed_pieces_have_the_colour_of_who_decided_them() -> None:
    opinions = random_outputs(1, side=32)
    given = np.arange(len(opinions.regions)) % 3 == 0
    decision, truth = Decision(opinions.regions, given), disc(64, 128)
    one = tile("a", red_photo(truth), truth, {"m": truth, "n": truth}, TWO, {"n": decision})
    assert (one.height, one.width) == (192, 384)
    assert list(one.disputes) == ["n"]
    disputes = one.disputes["n"]
    assert (disputes.regions, disputes.accepted) == (len(given), given.sum())
    areas = decision.regions.areas[1:]
    assert disputes.area == pytest.approx(areas[given].sum() / 32**2)
    labels = np.repeat(np.repeat(decision.regions.labels, 6, axis=0), 12, axis=1)
    owners = np.concatenate([[0], np.where(given, 1, 2)])[labels]
    drawn = rgba(disputes.picture)
    assert drawn.shape == (192, 384, 4)
    for owner, colour in ((1, ACCEPTED_COLOUR), (2, REJECTED_COLOUR)):
        there = (drawn[..., :3] == colour).all(axis=2) & (drawn[..., 3] == 255)
        np.testing.assert_array_equal(there, owners == owner)
    np.testing.assert_array_equal(drawn[..., 3] == 0, labels == 0)


def test_masks_of_another_size_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"a: m is \(3, 4\)"):
        tile_of(disc(30, 40), disc(3, 4))


def test_threads_draw_the_same_and_inputs_stay_as_they_are() -> None:
    truth = disc(200, 260)
    found, image = np.roll(truth, 9, axis=1), red_photo(truth)
    before = truth.copy(), found.copy(), image.copy()

    def draw(_: int) -> Tile:
        return tile("a", image, truth, {"m": found}, TWO)

    with ThreadPoolExecutor(4) as pool:
        assert len({repr(one) for one in pool.map(draw, range(12))}) == 1
    for now, then in zip((truth, found, image), before, strict=True):
        assert np.array_equal(now, then)


def test_a_tile_of_a_real_photo_costs_less_than_60_kb(shared_data: Path) -> None:
    dataset = open_dataset(shared_data / "animals74" / "train")
    costs = []
    for example in dataset.examples[:12]:
        pair = dataset.load(example)
        found = np.roll(pair.mask % VOID, 7, axis=1)
        one = tile(pair.name, pair.image, pair.mask, dict.fromkeys("abc", found), dataset.classes)
        parts = [one.photo, one.truth, *one.masks.values(), *one.errors.values()]
        costs.append(sum(map(len, parts)))
    assert np.mean(costs) < 60_000
    assert max(costs) < 90_000
