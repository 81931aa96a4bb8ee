"""Features of disputed regions, on a photo with known answers."""

from __future__ import annotations

import numpy as np
import pytest

from maskwright.fusion.edges import outline_fit, photo_windows, region_outlines
from maskwright.fusion.features import FEATURES, region_features
from maskwright.fusion.method_outputs import MethodOutputs
from maskwright.fusion.regions import DisputedRegions
from tests.support.method_outputs import BEAK, SIDE, bird, random_outputs, without_beak


def measured(outputs: MethodOutputs) -> list[dict[str, float]]:
    """The features of each region by name."""
    return [dict(zip(FEATURES, row, strict=True)) for row in region_features(outputs).tolist()]


def test_the_beak_by_hand() -> None:
    outputs = without_beak()
    (beak,) = measured(outputs)
    ours = outputs.network > 0.5
    region = BEAK & (outputs.grabcut < 0.5)
    assert beak["insistence"] == pytest.approx(np.log(999), rel=1e-3)
    assert beak["certainty"] == pytest.approx(np.log(9), rel=1e-5)
    assert beak["area"] == pytest.approx(np.log(region.sum() / ours.sum()), rel=1e-5)
    assert beak["thickness"] == pytest.approx(np.log(1.9 / np.sqrt(ours.sum())), abs=0.05)
    assert beak["adds"] == 0
    assert beak["agreement"] == pytest.approx(1 - region.sum() / ours.sum(), rel=1e-5)
    assert beak["doubt"] == 0


def test_a_red_region_does_not_have_the_background_colours() -> None:
    image, truth = bird()
    network = np.where(truth == 1, 0.95, 0.05).astype(np.float32)
    unsure = np.where(BEAK, 0.4, network).astype(np.float32)
    (taken,) = measured(
        MethodOutputs(image, network, np.where(BEAK, 0, network).astype(np.float32))
    )
    (added,) = measured(MethodOutputs(image, unsure, network))
    assert (taken["adds"], added["adds"]) == (0, 1)
    assert taken["colour"] < -3  # taking it away is against its colours
    assert added["colour"] > 3


def test_the_true_outline_fits_better() -> None:
    image, truth = bird()
    whole, disc = truth == 1, (truth == 1) & ~BEAK
    photo = photo_windows(image)
    rows, columns = np.indices((SIDE, SIDE))
    fit = outline_fit(photo, whole, (rows.ravel(), columns.ravel())).reshape(SIDE, SIDE)
    assert fit.min() >= 0 and fit.max() <= 1
    assert fit[48, 20] > 0.9  # the left edge of the disc
    regions = DisputedRegions.between(whole, disc)
    with_beak, around = region_outlines(photo, whole, disc, regions)
    without, across = region_outlines(photo, disc, whole, regions)
    assert across[0] < 0.2 * around[0]  # the disc goes on where the beak begins
    assert with_beak[0] > 0.8
    assert with_beak[0] > without[0] + 0.2
    elsewhere = np.zeros((SIDE, SIDE), bool)
    elsewhere[5:20, 5:20] = True
    wrong = DisputedRegions.between(elsewhere, np.zeros_like(elsewhere))
    assert region_outlines(photo, elsewhere, np.zeros_like(elsewhere), wrong)[0][0] < 0.5


def test_regions_keep_their_order_and_inputs_are_unchanged() -> None:
    outputs = random_outputs(0)
    planes = (outputs.image, outputs.network, outputs.grabcut)
    before = [plane.copy() for plane in planes]
    found = region_features(outputs)
    assert found.dtype == np.float32
    assert found.shape == (len(outputs.regions), len(FEATURES))
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(region_features(random_outputs(0)), found)
    for plane, copy in zip(planes, before, strict=True):
        np.testing.assert_array_equal(plane, copy)
    areas = np.exp(found[:, FEATURES.index("area")]) * (outputs.network > 0.5).sum()
    np.testing.assert_allclose(areas, outputs.regions.areas[1:], rtol=1e-4)


@pytest.mark.parametrize("network", [0.0, 0.1, 0.4, 0.9, 1.0])
@pytest.mark.parametrize("grabcut", [0.0, 1.0])
@pytest.mark.parametrize("side", [1, 3, 40])
def test_empty_and_full_masks_on_one_colour(side: int, grabcut: float, network: float) -> None:
    image = np.full((side, side, 3), 200, np.uint8)
    ours, theirs = (np.full((side, side), value, np.float32) for value in (network, grabcut))
    found = region_features(MethodOutputs(image, ours, theirs))
    # GrabCut cannot change pixels of which the network is certain.
    differ = (network, grabcut) in ((0.1, 1.0), (0.4, 1.0), (0.9, 0.0))
    assert found.shape == (int(differ), len(FEATURES))
    assert np.isfinite(found).all()
