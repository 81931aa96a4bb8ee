"""SIOX against its slow reference, and on seeds that leave it nothing to learn from."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from maskwright.classical.seeds.priors import prior_from_boxes, prior_from_strokes, two_class_probs
from maskwright.classical.siox import CLUSTER_SIZE, siox
from maskwright.core import Image, Probs, at_size
from maskwright.data.photo import read_photo
from tests.support import siox_reference
from tests.support.photos import red_disc

STROKES, BOX = "strokes", "box"


def photo(seed: int, height: int = 34, width: int = 45) -> Image:
    """Blobs with noise on them: many colours, and some that object and background share."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (5, 6, 3)).astype(np.uint8)
    blobs = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    noise = rng.integers(-12, 13, (height, width, 3))
    return np.clip(blobs.astype(int) + noise, 0, 255).astype(np.uint8)


def seeds(kind: str, height: int, width: int) -> Probs:
    if kind == BOX:
        return prior_from_boxes([(width // 5, height // 6, width - 6, height - 5)], height, width)
    strokes = np.zeros((height, width), np.uint8)
    strokes[height // 2, width // 3 : 2 * width // 3] = 1
    strokes[1, :] = strokes[:, 2] = 2
    return prior_from_strokes(strokes)


def foreground(probs: Probs) -> np.ndarray:
    return np.asarray(probs.argmax(axis=2) == 1)


@pytest.mark.parametrize("kind", [STROKES, BOX])
@pytest.mark.parametrize("seed", range(6))
def test_is_what_the_slow_reference_finds(seed: int, kind: str) -> None:
    image, prior = photo(seed), seeds(kind, 34, 45)
    expected = siox_reference.mask(image, prior[..., 1])
    np.testing.assert_array_equal(foreground(siox()(image, prior)), expected)


@pytest.mark.parametrize("options", [(0, 4), (1, 0), (3, 1), (2, 1000)])
def test_options_are_those_of_the_reference(options: tuple[int, int]) -> None:
    smoothness, factor = options
    image, prior = photo(7), seeds(STROKES, 34, 45)
    expected = siox_reference.mask(image, prior[..., 1], smoothness=smoothness, factor=factor)
    found = siox(smoothness=smoothness, size_factor=factor)(image, prior)
    np.testing.assert_array_equal(foreground(found), expected)


@pytest.mark.parametrize("kind", [STROKES, BOX])
def test_is_what_the_slow_reference_finds_on_real_photos(shared_data: Path, kind: str) -> None:
    photos = sorted((shared_data / "animals74" / "train" / "images").iterdir())[:2]
    for path in photos:
        shrunk = cv2.resize(read_photo(path).srgb(), (72, 54), interpolation=cv2.INTER_AREA)
        image = np.asarray(shrunk, np.uint8)
        prior = seeds(kind, 54, 72)
        expected = siox_reference.mask(image, prior[..., 1])
        np.testing.assert_array_equal(foreground(siox()(image, prior)), expected)


def test_leaning_seeds_are_known_up_to_a_tenth_and_from_four_fifths() -> None:
    image, prior = photo(8), seeds(STROKES, 34, 45)[..., 1]
    leaning = np.where(prior == 0, np.float32(0.1), np.where(prior == 1, np.float32(0.8), prior))
    expected = siox_reference.mask(image, leaning)
    found = foreground(siox()(image, two_class_probs(leaning)))
    np.testing.assert_array_equal(found, expected)
    # One step further they are known no more, so nothing is known of the background.
    unsure = np.where(prior == 0, np.float32(0.11), np.float32(0.6))
    np.testing.assert_array_equal(siox()(image, two_class_probs(unsure)), two_class_probs(unsure))


def test_finds_a_disc_in_a_box() -> None:
    image = red_disc(60, 80, seed=3)
    disc = image[..., 0] > 150
    rows, columns = np.nonzero(disc)
    box = (columns.min() - 4, rows.min() - 4, columns.max() + 5, rows.max() + 5)
    found = foreground(siox()(image, prior_from_boxes([box], 60, 80)))
    assert (found != disc).mean() < 0.02  # a small disc, whose outline is smoothed


def test_certain_seeds_stay_what_they_are() -> None:
    image = red_disc(60, 80, seed=3)
    strokes = np.zeros((60, 80), np.uint8)
    strokes[30, 40], strokes[2, :] = 1, 2
    strokes[31, 41] = 2  # beside it and of its colour: smoothing would take it in
    prior = prior_from_strokes(strokes)
    probs = siox()(image, prior)
    np.testing.assert_array_equal(probs[strokes > 0], prior[strokes > 0])


def test_probability_is_the_share_of_distances() -> None:
    """Colours on the way from background to foreground: p says how far each has come."""
    grey = np.linspace(40, 215, 60).astype(np.uint8)
    image = np.repeat(np.tile(grey, (30, 1))[..., None], 3, axis=2)
    strokes = np.zeros((30, 60), np.uint8)
    strokes[:, 0], strokes[:, -1] = 2, 1
    probs = siox()(image, prior_from_strokes(strokes))[15, 1:-1, 1]
    lightness = cv2.cvtColor(image[:1].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0, :, 0]
    share = ((lightness - lightness[0]) / (lightness[-1] - lightness[0]))[1:-1]
    clear = np.abs(share - 0.5) > 0.05  # there the outline was smoothed
    np.testing.assert_allclose(probs[clear], share[clear], atol=0.005)
    assert ((probs > 0.5) == (share > 0.5))[clear].all()


def test_a_colour_of_both_is_foreground() -> None:
    image = np.full((20, 20, 3), 90, np.uint8)
    strokes = np.zeros((20, 20), np.uint8)
    strokes[0], strokes[10, 5:15] = 2, 1
    assert foreground(siox()(image, prior_from_strokes(strokes)))[2:].all()


def test_with_a_box_alone_only_what_is_far_from_the_background_is_foreground() -> None:
    prior = prior_from_boxes([(5, 5, 25, 25)], 30, 30)
    for level, expected in ((128, False), (130, False), (160, True)):
        image = np.full((30, 30, 3), 128, np.uint8)
        image[10:20, 10:20] = level
        assert foreground(siox()(image, prior))[15, 15] == expected
    # The bound itself: 5.87 in CIELAB.
    image[10:20, 10:20] = 140
    assert not foreground(siox()(image, prior)).any()
    assert foreground(siox(cluster_size=CLUSTER_SIZE / 2)(image, prior))[15, 15]


def test_learning_the_foreground_takes_in_what_is_nearer_to_it() -> None:
    """A part of the object is close to the background, but closer to the rest of the object."""
    image = np.full((40, 40, 3), 120, np.uint8)
    image[8:20, 8:32], image[20:32, 8:32] = 144, 134
    prior = prior_from_boxes([(5, 5, 35, 35)], 40, 40)
    plain, learned = siox()(image, prior), siox(learn_foreground=True)(image, prior)
    assert foreground(plain)[14, 20]
    assert not foreground(plain)[26, 20]
    assert foreground(learned)[14, 20]
    assert foreground(learned)[26, 20]
    assert not foreground(learned)[35:].any()


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_gives_back_a_prior_that_teaches_nothing(level: float) -> None:
    prior = two_class_probs(np.full((9, 11), level, np.float32))
    found = siox()(red_disc(9, 11), prior)
    np.testing.assert_array_equal(found, prior)
    assert not np.shares_memory(found, prior)


def test_gives_back_a_prior_without_background_or_without_doubt() -> None:
    image = red_disc(12, 16)
    no_background = np.full((12, 16), 0.5, np.float32)
    no_background[4:8, 4:8] = 1
    no_doubt = np.zeros((12, 16), np.float32)
    no_doubt[4:8, 4:8] = 1
    for foreground_of in (no_background, no_doubt):
        prior = two_class_probs(foreground_of)
        np.testing.assert_array_equal(siox()(image, prior), prior)


def test_one_pixel_of_each_kind_is_enough() -> None:
    image = red_disc(40, 50, seed=2)
    disc = image[..., 0] > 150
    strokes = np.zeros((40, 50), np.uint8)
    strokes[0, 0] = 2
    strokes[tuple(np.argwhere(disc)[disc.sum() // 2])] = 1
    assert (foreground(siox()(image, prior_from_strokes(strokes))) != disc).mean() < 0.03


def test_noise_of_a_thousand_colours_keeps_a_description() -> None:
    """Every cell of pure noise holds too few pixels to stand for the background."""
    image = np.random.default_rng(0).integers(0, 256, (80, 90, 3)).astype(np.uint8)
    probs = siox()(image, prior_from_boxes([(20, 20, 70, 60)], 80, 90))
    assert np.isfinite(probs).all()


def test_fills_areas_of_one_colour_only_when_asked() -> None:
    """A part of the object that the strokes call foreground is left by classification alone."""
    image = np.full((40, 60, 3), 200, np.uint8)
    image[10:30, 10:30] = (180, 40, 40)
    image[10:30, 30:50] = (181, 41, 40)  # looks the same, but the strokes say background
    strokes = np.zeros((40, 60), np.uint8)
    strokes[20, 12:28], strokes[2], strokes[11:29, 48] = 1, 2, 2
    plain = foreground(siox()(image, prior_from_strokes(strokes)))
    filled = foreground(siox(fill_colours=True)(image, prior_from_strokes(strokes)))
    assert not plain[20, 44]
    assert filled[20, 44]
    assert not filled[20, 48]
    assert not filled[5, 5]


@pytest.mark.parametrize("wrong", [{"smoothness": -1}, {"size_factor": -1}, {"cluster_size": -1}])
def test_refuses_negative_settings(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        siox(**wrong)


def test_works_through_the_combinators() -> None:
    image = red_disc(120, 160, seed=1)
    disc = image[..., 0] > 150
    found = at_size(siox(), 80)(image, prior_from_boxes([(10, 10, 150, 110)], 120, 160))
    assert (foreground(found) != disc).mean() < 0.03


@pytest.mark.slow
def test_is_several_times_faster_than_grab_cut(shared_data: Path) -> None:
    """Processor time of one thread, side by side: other work on the machine slows both."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    ours = theirs = 0.0
    for path in sorted((shared_data / "animals74" / "train" / "images").iterdir())[:4]:
        image = np.asarray(cv2.resize(read_photo(path).srgb(), (481, 321)), np.uint8)
        prior = prior_from_boxes([(60, 40, 420, 280)], 321, 481)
        marks = np.where(prior[..., 1] == 0, cv2.GC_BGD, cv2.GC_PR_FGD).astype(np.uint8)
        models = np.zeros((1, 65)), np.zeros((1, 65))
        siox()(image, prior)
        start = time.process_time()
        siox()(image, prior)
        ours += time.process_time() - start
        start = time.process_time()
        cv2.grabCut(image, marks, (0, 0, 1, 1), *models, 5, cv2.GC_INIT_WITH_MASK)
        theirs += time.process_time() - start
    cv2.setNumThreads(threads)
    assert theirs > 4 * ours
