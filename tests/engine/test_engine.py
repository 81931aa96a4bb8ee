"""One engine for every door: whatever a photo is given as, the masks are the same."""

from __future__ import annotations

import io
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pictures

import maskwright
from maskwright.core import Image, Mask, Probs, from_function
from maskwright.data.decoding.decode import Limits
from maskwright.data.photo import read_photo
from maskwright.engine.engine import Engine
from maskwright.engine.photo import OpenPhoto
from maskwright.errors import DataError, UsageError
from maskwright.runtime.options import InferenceOptions
from tests.support.data_folders import display_p3, orientation_exif
from tests.support.models import metadata, red_green_model, red_model, write_model
from tests.support.photos import red_disc

BOTH = ("background", "foreground")


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine.load(write_model(tmp_path / "m"), InferenceOptions(threads=1))


def photos(folder: Path) -> list[Path]:
    """A large one, one that lies on its side, one in other colours, one with transparency."""
    folder.mkdir()
    disc = Pictures.fromarray(red_disc(90, 120))
    disc.resize((2600, 1950)).save(folder / "large.jpg")
    disc.save(folder / "turned.jpg", exif=orientation_exif(6))
    disc.save(folder / "p3.png", icc_profile=display_p3())
    disc.convert("RGBA").save(folder / "clear.webp", lossless=True)
    disc.convert("CMYK").save(folder / "print.tif")
    return sorted(folder.iterdir())


def test_a_path_bytes_an_open_file_and_an_array_give_equal_masks(
    engine: Engine, tmp_path: Path
) -> None:
    for path in photos(tmp_path / "photos"):
        expected = engine.segment(path).mask()
        assert 0 < expected.mean() < 1
        with path.open("rb") as file:
            sources = (str(path), path.read_bytes(), io.BytesIO(path.read_bytes()), file)
            for source in sources:
                np.testing.assert_array_equal(engine.segment(source).mask(), expected, str(path))
        whole = read_photo(path).srgb()
        if path.name != "large.jpg":  # which is decoded at less than its size from a file
            np.testing.assert_array_equal(engine.segment(whole).mask(), expected, str(path))


def test_an_open_file_can_be_given_twice(engine: Engine) -> None:
    file = io.BytesIO()
    Pictures.fromarray(red_disc()).save(file, "PNG")
    first, second = (engine.segment(file).mask() for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_the_engine_gives_what_predict_writes(tmp_path: Path) -> None:
    model, paths = write_model(tmp_path / "m"), photos(tmp_path / "photos")
    maskwright.predict(tmp_path / "photos", tmp_path / "out", model=model, save=["mask", "prob"])
    engine = Engine.load(model)
    for path in paths:
        found = engine.segment(path.read_bytes())
        written = np.asarray(Pictures.open(tmp_path / "out" / "masks" / f"{path.stem}.png"))
        np.testing.assert_array_equal(found.mask() * np.uint8(255), written)
        plane = np.asarray(Pictures.open(tmp_path / "out" / "probs" / f"{path.stem}.png"))
        np.testing.assert_array_equal(found.plane(1), plane)


def test_eight_threads_share_one_engine(engine: Engine, tmp_path: Path) -> None:
    paths = photos(tmp_path / "photos")
    expected = [engine.segment(path).mask() for path in paths]

    def again(at: int) -> Mask:
        return engine.segment(paths[at % len(paths)].read_bytes()).mask()

    with ThreadPoolExecutor(8) as pool:
        for at, mask in enumerate(pool.map(again, range(8 * len(paths)))):
            np.testing.assert_array_equal(mask, expected[at % len(paths)])


def test_a_prior_of_any_size_reaches_the_segmenter_and_stays_certain() -> None:
    given: list[Probs] = []

    def noted(image: Image, prior: Probs | None) -> Probs:
        assert prior is not None
        given.append(prior)
        return prior

    prior = np.full((300, 4000, 2), 0.5, np.float32)
    prior[150, 1000] = (0, 1)  # a click of one pixel
    prior[:, 3999] = (1, 0)
    photo = np.zeros((300, 4000, 3), np.uint8)
    found = Engine(from_function(BOTH, noted)).segment(photo, prior)
    (seen,) = given
    assert seen.shape[:2] == found.image.shape[:2]
    assert max(seen.shape) == 2048
    assert (seen[:, :, 1] == 1).sum() == 1
    assert (seen[:, -1, 0] == 1).all()
    np.testing.assert_allclose(seen.sum(axis=2), 1)


def test_options_are_picklable_and_make_the_same_engine(tmp_path: Path) -> None:
    model = write_model(tmp_path / "m")
    options = InferenceOptions(threads=1, tile=64, overlap=0.5, threshold=0.3)
    again = pickle.loads(pickle.dumps(options))  # noqa: S301 - our own, made a moment ago
    assert again == options
    image = red_disc(100, 150)
    first, second = (Engine.load(model, one).segment(image).mask() for one in (options, again))
    np.testing.assert_array_equal(first, second)


def test_a_cut_out_is_the_photo_under_its_alpha(engine: Engine) -> None:
    image = red_disc(100, 150)
    found = engine.segment(image)
    rgba = found.cut_out()
    assert rgba.shape == (100, 150, 4)
    np.testing.assert_array_equal(rgba[:, :, 3], found.alpha())
    inside = rgba[:, :, 3] == 255
    np.testing.assert_array_equal(rgba[inside][:, :3], image[inside])
    cropped = found.cut_out(crop=True)
    np.testing.assert_array_equal(cropped, rgba[found.box(crop=True)])


def test_a_threshold_and_limits_count(tmp_path: Path) -> None:
    model, image = write_model(tmp_path / "m"), red_disc(80, 80)
    usual, strict = (
        Engine.load(model, InferenceOptions(threshold=one)).segment(image).mask().sum()
        for one in (None, 0.9999)
    )
    assert strict < usual
    Pictures.fromarray(image).save(tmp_path / "a.png")
    small = Engine.load(model, InferenceOptions(limits=Limits(pixels=100)))
    for source in (tmp_path / "a.png", (tmp_path / "a.png").read_bytes()):
        with pytest.raises(DataError, match="more than the limit"):
            small.segment(source)
    several = write_model(tmp_path / "s", red_green_model())
    with pytest.raises(UsageError, match="two classes"):
        Engine.load(several, InferenceOptions(threshold=0.4))


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 5), np.uint8),
        np.zeros((4, 5, 4), np.uint8),
        np.zeros((4, 5, 3), np.float32),
        np.zeros((0, 5, 3), np.uint8),
    ],
)
def test_arrays_that_are_no_photos_are_refused(array: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"\(H, W, 3\) uint8 RGB, not .*read_photo"):
        OpenPhoto(array)


