"""Every photo is predicted by the model of its fold, exactly as `predict` does."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pictures

import maskwright
from maskwright.core import Image, Probs, Segmenter, from_function
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.evaluation.predicted import ScoredMethod
from maskwright.evaluation.scores import Scores
from maskwright.evaluation.scoring import score_sources
from maskwright.study.out_of_fold import SMALL, OutOfFold
from tests.support.folders import disc, red_photo, save
from tests.support.models import metadata, red_model, write_model

NAMES = [f"p{n}" for n in range(8)]
HELD_OUT = [NAMES[::2], NAMES[1::2]]


@pytest.fixture(params=[(64, 64), (75, 101), (150, 90)], ids=str)
def data(tmp_path: Path, request: pytest.FixtureRequest) -> Dataset:
    """Reddish discs, of which the models below are not quite sure."""
    for seed, name in enumerate(NAMES):
        mask = disc(*request.param, radius=0.2 + 0.02 * seed)
        image = red_photo(mask, seed)
        image[mask == 1] //= 3
        save(tmp_path / "data" / "images" / f"{name}.png", image)
        save(tmp_path / "data" / "masks" / f"{name}.png", mask * np.uint8(255))
    return open_dataset(tmp_path / "data")


def scored(dataset: Dataset, model: Path) -> tuple[OutOfFold, Scores]:
    found = OutOfFold(dataset, HELD_OUT, lambda: [maskwright.load(model)] * 2)
    return found, score_sources(dataset, {"unet": ScoredMethod(found)}, workers=2)


def test_a_model_whose_threshold_is_off_becomes_calibrated(data: Dataset, tmp_path: Path) -> None:
    timid = write_model(tmp_path / "timid", red_model(metadata(logit_shift=[0.0, -1.8])))
    found, scores = scored(data, timid)
    calibration = found.calibration(data.sources)
    assert calibration is not None
    assert calibration.iou_before == pytest.approx(scores.summary.iou, abs=2e-3)
    assert calibration.threshold < 0.45
    assert calibration.iou_after > scores.summary.iou + 0.1

    shift = [0.0, -1.8 + calibration.shift[1]]
    shifted = write_model(tmp_path / "m", red_model(metadata(logit_shift=shift)))
    after = maskwright.evaluate(data.root, model=shifted).summary.iou
    assert after == pytest.approx(calibration.iou_after, abs=0.01)

    # What `predict` writes is the probability of the first model, cut at the threshold.
    photos = data.root / "images"
    maskwright.predict(photos, tmp_path / "one", model=timid, save=["prob"])
    maskwright.predict(photos, tmp_path / "two", model=shifted, save=["mask"])
    for name in NAMES:
        probability = np.asarray(Pictures.open(tmp_path / "one" / "probs" / f"{name}.png")) / 65535
        mask = np.asarray(Pictures.open(tmp_path / "two" / "masks" / f"{name}.png")) > 0
        clear = np.abs(probability - calibration.threshold) > 1e-4  # not a tie, as 16 bits see it
        differs = clear & ((probability > calibration.threshold) != mask)
        # Enlarged before the shift or after it: the outline may differ by a hair.
        assert differs.mean() < 0.02
        assert not differs.any() or probability.shape != (64, 64)


def test_each_photo_is_predicted_by_the_model_of_its_fold(data: Dataset) -> None:
    def always(value: float) -> Segmenter:
        def run(image: Image, prior: Probs | None) -> Probs:
            return np.full((*image.shape[:2], 2), (1 - value, value), np.float32)

        return from_function(("background", "foreground"), run)

    found = OutOfFold(data, HELD_OUT, lambda: [always(0.25), always(0.75)])
    rows = score_sources(data, {"unet": ScoredMethod(found)}, workers=2).rows
    for row in rows:
        seen = found.predicted[row.name]
        assert seen.probs[0, 0, 1] == (0.75 if row.name in HELD_OUT[1] else 0.25)
        assert seen.probs.shape[:2] == seen.truth.shape == seen.image.shape[:2]
        assert max(seen.truth.shape) <= SMALL
        assert row.iou == 0 if row.name in HELD_OUT[0] else row.iou > 0


def test_models_are_loaded_once_from_several_threads(data: Dataset) -> None:
    loads = []

    def load() -> list[Segmenter]:
        loads.append(1)
        time.sleep(0.05)
        return []

    found = OutOfFold(data, HELD_OUT, load)
    assert loads == []
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: found.models, range(4)))
    assert loads == [1]


def test_suspects_are_those_worth_a_look(data: Dataset, tmp_path: Path) -> None:
    model = write_model(tmp_path / "m", red_model(metadata()))
    found, _ = scored(data, model)
    assert found.suspects() == ()
    path = data.root / "masks" / "p3.png"
    save(path, 255 - np.asarray(Pictures.open(path)))
    found, _ = scored(open_dataset(data.root), model)
    (suspect,) = found.suspects()
    assert suspect.name == "p3"
    assert suspect.reason.startswith("inverted")
