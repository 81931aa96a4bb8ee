"""Outlines follow the photo up to its own size, where that is asked for."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pictures

import maskwright
from maskwright.core import Image, Mask
from maskwright.errors import UsageError
from maskwright.metrics.boundary import boundary_f
from maskwright.outputs.manifest import FILE, read_results
from tests.support.models import metadata, red_model, write_model


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one photo that is larger than the working size."""
    folder = tmp_path_factory.mktemp("data")
    mask = np.zeros((1000, 2400), np.uint8)
    cv2.ellipse(mask, (1200, 500), (900, 350), 10, 0, 360, (1,), -1)
    image = np.where(mask[:, :, None] > 0, (220, 60, 60), (90, 110, 120)).astype(np.uint8)
    image += np.random.default_rng(0).integers(0, 10, image.shape, np.uint8)
    for name, pixels in (("images", image), ("masks", mask * 255)):
        (folder / name).mkdir()
        Pictures.fromarray(pixels).save(folder / name / "a.png", compress_level=1)
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "m"
    return write_model(folder, red_model(metadata(enlarge="guided")))


def read(path: Path) -> Image:
    return np.asarray(Pictures.open(path))


def predicted(data: Path, out: Path, model: Path, enlarge: str | None) -> Mask:
    maskwright.predict(data, out, model=model, enlarge=enlarge, save=["mask", "prob"])
    probability = read(out / "probs" / "a.png")
    mask = read(out / "masks" / "a.png")
    clear = np.abs(probability.astype(int) - 32768) > 4
    np.testing.assert_array_equal((mask == 255)[clear], (probability > 32768)[clear])
    return np.asarray(mask // 255, np.uint8)


def test_the_model_decides_and_the_caller_may(data: Path, model: Path, tmp_path: Path) -> None:
    truth = read(data / "masks" / "a.png") // 255
    bilinear = predicted(data, tmp_path / "bilinear", model, "bilinear")
    guided = predicted(data, tmp_path / "guided", model, "guided")
    default = predicted(data, tmp_path / "default", model, None)
    assert boundary_f(truth, guided) > 0.95
    assert boundary_f(truth, bilinear) < 0.7
    np.testing.assert_array_equal(default, guided)


def test_another_choice_does_the_photo_again(data: Path, model: Path, tmp_path: Path) -> None:
    photo = tmp_path / "small.png"
    Pictures.fromarray(read(data / "images" / "a.png")[::20, ::20]).save(photo)
    for enlarge, skipped in ((None, 0), (None, 1), ("bilinear", 0), ("bilinear", 1)):
        result = maskwright.predict(photo, tmp_path / "out", model=model, enlarge=enlarge)
        assert result.skipped == skipped
    assert read_results(tmp_path / "out" / FILE)["small"].options["enlarge"] == "bilinear"


def test_evaluate_scores_the_mask_that_predict_writes(
    data: Path, model: Path, tmp_path: Path
) -> None:
    truth = read(data / "masks" / "a.png") // 255
    written = boundary_f(truth, predicted(data, tmp_path / "out", model, None))
    (row,) = maskwright.evaluate(data, model=model).rows
    assert row.boundary_f == pytest.approx(written)


def test_other_ways_are_refused(data: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--enlarge nearest: choose guided or bilinear"):
        maskwright.predict(data, tmp_path / "out", model=model, enlarge="nearest")
    with pytest.raises(UsageError, match="--enlarge nearest"):
        maskwright.predict(data, tmp_path / "out", method="siox", enlarge="nearest")
