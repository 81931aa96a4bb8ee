"""GrabCut against OpenCV's own call, on real photos, and on seeds that other programs trip over."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from maskwright.classical.grabcut import Engine, grabcut
from maskwright.classical.seeds.priors import (
    centred_box,
    prior_from_boxes,
    prior_from_strokes,
    two_class_probs,
)
from maskwright.core import VOID, Image, Probs
from maskwright.data.photo import read_photo
from tests.contract import assert_probabilities, photo
from tests.support.shapes import grey as grey_pixels

ENGINES = ["fast", "opencv"]
FAST, OPENCV = grabcut(engine="fast"), grabcut(engine="opencv")
engines = pytest.mark.parametrize("engine", ENGINES)


def foreground(probs: Probs) -> np.ndarray:
    return probs[:, :, 1] > 0.5


def disc_on_meadow(
    height: int = 120, width: int = 150, noise: float = 12
) -> tuple[Image, np.ndarray, Probs]:
    """A photo, the truth, and a box around the object."""
    rng = np.random.default_rng(0)
    image = rng.normal((60, 130, 50), noise, (height, width, 3))
    rows, columns = np.mgrid[:height, :width]
    truth = (rows - height / 2) ** 2 + (columns - width / 2) ** 2 < (height / 4) ** 2
    image[truth] = rng.normal((190, 80, 60), noise, (truth.sum(), 3))
    margin = height // 6
    prior = prior_from_boxes([(margin, margin, width - margin, height - margin)], height, width)
    return np.clip(image, 0, 255).astype(np.uint8), truth, prior


def plain_opencv(image: Image, prior: Probs, iterations: int = 5) -> np.ndarray:
    """The call as OpenCV's own tutorial makes it."""
    mask = np.full(image.shape[:2], cv2.GC_PR_FGD, np.uint8)
    mask[prior[:, :, 1] < 0.5] = cv2.GC_PR_BGD
    mask[prior[:, :, 1] == 0] = cv2.GC_BGD
    mask[prior[:, :, 1] == 1] = cv2.GC_FGD
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    cv2.grabCut(bgr, mask, (0, 0, 1, 1), *models, iterations, cv2.GC_INIT_WITH_MASK)
    return (mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)


def real_photos(data: Path, every: int) -> list[tuple[Image, np.ndarray, Probs]]:
    """Photos with their masks and boxes, some with several objects."""
    folder = data / "animals74" / "train"
    boxes = json.loads((folder / "boxes.json").read_text())
    found = []
    for name in sorted(boxes)[::every]:
        image = read_photo(folder / "images" / f"{name}.jpg").pixels
        mask = grey_pixels(folder / "masks" / f"{name}.png")
        prior = prior_from_boxes([tuple(box) for box in boxes[name]], *mask.shape)
        found.append((image, mask, prior))
    return found


def error(probs: Probs, mask: np.ndarray) -> float:
    """Mislabelled pixels in per cent."""
    return 100 * float(np.mean((foreground(probs) != (mask == 1))[mask != VOID]))


@engines
def test_an_object_in_a_box_is_found(engine: Engine) -> None:
    image, truth, prior = disc_on_meadow()
    np.testing.assert_array_equal(foreground(grabcut(engine=engine)(image, prior)), truth)


@engines
def test_without_a_prior_the_box_is_centred(engine: Engine) -> None:
    image, truth, _ = disc_on_meadow()
    height, width = truth.shape
    segmenter = grabcut(engine=engine)
    centred = prior_from_boxes([centred_box(height, width)], height, width)
    np.testing.assert_array_equal(segmenter(image), segmenter(image, centred))
    np.testing.assert_array_equal(foreground(segmenter(image)), truth)


@pytest.mark.parametrize("iterations", [1, 3])
def test_the_mask_of_the_reference_is_that_of_opencv(iterations: int) -> None:
    for seed in range(3):
        image = photo(70, 90, seed)
        strokes = np.zeros((70, 90), np.uint8)
        strokes[35, 40:50], strokes[2, :] = 1, 2
        leaning = np.random.default_rng(seed).choice(
            np.array([0, 0.2, 0.5, 0.8, 1], np.float32), (70, 90)
        )
        for prior in (
            prior_from_boxes([(10, 12, 80, 60)], 70, 90),
            prior_from_strokes(strokes),
            two_class_probs(leaning),
        ):
            found = grabcut(engine="opencv", iterations=iterations)(image, prior)
            np.testing.assert_array_equal(foreground(found), plain_opencv(image, prior, iterations))


