import itertools
import json
from importlib.resources import files

import numpy as np
import pytest

from maskwright.demo.album import Album, read_album


@pytest.fixture(scope="module")
def albums() -> dict[str, Album]:
    return {split: read_album(split) for split in ("train", "test")}


def test_test_objects_and_backgrounds_are_not_in_training(albums: dict[str, Album]) -> None:
    for kind in ("cutouts", "backgrounds", "whole"):
        names = {split: {one.name for one in getattr(albums[split], kind)} for split in albums}
        assert names["train"] and names["test"]
        assert not names["train"] & names["test"]
    groups = {split: {cutout.group for cutout in albums[split].cutouts} for split in albums}
    assert not groups["train"] & groups["test"]


def test_no_piece_of_a_test_photo_is_in_training() -> None:
    outlines = json.loads(files("maskwright.demo").joinpath("outlines.json").read_text("utf-8"))
    pieces = outlines["backgrounds"] + outlines["whole_photos"]
    for trained, tested in itertools.product(pieces, pieces):
        splits, same = (trained["split"], tested["split"]), trained["photo"] == tested["photo"]
        if splits == ("train", "test") and same:
            assert not _overlap(trained["box"], tested["box"]), (trained, tested)


def _overlap(one: list[int], other: list[int]) -> bool:
    return all(
        one[axis] < other[axis] + other[axis + 2] and other[axis] < one[axis] + one[axis + 2]
        for axis in (0, 1)
    )


def test_cutouts_fill_their_boxes_softly(albums: dict[str, Album]) -> None:
    for cutout in albums["train"].cutouts + albums["test"].cutouts:
        alpha = cutout.pixels[:, :, 3]
        solid = alpha >= 128
        assert solid[0].any() and solid[-1].any() and solid[:, 0].any() and solid[:, -1].any()
        assert 0.3 < solid.mean() < 0.95, cutout.name
        assert ((alpha > 0) & (alpha < 255)).any(), cutout.name


def test_where_photos_cut_their_objects_off_is_known(albums: dict[str, Album]) -> None:
    cut_off = {cutout.name: cutout.cut_off for cutout in albums["train"].cutouts}
    assert cut_off["cat"] == {"left", "top", "bottom"}
    assert cut_off["astronaut"] == {"right", "bottom"}
    assert cut_off["motorcycle"] == frozenset()


def test_holes_are_not_object(albums: dict[str, Album]) -> None:
    (cameraman,) = [one for one in albums["train"].cutouts if one.name == "cameraman"]
    # Sky shows between the man's face and his camera: light, enclosed by his outline.
    alpha = cameraman.pixels[:, :, 3]
    rows = np.s_[115:140]
    assert (alpha[rows, 240:280] == 0).any()
    assert (alpha[rows, :230] > 0).any()


def test_whole_photos_have_their_objects_outlined(albums: dict[str, Album]) -> None:
    for pair in albums["train"].whole + albums["test"].whole:
        assert pair.image.shape[:2] == pair.mask.shape
        assert set(np.unique(pair.mask)) == {0, 1}
    (dahlia,) = [pair for pair in albums["test"].whole if pair.name == "dahlia"]
    inside = dahlia.image[dahlia.mask == 1].mean(axis=0)
    assert inside[0] > 1.5 * inside[2], "an orange flower"
    outside = dahlia.image[dahlia.mask == 0].mean(axis=0)
    assert outside[0] < outside[1], "before green and blue leaves"
