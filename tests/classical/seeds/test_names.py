"""Seeds are found by the names of their photos."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Sequence

import pytest

from maskwright.classical.seeds.names import SeedNames
from maskwright.errors import DataError


def names(known: Sequence[str], photos: Sequence[str] = ()) -> SeedNames[str]:
    return SeedNames("boxes.json", [(name, name) for name in known], photos)


def found(known: Sequence[str], photo: str, photos: Sequence[str] = ()) -> str:
    return names(known, photos).find(photo)


def test_the_own_name_comes_first() -> None:
    assert found(["a", "x/a", "y/x/a"], "x/a", ["x/a", "a"]) == "x/a"


@pytest.mark.parametrize(
    ("known", "photo"), [("a", "train/a"), ("train/a", "a"), ("x/a", "y/x/a"), ("a.b", "x/a.b")]
)
def test_one_may_be_the_end_of_the_other(known: str, photo: str) -> None:
    assert found([known, "b", "aa"], photo) == known


@pytest.mark.parametrize(
    ("known", "photo"), [("train1", "train10"), ("y/a", "x/a"), ("rain1", "train1"), ("a", "a.jpg")]
)
def test_nothing_is_guessed(known: str, photo: str) -> None:
    with pytest.raises(DataError, match=rf"boxes\.json: no seeds for '{photo}'.*add them"):
        found([known], photo)


def test_a_near_miss_is_pointed_out() -> None:
    with pytest.raises(DataError, match="did you mean 'img_001'"):
        found(["img_001"], "img-001")


def test_seeds_that_may_be_either_are_refused() -> None:
    with pytest.raises(DataError, match="'a' may be x/a or y/a"):
        found(["x/a", "y/a"], "a")
    with pytest.raises(DataError, match="'a' may be x/a or y/a"):
        found(["a"], "x/a", ["x/a", "y/a", "b"])
    assert found(["a"], "x/a", ["x/a", "b"]) == "a"


def test_an_accent_is_the_same_however_it_is_stored() -> None:
    composed, apart = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))
    assert found([apart], f"x/{composed}") == apart


def test_one_name_stored_in_two_ways_is_there_twice() -> None:
    composed, apart = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))
    with pytest.raises(DataError, match="is there twice"):
        found([composed, apart], "café")


def test_a_name_may_have_the_ending_of_its_photo() -> None:
    assert found(["2007_000332.jpg", "b"], "2007_000332") == "2007_000332.jpg"
    assert found(["x/a.JPG"], "a") == "x/a.JPG"
    assert found(["a.jpg", "a"], "a") == "a"
    # Photos of one name keep their endings.
    assert found(["a.jpg", "a.png"], "a.png") == "a.png"
    with pytest.raises(DataError, match="no seeds for 'a'"):
        found(["a.jpg", "a.png"], "a")


def test_many_photos_are_found_without_comparing_each_to_each() -> None:
    photos = [f"part/{at}" for at in range(30_000)]
    many = names([str(at) for at in range(30_000)], photos)
    start = time.process_time()
    assert [many.find(photo) for photo in photos[:2000]] == [str(at) for at in range(2000)]
    assert time.process_time() - start < 2  # each to each takes tens of seconds
    same = names([f"{at}/a" for at in range(30_000)])
    with pytest.raises(DataError, match="'a' may be 0/a or 1/a or") as caught:
        same.find("a")
    assert len(str(caught.value)) < 200
