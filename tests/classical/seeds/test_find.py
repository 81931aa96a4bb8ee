"""The seeds that the options name, and the prior that each photo gets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pictures

from maskwright.classical.seeds.find import Seeds, find_seeds, seeds_of_model
from maskwright.classical.seeds.options import SeedOptions
from maskwright.classical.seeds.priors import centred_box, prior_from_boxes, prior_from_strokes
from maskwright.core import Image, Probs
from maskwright.data.decoding.decode import Limits
from maskwright.errors import DataError, UsageError
from maskwright.runtime.segmenter import load
from tests.support.data_folders import picture, write
from tests.support.models import red_green_model, write_model

IMAGE = picture(0, 30, 40)
NOTHING = SeedOptions()


def seeds(
    options: SeedOptions = NOTHING, *, data: Path | None = None, photos: Sequence[str] = ()
) -> Seeds:
    return find_seeds(options, limits=Limits(), data=data, photos=photos)


def of_boxes(path: Path, **boxes: list[list[float]]) -> Seeds:
    return seeds(SeedOptions(box=str(write_boxes(path, **boxes))))


def found(given: Seeds, name: str = "a", image: Image = IMAGE, size: int = 1) -> Probs:
    """The prior of a photo `size` times as large as its working image."""
    prior = given.find(name, image, image.shape[0] * size, image.shape[1] * size)
    assert prior.shape == (*image.shape[:2], 2)
    assert prior.dtype == np.float32
    np.testing.assert_array_equal(prior.sum(axis=2), 1)
    return prior


def write_boxes(path: Path, **of: list[list[float]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(of))
    return path


def test_nothing_given_is_a_centred_box(tmp_path: Path) -> None:
    for given in (seeds(), seeds(data=tmp_path)):
        assert given.description == "a centred box"
        np.testing.assert_array_equal(found(given), prior_from_boxes([centred_box(30, 40)], 30, 40))
        assert given.fingerprint("a") == given.fingerprint("b") is not None


def test_boxes_of_the_data_folder_come_before_that(tmp_path: Path) -> None:
    path = write_boxes(tmp_path / "boxes.json", a=[[3, 4, 20, 30]])
    given = seeds(data=tmp_path)
    assert given.description == f"boxes of {path}"
    np.testing.assert_array_equal(found(given), prior_from_boxes([(3, 4, 20, 30)], 30, 40))
    # What is given comes before what lies there.
    assert seeds(SeedOptions(box="0,0,9,9"), data=tmp_path).description == "the box 0,0,9,9"


def test_boxes_of_the_parts_of_a_split_come_before_a_centred_box(tmp_path: Path) -> None:
    first = write_boxes(tmp_path / "train" / "boxes.json", a=[[3, 4, 20, 30]])
    second = write_boxes(tmp_path / "Test" / "boxes.json", a=[[5, 6, 20, 30]])
    (tmp_path / "val").mkdir()
    given = seeds(data=tmp_path, photos=["train/a", "test/a"])
    assert given.description == f"boxes of {first} and {second}"
    np.testing.assert_array_equal(
        found(given, "train/a"), prior_from_boxes([(3, 4, 20, 30)], 30, 40)
    )
    np.testing.assert_array_equal(
        found(given, "test/a"), prior_from_boxes([(5, 6, 20, 30)], 30, 40)
    )


def test_one_box_for_all_photos() -> None:
    given = seeds(SeedOptions(box="3,4,20,30"))
    for name in ("a", "x/b"):
        np.testing.assert_array_equal(
            found(given, name), prior_from_boxes([(3, 4, 20, 30)], 30, 40)
        )
    with pytest.raises(DataError, match=r"--box: box 3,4,20,30 of 'c'.*9 x 9 pixels"):
        given.find("c", picture(0, 9, 9), 9, 9)


def test_boxes_are_in_pixels_of_the_full_photo_and_rounded_outwards(tmp_path: Path) -> None:
    path = write_boxes(tmp_path / "b.json", a=[[25, 29, 101, 111], [300, 0, 400, 30]])
    expected = prior_from_boxes([(2, 2, 11, 12), (30, 0, 40, 3)], 30, 40)
    np.testing.assert_array_equal(found(seeds(SeedOptions(box=str(path))), size=10), expected)


def test_a_photo_without_a_box_or_with_a_wrong_one_is_named(tmp_path: Path) -> None:
    path = write_boxes(tmp_path / "b.json", a=[[0, 0, 5, 5]], b=[[0, 0, 41, 5]], c=[])
    given = seeds(SeedOptions(box=str(path)))
    found(given, "x/a")
    for name, problem in (("b", "reaches out"), ("c", "has no box"), ("d", "no seeds")):
        with pytest.raises(DataError, match=problem) as caught:
            found(given, name)
        assert f"'{name}'" in str(caught.value)
        assert str(path) in str(caught.value)


def test_where_boxes_leave_no_background_it_is_the_photos_frame(tmp_path: Path) -> None:
    halves: list[list[float]] = [[0, 0, 20, 30], [20, 0, 40, 30]]
    given = of_boxes(tmp_path / "b.json", a=[[0, 0, 40, 30]], b=halves)
    for name in "ab":
        foreground = found(given, name)[:, :, 1]
        assert (foreground[1:-1, 1:-1] == 0.5).all()
        for side in (foreground[0], foreground[-1], foreground[:, 0], foreground[:, -1]):
            assert (side == 0).all()


def test_what_is_wrong_is_known_before_the_work(tmp_path: Path) -> None:
    given = of_boxes(tmp_path / "b.json", a=[[0, 0, 5, 5]], b=[[0, 0, 41, 5]])
    given.check("a", 30, 40)
    for name, problem in (("b", "reaches out"), ("c", "no seeds")):
        with pytest.raises(DataError, match=problem):
            given.check(name, 30, 40)
    with pytest.raises(DataError, match="reaches out"):
        seeds(SeedOptions(box="0,0,50,5")).check("a", 30, 40)
    write(tmp_path / "strokes" / "a.png", marks())
    strokes = seeds(SeedOptions(scribbles=tmp_path / "strokes"))
    strokes.check("a", 30, 40)
    with pytest.raises(DataError, match="no seeds for 'b'"):
        strokes.check("b", 30, 40)
    seeds().check("a", 30, 40)


def test_a_fingerprint_is_the_same_wherever_the_seeds_lie(tmp_path: Path) -> None:
    one = of_boxes(tmp_path / "b.json", a=[[0, 0, 5, 5]])
    other = of_boxes(tmp_path / "x" / "c.json", a=[[0, 0, 5, 5]])
    assert one.fingerprint("a") == other.fingerprint("a")
    write(tmp_path / "s" / "a.png", marks())
    strokes = seeds(SeedOptions(scribbles=tmp_path / "s"))
    probabilities = seeds(SeedOptions(prior=tmp_path / "s"))
    assert strokes.fingerprint("a") != probabilities.fingerprint("a")


def test_a_fingerprint_changes_with_the_photos_own_seeds_only(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    before = of_boxes(path, a=[[0, 0, 5, 5]], b=[[0, 0, 5, 5]])
    after = of_boxes(path, a=[[0, 0, 5, 6]], b=[[0, 0, 5, 5]])
    assert before.fingerprint("a") != after.fingerprint("a")
    assert before.fingerprint("b") == after.fingerprint("b")
    with pytest.raises(DataError, match="no seeds for 'c'"):
        after.fingerprint("c")


def marks(shift: int = 0) -> np.ndarray:
    strokes = np.zeros((30, 40), np.uint8)
    strokes[12, 10 + shift : 20], strokes[2] = 1, 2
    return strokes


def test_a_folder_of_strokes(tmp_path: Path) -> None:
    write(tmp_path / "x" / "a.png", marks())
    write(tmp_path / "b.png", marks(3))
    given = seeds(SeedOptions(scribbles=tmp_path))
    np.testing.assert_array_equal(found(given, "x/a"), prior_from_strokes(marks()))
    np.testing.assert_array_equal(found(given, "train/b"), prior_from_strokes(marks(3)))
    assert given.fingerprint("x/a") != given.fingerprint("b")
    assert str(tmp_path) in given.description
    with pytest.raises(DataError, match="no seeds for 'c'"):
        found(given, "c")


def test_two_files_for_one_photo_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.png", marks())
    write(tmp_path / "a.bmp", marks())
    with pytest.raises(DataError, match="'a' is there twice"):
        seeds(SeedOptions(scribbles=tmp_path))


def test_one_file_of_strokes_is_for_one_photo(tmp_path: Path) -> None:
    path = write(tmp_path / "strokes.png", marks())
    expected = prior_from_strokes(marks())
    np.testing.assert_array_equal(found(seeds(SeedOptions(scribbles=path), photos=["a"])), expected)
    np.testing.assert_array_equal(found(seeds(SeedOptions(scribbles=path)), "strokes"), expected)
    with pytest.raises(DataError, match="no seeds for 'a'"):
        found(seeds(SeedOptions(scribbles=path), photos=["a", "b"]))


def test_a_folder_of_probabilities(tmp_path: Path) -> None:
    levels = np.tile(np.array([0, 1, 100, 127, 128, 200, 254, 255], np.uint8), (30, 5))
    write(tmp_path / "a.png", levels)
    foreground = found(seeds(SeedOptions(prior=tmp_path)))[..., 1]
    expected = np.array([0, 1 / 255, 100 / 255, 0.5, 0.5, 200 / 255, 254 / 255, 1])
    np.testing.assert_allclose(foreground, np.tile(expected, (30, 5)), rtol=1e-6)
    assert (foreground[levels == 0] == 0).all()
    assert (foreground[levels == 255] == 1).all()
    assert (foreground[levels == 128] == 0.5).all()


def test_probabilities_of_sixteen_bits_in_the_folder_of_a_prediction(tmp_path: Path) -> None:
    deep = np.linspace(0, 65535, 300 * 400).reshape(300, 400).astype(np.uint16)
    deep[:100], deep[200:] = 0, 65535
    (tmp_path / "probs").mkdir()
    Pictures.fromarray(deep).save(tmp_path / "probs" / "a.png")
    foreground = found(seeds(SeedOptions(prior=tmp_path)), size=10)[..., 1]
    assert (foreground[:9] == 0).all()
    assert (foreground[21:] == 1).all()
    np.testing.assert_allclose(foreground[15, 20], 155.5 / 300, atol=0.005)


def test_probabilities_of_another_shape_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.png", np.zeros((40, 30), np.uint8))
    with pytest.raises(DataError, match="30 x 40 pixels do not fit a photo of 40 x 30"):
        found(seeds(SeedOptions(prior=tmp_path)))
    write(tmp_path / "b.png", picture(0, 30, 40))
    with pytest.raises(DataError, match=r"b\.png: not a grey picture"):
        found(seeds(SeedOptions(prior=tmp_path)), "b")
    write(tmp_path / "c.png", np.zeros((60, 80), np.uint8))
    with pytest.raises(DataError, match="limit"):
        given = find_seeds(SeedOptions(prior=tmp_path), limits=Limits(pixels=99))
        given.find("c", IMAGE, 30, 40)


def test_the_model_as_seeds(tmp_path: Path) -> None:
    model = load(write_model(tmp_path / "m"), threads=1)
    given = seeds_of_model(model, model.fingerprint)
    np.testing.assert_array_equal(given.find("a", IMAGE, 60, 80), model(IMAGE))
    assert given.description == "the model's probabilities"
    assert model.fingerprint in str(given.fingerprint("a"))
    several = load(write_model(tmp_path / "s", red_green_model()), threads=1)
    with pytest.raises(UsageError, match=r"background, red, green.*two classes"):
        seeds_of_model(several, several.fingerprint)
    with pytest.raises(ValueError, match="need the model"):
        seeds(SeedOptions(source="model"))


def test_seeds_come_from_one_place(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--box and --scribbles exclude each other"):
        seeds(SeedOptions(box="0,0,5,5", scribbles=tmp_path))
    with pytest.raises(UsageError, match="--prior and --seeds exclude"):
        seeds(SeedOptions(prior=tmp_path, source="model"))


@pytest.mark.parametrize("option", ["box", "scribbles", "prior"])
def test_what_is_not_there_is_said_at_once(option: str, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    wanted: dict[str, Any] = {option: str(missing) if option == "box" else missing}
    with pytest.raises(DataError, match=f"{missing}.*no such"):
        seeds(SeedOptions(**wanted))


def test_boxes_of_real_photos(shared_data: Path) -> None:
    data = shared_data / "animals74" / "train"
    given = seeds(data=data)
    stored = json.loads((data / "boxes.json").read_text())
    for path in sorted((data / "images").iterdir())[:10]:
        with Pictures.open(path) as photo:
            width, height = photo.size
        prior = given.find(
            f"images/{path.stem}", np.zeros((height, width, 3), np.uint8), height, width
        )
        expected = prior_from_boxes([tuple(box) for box in stored[path.stem]], height, width)
        np.testing.assert_array_equal(prior, expected)
