"""A gate: which regions it accepts, how it is stored, and a network with a gate."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from maskwright.classical.grabcut import grabcut
from maskwright.classical.seeds.priors import two_class_probs
from maskwright.core import Image, Probs, from_function
from maskwright.errors import ModelError
from maskwright.fusion.decision import Decision
from maskwright.fusion.features import FEATURES, region_features
from maskwright.fusion.gate import CLOSED, gate_from_json
from maskwright.fusion.gated import gated
from maskwright.fusion.method_outputs import MethodOutputs, run_classical
from tests.support.method_outputs import BEAK, bird, gate_of, random_outputs, without_beak

TWO = ("background", "foreground")


def test_probabilities_are_logistic() -> None:
    gate = gate_of(bias=1.0, area=2.0, adds=-1.0)
    features = np.zeros((2, len(FEATURES)), np.float32)
    features[:, FEATURES.index("outline_joint")] = 1
    features[1, FEATURES.index("area")] = 0.5
    features[1, FEATURES.index("adds")] = 1
    expected = 1 / (1 + math.exp(-1))
    np.testing.assert_allclose(gate.probabilities(features), [expected, expected])
    assert gate.accepts(features).all()
    assert not replace(gate, bound=0.8).accepts(features).any()


def test_the_gate_accepts_what_its_weights_say_and_never_the_beak() -> None:
    outputs = without_beak()
    every, none = gate_of(bias=9.0), gate_of(bias=-9.0)
    np.testing.assert_array_equal(every.fuse(outputs), outputs.network)
    image, network = outputs.image, outputs.network
    unsure = np.where(BEAK & (outputs.combined < 0.5), 0.4, network).astype(np.float32)
    other = MethodOutputs(image, unsure, network)
    piece = (unsure < 0.5) & (network > 0.5)
    assert (other.combined[piece] > 0.5).all()
    fused = every.fuse(other)
    assert fused.dtype == np.float32
    np.testing.assert_array_equal(fused[piece], other.combined[piece])
    np.testing.assert_array_equal(fused[~piece], unsure[~piece])
    np.testing.assert_array_equal(none.fuse(other), unsure)


def test_no_region_is_removed_without_an_edge_or_cut_off() -> None:
    gate, features = gate_of(bias=9.0), np.zeros((5, len(FEATURES)), np.float32)
    features[:, FEATURES.index("adds")] = (0, 0, 0, 1, 1)
    features[:, FEATURES.index("outline_joint")] = (0.4, 0.6, 0.6, 0.4, 0.6)
    features[:, FEATURES.index("length")] = (0, 0, -2, 0, -2)
    assert gate.accepts(features).tolist() == [False, True, False, True, True]
    assert gate.probabilities(features)[0] == 0


def test_a_beak_of_the_backgrounds_colours_stays() -> None:
    image, truth = bird()
    dull = np.random.default_rng(1).integers(60, 110, (*truth.shape, 1)).repeat(3, axis=2)
    disc = (truth == 1) & ~BEAK
    image = np.where(disc[..., None], image, dull).astype(np.uint8)
    network = np.where(truth == 1, 0.9, 0.05).astype(np.float32)
    outputs = MethodOutputs(image, network, np.where(disc, 0.95, 0).astype(np.float32))
    assert (outputs.combined[BEAK & ~disc] < 0.5).all()
    fused = gate_of(bias=9.0).fuse(outputs)
    assert (fused[BEAK] > 0.5).all()


def test_only_regions_above_the_bound_are_accepted() -> None:
    outputs = random_outputs(3)
    gate = gate_of(bound=0.7, certainty=-1.0, bias=2.0)
    given = gate.probabilities(region_features(outputs)) > 0.7
    assert 0 < given.sum() < len(given)
    there = np.isin(outputs.regions.labels, 1 + np.flatnonzero(given))
    expected = np.where(there, outputs.combined, outputs.network)
    np.testing.assert_array_equal(gate.fuse(outputs), expected)


def test_a_closed_gate_accepts_nothing() -> None:
    outputs = random_outputs(0)
    shut = gate_of(bound=CLOSED, bias=1e9)
    assert shut.is_closed
    np.testing.assert_array_equal(shut.fuse(outputs), outputs.network)


def test_a_gate_survives_json() -> None:
    gate = gate_of(0.7, -0.25, area=1 / 3, doubt=-2.5)
    text = json.dumps(gate.to_json(), allow_nan=False)
    assert gate_from_json(json.loads(text), "m") == gate
    turned = gate.to_json()
    turned["weights"] = dict(reversed(turned["weights"].items()))
    assert gate_from_json(turned, "m") == gate


def damaged(**changes: Any) -> dict[str, Any]:
    return gate_of().to_json() | changes


def missing(key: str) -> dict[str, Any]:
    return {name: value for name, value in gate_of().to_json().items() if name != key}


WEIGHTS = gate_of().to_json()["weights"]


@pytest.mark.parametrize("key", ["weights", "bias", "bound", "gain", "interval", "photos"])
def test_a_gate_without_one_of_its_parts_is_refused(key: str) -> None:
    with pytest.raises(ModelError, match=r"^m\.onnx: its gate of network and GrabCut is damaged"):
        gate_from_json(missing(key), "m.onnx")
    values: list[Any] = ["1", None, True, math.nan, math.inf, -math.inf, 10**400, [], {}]
    for value in values:
        with pytest.raises(ModelError, match="is damaged"):
            gate_from_json(damaged(**{key: value}), "m.onnx")


@pytest.mark.parametrize(
    "values",
    [
        None,
        [],
        "gate",
        damaged(weights=list(WEIGHTS.values())),
        damaged(weights=WEIGHTS | {"beauty": 1.0}),
        damaged(weights={key: value for key, value in WEIGHTS.items() if key != "area"}),
        damaged(weights=WEIGHTS | {"area": "1"}),
        damaged(weights=WEIGHTS | {"area": math.nan}),
        damaged(weights=WEIGHTS | {"area": 1e300}),
        damaged(interval=[0.1]),
        damaged(interval=[0.1, 0.2, 0.3]),
        damaged(interval=[0.1, None]),
    ],
)
def test_damaged_gates_are_refused(values: object) -> None:
    with pytest.raises(ModelError, match="is damaged"):
        gate_from_json(values, "m.onnx")


def by_redness(image: Image, _prior: Probs | None) -> Probs:
    """Finds what is red, but for a patch of it."""
    foreground = np.where(image[:, :, 0] > 150, 0.95, 0.05).astype(np.float32)
    foreground[40:56, 30:50] = 0.4
    return two_class_probs(foreground)


def test_a_gated_network_has_the_accepted_regions() -> None:
    network = from_function(TWO, by_redness)
    image, _ = bird()
    before = image.copy()
    gate = gate_of(bias=9.0)
    segmenter = gated(network, gate)
    assert segmenter.classes == TWO
    found = segmenter(image)
    outputs = run_classical(image, network(image)[:, :, 1], grabcut())
    assert len(outputs.regions) > 0
    np.testing.assert_array_equal(found, two_class_probs(gate.fuse(outputs)))
    assert (found.argmax(2) != network(image).argmax(2)).any()
    np.testing.assert_array_equal(segmenter(image), found)
    np.testing.assert_array_equal(image, before)


def test_a_gated_network_reports_its_decision() -> None:
    network, (image, _) = from_function(TWO, by_redness), bird()
    gate, decisions = gate_of(bias=9.0), list[Decision]()
    found = gated(network, gate, decisions.append)(image)
    np.testing.assert_array_equal(found, gated(network, gate)(image))
    (decision,) = decisions
    moved = found[:, :, 1] != network(image)[:, :, 1]
    assert moved.any()
    np.testing.assert_array_equal(decision.accepted_mask, moved)


def test_a_closed_gate_returns_the_network_itself() -> None:
    network = from_function(TWO, by_redness)
    assert gated(network, gate_of(CLOSED)) is network
