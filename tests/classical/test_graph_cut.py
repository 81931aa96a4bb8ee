"""The cut holds the log odds and the contrasts against each other as GrabCut's energy says."""

from __future__ import annotations

import numpy as np
import pytest

from maskwright.classical.colour_model import palette_of
from maskwright.classical.graph_cut import MOST, cut, guide_of
from tests.contract import photo

GAMMA = 50  # what GrabCut's energy charges for an outline without contrast


def flat(*shape: int) -> np.ndarray:
    return np.zeros((*shape, 2), np.uint8)


def decided(log_odds: np.ndarray, guide: np.ndarray | None = None) -> np.ndarray:
    everywhere = np.ones(log_odds.shape, bool)
    guide = flat(*log_odds.shape) if guide is None else guide
    return cut(guide, log_odds.astype(np.float32), everywhere, ~everywhere)


@pytest.mark.parametrize("odds", [-1000, -MOST, -5, -1, 1, 5, MOST, 1000])
def test_the_sign_decides_where_all_agree(odds: float) -> None:
    assert (decided(np.full((3, 4), odds)) == (odds > 0)).all()


@pytest.mark.parametrize(("share", "parted"), [(0.93, False), (1.07, True)])
def test_log_odds_count_as_much_as_they_state(share: float, parted: bool) -> None:
    """Two pixels differ as the mean of all neighbours does: parting them costs gamma / sqrt(e)."""
    cost = GAMMA / np.sqrt(np.e)
    found = decided(np.array([[MOST, -cost * share]]))
    assert found.tolist() == [[True, not parted]]


def test_a_lonely_pixel_follows_its_neighbours() -> None:
    log_odds = np.full((9, 9), -3.0)
    log_odds[4, 4] = 3
    noise = np.random.default_rng(0).integers(0, 60, (9, 9, 2)).astype(np.uint8)
    assert not decided(log_odds, noise).any()


def test_an_outline_follows_contrasts() -> None:
    guide = flat(20, 30)
    guide[:, 13:, 0] = 80
    log_odds = np.zeros((20, 30))
    log_odds[:, :2], log_odds[:, -2:] = MOST, -MOST
    found = decided(log_odds, guide)
    assert found[:, :13].all()
    assert not found[:, 13:].any()


def test_what_is_certain_stays() -> None:
    unknown = np.zeros((12, 12), bool)
    unknown[4:8, 4:8] = True
    labels = np.zeros((12, 12), bool)
    labels[:4] = True
    odds = np.where(labels, -MOST, MOST).astype(np.float32)
    found = cut(flat(12, 12), odds, unknown, labels)
    np.testing.assert_array_equal(found[~unknown], labels[~unknown])
    np.testing.assert_array_equal(cut(flat(12, 12), odds, ~(unknown | True), labels), labels)


def test_the_guide_keeps_distances_of_colours() -> None:
    """Of colours in a plane: two channels are enough for them."""
    image = photo(40, 50)
    image[:, :, 2] = 255 - image[:, :, 0]
    palette = palette_of(image)
    guide = guide_of(image, palette, palette.counts(palette.pixels)).astype(float)
    assert guide.min() > 0
    assert guide.max() < 255
    apart = np.linalg.norm(np.diff(image.astype(float), axis=1), axis=2)
    seen = np.linalg.norm(np.diff(guide, axis=1), axis=2)
    factor = seen.sum() / apart.sum()
    assert 0.5 < factor <= 1.01
    assert np.abs(seen - factor * apart).max() < 3


@pytest.mark.parametrize("level", [0, 255])
def test_the_guide_of_one_colour(level: int) -> None:
    image = np.full((5, 7, 3), level, np.uint8)
    palette = palette_of(image)
    assert np.ptp(guide_of(image, palette, palette.counts(palette.pixels))) == 0