def test_the_mask_of_the_reference_is_that_of_opencv_on_real_photos(shared_data: Path) -> None:
    for image, _, prior in real_photos(shared_data, every=30):
        np.testing.assert_array_equal(
            foreground(OPENCV(image, prior)), plain_opencv(image, prior, 5)
        )


@pytest.mark.slow
def test_the_fast_engine_errs_no_more_than_the_reference_on_real_photos(shared_data: Path) -> None:
    errors = np.array(
        [
            [error(segmenter(image, prior), mask) for segmenter in (FAST, OPENCV)]
            for image, mask, prior in real_photos(shared_data, every=8)
        ]
    )
    fast, reference = errors.mean(axis=0)
    assert fast < reference + 0.5
    assert np.median(np.abs(errors[:, 0] - errors[:, 1])) < 1


@pytest.mark.parametrize("name", ["2009_002010", "2010_001908"])
def test_a_faint_object_does_not_vanish_from_its_box(shared_data: Path, name: str) -> None:
    train = shared_data / "animals74" / "train"
    image = read_photo(train / "images" / f"{name}.jpg").srgb()
    boxes = json.loads((train / "boxes.json").read_text())[name]
    prior = prior_from_boxes([tuple(box) for box in boxes], *image.shape[:2])
    assert not foreground(OPENCV(image, prior)).any()  # the shortest outline is none
    assert foreground(FAST(image, prior)).sum() > 0.05 * (prior[:, :, 1] > 0).sum()


def test_several_objects_are_found_each_in_its_box() -> None:
    one, truth, prior = disc_on_meadow()
    image = np.concatenate([one, one[:, :60], one], axis=1)
    gap = np.zeros((120, 60), bool)
    prior = np.concatenate([prior, two_class_probs(gap.astype(np.float32)), prior], axis=1)
    expected = np.concatenate([truth, gap, truth], axis=1)
    for segmenter in (FAST, OPENCV):
        np.testing.assert_array_equal(foreground(segmenter(image, prior)), expected)


@engines
def test_what_is_certain_stays_exactly(engine: Engine) -> None:
    image, _, prior = disc_on_meadow()
    prior[50:53, 60:90] = (1, 0)
    prior[25:30, 30:60] = (0, 1)
    found = grabcut(engine=engine)(image, prior)
    sure = (prior[:, :, 1] == 0) | (prior[:, :, 1] == 1)
    np.testing.assert_array_equal(found[sure], prior[sure])
    assert_probabilities(found, image, FAST)


@engines
def test_the_colour_says_how_sure_a_pixel_is(engine: Engine) -> None:
    image, _, prior = disc_on_meadow(noise=45)
    found = grabcut(engine=engine)(image, prior)[:, :, 1]
    redness = image[:, :, 0].astype(float) - image[:, :, 1]
    for side in (found > 0.5, (found < 0.5) & (found > 0)):
        assert np.ptp(found[side]) > 0.1
        assert np.corrcoef(found[side], redness[side])[0, 1] > 0.2


SIDE = 60
NOTHING_TO_LEARN = {
    "nothing known": np.full((SIDE, SIDE), 0.5),
    "no background": np.where(np.eye(SIDE) > 0, 1, 0.5),
    "no foreground": np.where(np.eye(SIDE) > 0, 0, 0.25),
    "all background": np.zeros((SIDE, SIDE)),
    "all foreground": np.ones((SIDE, SIDE)),
    "all certain": np.eye(SIDE),
    "leaning to the foreground everywhere": np.full((SIDE, SIDE), 0.7),
    "leaning to the background everywhere": np.full((SIDE, SIDE), 0.3),
}


@engines
@pytest.mark.parametrize("case", list(NOTHING_TO_LEARN))
def test_where_nothing_can_be_learned_the_prior_is_the_answer(engine: Engine, case: str) -> None:
    prior = two_class_probs(NOTHING_TO_LEARN[case].astype(np.float32))
    found = grabcut(engine=engine)(photo(SIDE, SIDE), prior)
    np.testing.assert_array_equal(found, prior)
    assert not np.shares_memory(found, prior)


