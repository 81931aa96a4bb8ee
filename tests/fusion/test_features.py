"""What is known of a disputed piece, on a photo where the answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from maskwright.fusion.edges import Surroundings, outline_fit, outlines_of_disputes
from maskwright.fusion.features import FEATURES, features
from maskwright.fusion.opinions import Disputes, Opinions
from tests.support.opinions import BEAK, SIDE, bird, random_opinions, without_beak


def measured(opinions: Opinions) -> list[dict[str, float]]:
    """The features of each piece by name."""
    return [dict(zip(FEATURES, row, strict=True)) for row in features(opinions).tolist()]


def test_the_beak_by_hand() -> None:
    opinions = without_beak()
    (beak,) = measured(opinions)
    ours = opinions.network > 0.5
    piece = BEAK & (opinions.grabcut < 0.5)
    assert beak["insistence"] == pytest.approx(np.log(999), rel=1e-3)
    assert beak["certainty"] == pytest.approx(np.log(9), rel=1e-5)
    assert beak["area"] == pytest.approx(np.log(piece.sum() / ours.sum()), rel=1e-5)
    assert beak["thickness"] == pytest.approx(np.log(1.9 / np.sqrt(ours.sum())), abs=0.05)
    assert beak["adds"] == 0
    assert beak["agreement"] == pytest.approx(1 - piece.sum() / ours.sum(), rel=1e-5)
    assert beak["doubt"] == 0


def test_a_red_piece_has_not_the_colours_of_the_background() -> None:
    image, truth = bird()
    network = np.where(truth == 1, 0.95, 0.05).astype(np.float32)
    unsure = np.where(BEAK, 0.4, network).astype(np.float32)
    (taken,) = measured(Opinions(image, network, np.where(BEAK, 0, network).astype(np.float32)))
    (added,) = measured(Opinions(image, unsure, network))
    assert (taken["adds"], added["adds"]) == (0, 1)
    assert taken["colour"] < -3  # taking it away is against its colours
    assert added["colour"] > 3


def test_the_outline_of_what_is_there_fits_better() -> None:
    image, truth = bird()
    whole, disc = truth == 1, (truth == 1) & ~BEAK
    photo = Surroundings.of(image)
    rows, columns = np.indices((SIDE, SIDE))
    fit = outline_fit(photo, whole, (rows.ravel(), columns.ravel())).reshape(SIDE, SIDE)
    assert fit.min() >= 0 and fit.max() <= 1
    assert fit[48, 20] > 0.9  # the left edge of the disc
    disputes = Disputes.between(whole, disc)
    with_beak, around = outlines_of_disputes(photo, whole, disc, disputes)
    without, across = outlines_of_disputes(photo, disc, whole, disputes)
    assert across[0] < 0.2 * around[0]  # the disc goes on where the beak begins
    assert with_beak[0] > 0.8
    assert with_beak[0] > without[0] + 0.2
    elsewhere = np.zeros((SIDE, SIDE), bool)
    elsewhere[5:20, 5:20] = True
    wrong = Disputes.between(elsewhere, np.zeros_like(elsewhere))
    assert outlines_of_disputes(photo, elsewhere, np.zeros_like(elsewhere), wrong)[0][0] < 0.5


def test_pieces_keep_their_order_and_nothing_is_changed() -> None:
    opinions = random_opinions(0)
    planes = (opinions.image, opinions.network, opinions.grabcut)
    before = [plane.copy() for plane in planes]
    found = features(opinions)
    assert found.dtype == np.float32
    assert found.shape == (len(opinions.disputes), len(FEATURES))
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(features(random_opinions(0)), found)
    for plane, copy in zip(planes, before, strict=True):
        np.testing.assert_array_equal(plane, copy)
    areas = np.exp(found[:, FEATURES.index("area")]) * (opinions.network > 0.5).sum()
    np.testing.assert_allclose(areas, opinions.disputes.areas[1:], rtol=1e-4)


@pytest.mark.parametrize("network", [0.0, 0.1, 0.4, 0.9, 1.0])
@pytest.mark.parametrize("grabcut", [0.0, 1.0])
@pytest.mark.parametrize("side", [1, 3, 40])
def test_empty_and_full_masks_on_one_colour(side: int, grabcut: float, network: float) -> None:
    image = np.full((side, side, 3), 200, np.uint8)
    ours, theirs = (np.full((side, side), value, np.float32) for value in (network, grabcut))
    found = features(Opinions(image, ours, theirs))
    # Of what the network is sure nobody can talk it out.
    differ = (network, grabcut) in ((0.1, 1.0), (0.4, 1.0), (0.9, 0.0))
    assert found.shape == (int(differ), len(FEATURES))
    assert np.isfinite(found).all()
