"""Post-processing is chosen on held-out photos, and only if it helps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import maskwright
from maskwright.data.dataset import open_dataset
from maskwright.metrics.region import iou
from maskwright.refine.clean import Clean, cleaned
from maskwright.study.finishing import (
    CLEANINGS,
    choose,
    finished_ious,
    finishing_of_folds,
    finishing_seconds,
)
from maskwright.study.folds import FoldModels
from tests.support.folders import disc, red_photo, save
from tests.support.models import red_green_model, red_model, write_model


def table(photos: int, guided: float, cleaning: float, spread: float) -> np.ndarray:
    """IoUs of photos in which ways differ by so much on average."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, spread, (photos, 2, len(CLEANINGS)))
    gains = np.zeros((2, len(CLEANINGS)))
    gains[0] += guided
    gains[:, 7] += cleaning
    plain = rng.uniform(0.5, 0.9, (photos, 1, 1))
    return np.asarray(plain + gains + noise * (gains != 0))


@pytest.mark.parametrize(
    ("guided", "cleaning", "enlarge", "clean"),
    [
        (0.02, 0.03, "guided", CLEANINGS[7]),
        (0.0, 0.0, "guided", None),
        (-0.05, 0.0, "bilinear", None),
        (-0.05, 0.03, "bilinear", CLEANINGS[7]),
        (0.02, -0.03, "guided", None),
    ],
)
def test_the_best_combination_is_chosen(
    guided: float, cleaning: float, enlarge: str, clean: Clean | None
) -> None:
    found = choose(table(60, guided, cleaning, 0.02), [at % 5 for at in range(60)])
    assert (found.enlarge, found.clean) == (enlarge, clean)
    assert found.iou_after >= found.iou_before - 1e-9


def test_a_fixed_enlargement_is_kept() -> None:
    ious = table(60, -0.05, 0.03, 0.02)
    found = choose(ious, [at % 5 for at in range(60)], enlarge="guided")
    assert (found.enlarge, found.clean) == ("guided", CLEANINGS[7])


def test_chance_gains_choose_no_cleaning() -> None:
    rng = np.random.default_rng(1)
    lucky = 0
    for _ in range(40):
        noise = 0.7 + rng.normal(0, 0.05, (12, 2, len(CLEANINGS)))
        found = choose(noise, [at % 4 for at in range(12)])
        plain = noise[:, 0 if found.enlarge == "guided" else 1, 0].mean()
        assert found.clean is None or found.iou_after > plain
        lucky += found.clean is not None
    assert lucky <= 2


def test_folds_are_judged_by_the_choice_of_the_others() -> None:
    ious = np.full((8, 2, len(CLEANINGS)), 0.5)
    ious[:4, :, 7] = 0.9  # good for one fold, bad for the other
    ious[4:, :, 7] = 0.3
    found = choose(ious, [0] * 4 + [1] * 4)
    assert found.clean is None
    assert found.iou_after == pytest.approx(0.5)


def test_ious_are_those_of_the_finished_masks(tmp_path: Path) -> None:
    model = maskwright.load(write_model(tmp_path / "m", red_model()))
    truth = disc(96, 128, radius=0.3)
    image = red_photo(truth, 0)
    found = finished_ious(model.network, model.metadata.resize, image, truth)
    plain = model(image).argmax(axis=2).astype(np.uint8)
    assert found[1, 0] == pytest.approx(iou(truth, plain))
    follows = maskwright.load(tmp_path / "m", enlarge="guided")
    mask = follows(image).argmax(axis=2).astype(np.uint8)
    assert found[0, 0] == pytest.approx(iou(truth, mask))
    assert found.shape == (2, len(CLEANINGS))
    network, resize = model.network, model.metadata.resize
    np.testing.assert_array_equal(
        finished_ious(network, resize, image, truth, clean=False), found[:, :1]
    )


def test_the_gain_of_cleaning_a_large_photo_is_measured_on_a_copy(tmp_path: Path) -> None:
    model = maskwright.load(write_model(tmp_path / "m", red_model()))
    truth = disc(900, 1200, radius=0.3)
    image = red_photo(truth, 0)
    image[40:130, 40:130] = (240, 20, 30)  # red, and no object
    found = finished_ious(model.network, model.metadata.resize, image, truth)
    mask = model(image)
    at = CLEANINGS.index(Clean(0.1, 0.0))
    whole = iou(truth, cleaned(mask, CLEANINGS[at]).argmax(axis=2).astype(np.uint8))
    assert found[1, at] - found[1, 0] > 0.005
    assert found[1, at] == pytest.approx(whole, abs=0.004)


def test_several_classes_are_not_cleaned(tmp_path: Path) -> None:
    model = maskwright.load(write_model(tmp_path / "m", red_green_model()))
    truth = disc(96, 128, radius=0.3)
    network, resize = model.network, model.metadata.resize
    assert finished_ious(network, resize, red_photo(truth, 0), truth).shape == (2, 1)


def test_specks_in_held_out_masks_are_cleaned(tmp_path: Path) -> None:
    names = [f"p{at}" for at in range(8)]
    for seed, name in enumerate(names):
        mask = disc(128, 128, radius=0.25 + 0.01 * seed)
        image = red_photo(mask, seed)
        image[4:12, 4 + seed : 12 + seed] = (240, 20, 30)  # red, and no object
        save(tmp_path / "data" / "images" / f"{name}.png", image)
        save(tmp_path / "data" / "masks" / f"{name}.png", mask * np.uint8(255))
    model = maskwright.load(write_model(tmp_path / "m", red_model()), threads=1)
    dataset = open_dataset(tmp_path / "data")
    found = finishing_of_folds(FoldModels(dataset, [names[::2], names[1::2]], [model, model], 2))
    assert found.clean is not None
    assert found.clean.components > 0
    assert found.iou_after > found.iou_before
    assert 0 < finishing_seconds(dataset, model.network, model.metadata.resize) < 60