@engines
@pytest.mark.parametrize("pixels", range(1, 7))
def test_fewer_seeds_than_gaussians(engine: Engine, pixels: int) -> None:
    segmenter, image = grabcut(engine=engine), photo(SIDE, SIDE)
    few_unknown = np.zeros((SIDE, SIDE), np.float32)
    few_unknown[30, 30 : 30 + pixels] = 0.5
    few_background = np.full((SIDE, SIDE), 0.5, np.float32)
    few_background[0, :pixels] = 0
    few_foreground = np.full((SIDE, SIDE), 0.2, np.float32)
    few_foreground[30, 30 : 30 + pixels] = 1
    for given_foreground in (few_unknown, few_background, few_foreground):
        assert_probabilities(segmenter(image, two_class_probs(given_foreground)), image, segmenter)


@engines
@pytest.mark.parametrize("size", [(1, 1), (1, 60), (60, 1), (2, 2), (3, 49), (49, 49)])
def test_small_photos(engine: Engine, size: tuple[int, int]) -> None:
    segmenter, image = grabcut(engine=engine), photo(*size)
    height, width = size
    box = (0, 0, max(1, width - 1), height)
    for prior in (None, prior_from_boxes([box], height, width)):
        assert_probabilities(segmenter(image, prior), image, segmenter)


@engines
@pytest.mark.parametrize("level", [0, 128, 255])
def test_photos_of_one_colour_have_no_singular_models(engine: Engine, level: int) -> None:
    segmenter, image = grabcut(engine=engine), np.full((70, 80, 3), level, np.uint8)
    assert_probabilities(
        segmenter(image, prior_from_boxes([(9, 9, 60, 60)], 70, 80)), image, segmenter
    )


@engines
def test_grey_photos(engine: Engine) -> None:
    image, truth, prior = disc_on_meadow()
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    grey[truth] = np.minimum(grey[truth].astype(int) + 90, 255)
    found = foreground(grabcut(engine=engine)(grey[:, :, None].repeat(3, axis=2), prior))
    assert np.mean(found != truth) < 0.01


def test_a_large_photo() -> None:
    image, truth, _ = disc_on_meadow(300, 400)
    large = np.asarray(cv2.resize(image, (2800, 2100), interpolation=cv2.INTER_LINEAR), np.uint8)
    truth = cv2.resize(truth.astype(np.uint8), (2800, 2100), interpolation=cv2.INTER_NEAREST) > 0
    found = foreground(FAST(large, prior_from_boxes([(300, 300, 2500, 1800)], 2100, 2800)))
    assert np.mean(found != truth) < 0.01


@engines
def test_threads_do_not_change_the_result(engine: Engine) -> None:
    """OpenCV's generator is per thread: a segmenter that does not set it depends on the past."""
    segmenter = grabcut(engine=engine)
    image = np.random.default_rng(3).integers(0, 256, (80, 90, 3)).astype(np.uint8)
    prior = prior_from_boxes([(10, 10, 70, 70)], 80, 90)
    cv2.setRNGSeed(1)
    expected = segmenter(image, prior)

    def after_a_draw(seed: int) -> Probs:
        cv2.setRNGSeed(seed)
        return segmenter(image, prior)

    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(after_a_draw, range(8)):
            np.testing.assert_array_equal(found, expected)


def test_more_iterations_change_the_result_until_it_settles() -> None:
    image = np.asarray(cv2.GaussianBlur(photo(140, 180, seed=5), (0, 0), 4), np.uint8)
    prior = prior_from_boxes([(20, 20, 160, 120)], 140, 180)
    found = [grabcut(iterations=number)(image, prior) for number in (1, 40, 60)]
    assert not np.array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[1], found[2])