def test_what_is_no_photo_is_refused_whatever_it_is_given_as(
    engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "text.jpg").write_text("hello")
    for source in (tmp_path / "text.jpg", b"hello", io.BytesIO(b"hello"), tmp_path / "none.jpg"):
        with pytest.raises(DataError):
            engine.segment(source)


@pytest.mark.parametrize("side", [64, 2048])
def test_what_was_transparent_is_background_and_stays_transparent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: int
) -> None:
    """Also where the photo is segmented at another size."""
    monkeypatch.setattr("maskwright.engine.engine.WORKING_SIDE", side)
    engine = Engine.load(write_model(tmp_path / "m"), InferenceOptions(threads=1))
    plain = red_disc(90, 120)
    alpha = np.full((90, 120), 255, np.uint8)
    alpha[:, :55], alpha[:, 55:65] = 0, 100
    path = tmp_path / "a.png"
    Pictures.fromarray(np.dstack([plain, alpha])).save(path)
    whole, found = engine.segment(plain), engine.segment(path)
    assert (whole.mask()[alpha == 0] == 1).any()
    assert not found.mask()[alpha == 0].any()
    assert not found.plane(1)[alpha == 0].any()
    assert (found.plane(0)[alpha == 0] == 65535).all()
    np.testing.assert_array_equal(found.mask()[:, 60:], whole.mask()[:, 60:])
    cut = found.cut_out()
    assert not cut[alpha == 0, 3].any()
    assert cut[alpha == 100, 3].max() == 100
    assert cut[alpha == 255, 3].max() == 255
    assert found.box(crop=True)[1].start >= 55


def test_the_options_or_the_model_say_how_many_bits_photos_have(tmp_path: Path) -> None:
    grey = np.arange(96 * 64, dtype=np.uint16).reshape(96, 64) % 1024
    Pictures.fromarray(grey).save(tmp_path / "a.png")
    seen: list[int] = []

    def brightest(image: Image, prior: Probs | None) -> Probs:
        seen.append(int(image.max()))
        return np.full((*image.shape[:2], 2), 0.5, np.float32)

    for bits in (None, 10, 12, 16):
        options = InferenceOptions(bits=bits)
        Engine(from_function(BOTH, brightest), options=options).segment(tmp_path / "a.png")
    assert seen == [255, 255, 64, 4]
    model = write_model(tmp_path / "m", red_model(metadata(bits=12)))
    assert Engine.load(model).bits == 12
    assert Engine.load(model, InferenceOptions(bits=16)).bits == 16
    with pytest.raises(UsageError, match="--bits 13"):
        InferenceOptions(bits=13)
