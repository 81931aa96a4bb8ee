"""Disputed pieces, and what the classical methods start from."""

from __future__ import annotations

import numpy as np
import pytest

from maskwright.classical.grabcut import grabcut
from maskwright.classical.seeds.priors import two_class_probs
from maskwright.classical.siox import siox
from maskwright.core import Image, Probs, from_function
from maskwright.fusion.opinions import Disputes, Opinions, asked, seeded
from tests.support.opinions import bird

ONE = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]], bool)
OTHER = np.array([[1, 0, 0, 0], [1, 0, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]], bool)


def test_disputes_are_pieces_joined_by_sides_and_added_or_taken() -> None:
    disputes = Disputes.between(ONE, OTHER)
    assert len(disputes) == 3
    expected = [[0, 2, 0, 0], [0, 2, 1, 1], [0, 0, 0, 0], [0, 0, 0, 3]]
    np.testing.assert_array_equal(disputes.labels, expected)
    np.testing.assert_array_equal(disputes.areas, [11, 2, 2, 1])
    diagonal = Disputes.between(np.eye(3, dtype=bool), np.zeros((3, 3), bool))
    assert len(diagonal) == 3


def test_means_over_pieces() -> None:
    disputes = Disputes.between(ONE, OTHER)
    plane = np.arange(16, dtype=np.float32).reshape(4, 4)
    np.testing.assert_allclose(disputes.means(plane), [6.5, 3, 15])
    np.testing.assert_allclose(disputes.means(plane, plane < 7), [6, 3, 0])
    np.testing.assert_allclose(disputes.means(OTHER), [1, 0, 0])


def test_chosen_pieces_are_where_they_were() -> None:
    disputes = Disputes.between(ONE, OTHER)
    np.testing.assert_array_equal(
        disputes.where(np.array([False, True, False])), disputes.labels == 2
    )
    assert not disputes.where(np.zeros(3, bool)).any()


def test_the_nearest_piece_at_another_size() -> None:
    disputes = Disputes.between(ONE, OTHER)
    same = disputes.nearest(*ONE.shape)
    there = disputes.labels > 0
    np.testing.assert_array_equal(same[there], disputes.labels[there])
    assert same.min() >= 1
    height, width = ONE.shape
    large = disputes.nearest(3 * height, 3 * width)
    np.testing.assert_array_equal(large, same.repeat(3, axis=0).repeat(3, axis=1))
    assert not Disputes.between(ONE, ONE).nearest(7, 9).any()


def test_no_disputes() -> None:
    disputes = Disputes.between(ONE, ONE)
    assert len(disputes) == 0
    assert disputes.means(ONE).shape == (0,)
    assert not disputes.where(np.zeros(0, bool)).any()


def test_seeds_are_certain_only_where_the_network_is_sure() -> None:
    network = np.array([[0.0, 0.05, 0.1, 0.5, 0.9, 0.95, 1.0]], np.float32)
    before = network.copy()
    np.testing.assert_array_equal(
        seeded(network), np.array([[0, 0, 0.1, 0.5, 0.9, 1, 1]], np.float32)
    )
    np.testing.assert_array_equal(
        seeded(network, (0.3, 0.7)), np.array([[0, 0, 0, 0.5, 1, 1, 1]], np.float32)
    )
    np.testing.assert_array_equal(network, before)


def test_each_method_starts_from_what_the_network_found() -> None:
    priors: list[Probs] = []

    def noted(image: Image, prior: Probs | None) -> Probs:
        assert prior is not None
        priors.append(prior)
        return two_class_probs(1 - prior[:, :, 1])

    image, truth = bird()
    network = np.where(truth == 1, 0.95, 0.3).astype(np.float32)
    method = from_function(("background", "foreground"), noted)
    opinions = asked(image, network, method, method)
    assert len(priors) == 2
    np.testing.assert_array_equal(priors[0], two_class_probs(seeded(network)))
    np.testing.assert_array_equal(opinions.network, network)
    assert opinions.siox is not None
    np.testing.assert_array_equal(opinions.grabcut, opinions.siox)
    assert asked(image, network, method).siox is None


def test_grabcut_moves_what_the_network_doubts_and_nothing_else() -> None:
    network = np.array([[0.0, 0.02, 0.1, 0.45, 0.55, 0.9, 0.98, 1.0]], np.float32)
    image = np.zeros((1, 8, 3), np.uint8)
    against = Opinions(image, network, (network < 0.5).astype(np.float32))
    np.testing.assert_array_equal(against.joint > 0.5, [[0, 0, 1, 1, 0, 0, 1, 1]])
    np.testing.assert_array_equal(against.disputes.labels, [[0, 0, 1, 1, 2, 2, 0, 0]])
    neutral = Opinions(image, network, np.full((1, 8), 0.5, np.float32))
    np.testing.assert_allclose(neutral.joint, network, atol=1e-3)


@pytest.mark.parametrize("value", [0.0, 0.4, 0.5, 1.0])
@pytest.mark.parametrize("side", [1, 2, 40])
def test_a_photo_of_one_colour_and_one_opinion_has_no_disputes(side: int, value: float) -> None:
    image = np.full((side, side, 3), 90, np.uint8)
    network = np.full((side, side), value, np.float32)
    opinions = asked(image, network, grabcut(), siox())
    assert len(opinions.disputes) == 0
