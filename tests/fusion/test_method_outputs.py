"""Outputs of several methods, and the prior from which the classical ones start."""

from __future__ import annotations

import numpy as np
import pytest

from maskwright.classical.grabcut import grabcut
from maskwright.classical.seeds.priors import two_class_probs
from maskwright.classical.siox import siox
from maskwright.core import Image, Probs, from_function
from maskwright.fusion.method_outputs import MethodOutputs, prior_from_network, run_classical
from tests.support.method_outputs import bird


def test_the_prior_is_certain_only_where_the_network_is() -> None:
    network = np.array([[0.0, 0.05, 0.1, 0.5, 0.9, 0.95, 1.0]], np.float32)
    before = network.copy()
    prior = prior_from_network(network)
    expected = np.array([[0, 0, 0.1, 0.5, 0.9, 1, 1]], np.float32)
    np.testing.assert_array_equal(prior, two_class_probs(expected))
    np.testing.assert_array_equal(network, before)


def test_each_method_starts_from_the_network() -> None:
    priors: list[Probs] = []

    def noted(image: Image, prior: Probs | None) -> Probs:
        assert prior is not None
        priors.append(prior)
        return two_class_probs(1 - prior[:, :, 1])

    image, truth = bird()
    network = np.where(truth == 1, 0.95, 0.3).astype(np.float32)
    method = from_function(("background", "foreground"), noted)
    outputs = run_classical(image, network, method, method)
    assert len(priors) == 2
    np.testing.assert_array_equal(priors[0], prior_from_network(network))
    np.testing.assert_array_equal(outputs.network, network)
    assert outputs.siox is not None
    np.testing.assert_array_equal(outputs.grabcut, outputs.siox)
    assert run_classical(image, network, method).siox is None


def test_grabcut_changes_uncertain_pixels_only() -> None:
    network = np.array([[0.0, 0.02, 0.1, 0.45, 0.55, 0.9, 0.98, 1.0]], np.float32)
    image = np.zeros((1, 8, 3), np.uint8)
    against = MethodOutputs(image, network, (network < 0.5).astype(np.float32))
    np.testing.assert_array_equal(against.combined > 0.5, [[0, 0, 1, 1, 0, 0, 1, 1]])
    np.testing.assert_array_equal(against.regions.labels, [[0, 0, 1, 1, 2, 2, 0, 0]])
    neutral = MethodOutputs(image, network, np.full((1, 8), 0.5, np.float32))
    np.testing.assert_allclose(neutral.combined, network, atol=1e-3)


@pytest.mark.parametrize("value", [0.0, 0.4, 0.5, 1.0])
@pytest.mark.parametrize("side", [1, 2, 40])
def test_a_photo_of_one_colour_has_no_disputed_regions(side: int, value: float) -> None:
    image = np.full((side, side, 3), 90, np.uint8)
    network = np.full((side, side), value, np.float32)
    outputs = run_classical(image, network, grabcut(), siox())
    assert len(outputs.regions) == 0