class TestLeaningPrior:
    """A prior that is neither certain nor one half, which OpenCV cannot take."""

    @staticmethod
    def found(left: float, right: float, weight: float = 1) -> tuple[float, float]:
        """How much of two equal discs in one box is found, with a leaning around each."""
        one, truth, _ = disc_on_meadow()
        prior = prior_from_boxes([(10, 10, 290, 110)], 120, 300)
        prior[20:100, 30:120] = (1 - left, left)
        prior[20:100, 180:270] = (1 - right, right)
        segmenter = grabcut(prior_weight=weight)
        mask = foreground(segmenter(np.concatenate([one, one], axis=1), prior))
        return float(mask[:, :150][truth].mean()), float(mask[:, 150:][truth].mean())

    def test_one_half_leans_nowhere(self) -> None:
        assert self.found(0.5, 0.5) == (1, 1)
        assert self.found(0.5, 0.5, weight=9) == (1, 1)

    @pytest.mark.parametrize("leaning", [0.6, 0.8, 0.99])
    def test_it_tells_equal_colours_apart(self, leaning: float) -> None:
        """Equal colours have equal odds: nothing but the place can tell the discs apart."""
        assert self.found(leaning, 1 - leaning, weight=20) == (1, 0)
        assert self.found(1 - leaning, leaning, weight=20) == (0, 1)
        left, right = self.found(leaning, 1 - leaning, weight=0)
        assert left == pytest.approx(right, abs=0.05)

    def test_more_of_it_moves_an_outline_further(self) -> None:
        """Of an object that fades into what is around it."""
        fade = np.linspace(40, 220, 160) + np.random.default_rng(0).normal(0, 25, (120, 160))
        image = np.clip(fade, 0, 255).astype(np.uint8)[:, :, None].repeat(3, axis=2)
        prior = prior_from_boxes([(20, 0, 160, 120)], 120, 160)
        areas = []
        for leaning in (0.001, 0.3, 0.5, 0.7, 0.999):
            prior[:, 25:140] = (1 - leaning, leaning)
            prior[:, 150:] = (0, 1)
            areas.append(foreground(FAST(image, prior))[:, 20:].mean())
        assert areas == sorted(areas)
        assert areas[0] < areas[2] - 0.05
        assert areas[4] > areas[2] + 0.05

    def test_a_box_has_no_leaning(self) -> None:
        image, _, prior = disc_on_meadow(noise=45)
        expected = grabcut(prior_weight=0)(image, prior)
        np.testing.assert_array_equal(grabcut(prior_weight=9)(image, prior), expected)


LEVELS = np.array([0, 0.01, 0.3, 0.5, 0.7, 0.99, 1], np.float32)


@engines
@settings(max_examples=60)
@given(data=st.data())
def test_any_prior_gives_probabilities(engine: Engine, data: st.DataObject) -> None:
    size = data.draw(st.tuples(st.integers(1, 20), st.integers(1, 20)))
    choices = data.draw(st.lists(st.sampled_from(LEVELS.tolist()), min_size=1, max_size=4))
    chosen = data.draw(arrays(np.int64, size, elements=st.integers(0, len(choices) - 1)))
    image = data.draw(arrays(np.uint8, (*size, 3)))
    prior = two_class_probs(np.array(choices, np.float32)[chosen])
    kept = prior.copy()
    segmenter = grabcut(engine=engine)
    found = segmenter(image, prior)
    assert_probabilities(found, image, segmenter)
    np.testing.assert_array_equal(prior, kept)
    sure = (prior[:, :, 1] == 0) | (prior[:, :, 1] == 1)
    np.testing.assert_array_equal(found[sure], prior[sure])


@pytest.mark.parametrize(
    "options",
    [
        {"engine": "slow"},
        {"iterations": 0},
        {"iterations": 2.5},
        {"prior_weight": -1},
        {"prior_weight": float("nan")},
        {"prior_weight": float("inf")},
    ],
)
def test_options_are_checked(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        grabcut(**options)


@pytest.mark.parametrize(("code", "is_answer"), [(-215, True), (-4, False)])
def test_only_what_opencv_refuses_is_an_answer(
    code: int, is_answer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An assertion is its way to refuse a photo; that memory is short says nothing of the photo."""

    def fail(*arguments: object) -> None:
        error = cv2.error("as asked")
        error.code = code
        raise error

    monkeypatch.setattr(cv2, "grabCut", fail)
    image = np.random.default_rng(0).integers(0, 255, (20, 30, 3), np.uint8)
    prior = prior_from_boxes([(5, 5, 25, 15)], 20, 30)
    if is_answer:
        np.testing.assert_array_equal(OPENCV(image, prior), prior)
    else:
        with pytest.raises(cv2.error):
            OPENCV(image, prior)
