"""Fusing on one photo: what is asked and scored, the ways to fuse, and thin parts that stay."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.classical.cases import box_of
from benchmarks.fusion.beak import MARKED, _inside, _recalls, drawn_bird
from benchmarks.fusion.photos import SHIFTS, Case, case, from_a_box, oracles
from benchmarks.fusion.ways import (
    _EDGES,
    BOX,
    FUSED,
    GRABCUT,
    OWN,
    PHOTO,
    PIECE,
    SHIPPED,
    T2,
    UNET,
    _of_edges,
    elsewhere,
    learned,
)
from maskwright.core import VOID, Mask, Pair
from maskwright.data.dataset import open_dataset
from maskwright.fusion.features import FEATURES
from maskwright.fusion.gate import bundled_gate
from maskwright.fusion.learn import GateSample
from maskwright.fusion.method_outputs import MethodOutputs
from maskwright.metrics.region import iou
from maskwright.runtime.resize import BILINEAR, ENLARGE, Resize
from maskwright.runtime.segmenter import load
from maskwright.study.gating import chosen_gate
from tests.support.gate_samples import ALONE, PARTS, samples_of
from tests.support.models import metadata, red_model, write_model
from tests.support.photos import disc_of, speckled_disc

SIDE = 64


def constructed(truth: Mask, network: Mask, other: Mask) -> Case:
    """A case of masks at the size of the photo: the first is the U-Net's, the second GrabCut's."""
    image = np.zeros((*truth.shape, 3), np.uint8)
    ours, theirs = (np.where(mask == 1, 0.9, 0.1).astype(np.float32) for mask in (network, other))
    outputs = MethodOutputs(image, ours, theirs)
    return Case(Pair("made", image, truth), outputs, Resize("square", SIDE), BILINEAR)


def square(*squares: tuple[int, int, int]) -> Mask:
    """Squares of 1 on 0, each (top, left, side)."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    for top, left, side in squares:
        mask[top : top + side, left : left + side] = 1
    return mask


def test_a_box_goes_around_the_foreground_alone() -> None:
    mask = np.zeros((12, 20), np.uint8)
    mask[0, 0] = mask[11, 19] = VOID
    assert box_of(mask) is None
    mask[2:5, 3:8] = 1
    mask[4, 4] = VOID
    assert box_of(mask) == (3, 2, 8, 5)


def test_grabcut_from_a_box_needs_no_network() -> None:
    truth = disc_of()
    found = from_a_box(Pair("disc", speckled_disc(), truth))
    assert iou(truth, found) > 0.9
    nothing = from_a_box(Pair("empty", speckled_disc(), np.zeros_like(truth)))
    np.testing.assert_array_equal(nothing, np.zeros_like(truth))


@pytest.mark.parametrize("enlarge", ENLARGE)
def test_masks_are_those_that_the_model_makes(enlarge: str, tmp_path: Path) -> None:
    meta = metadata(enlarge=enlarge, logit_shift=[0.0, 0.413])  # so that no pixel is a tie
    path = write_model(tmp_path / "model", red_model(meta))
    pair = Pair("disc", speckled_disc(90, 150), disc_of(90, 150))
    one = case(pair, load(path, threads=1))
    assert one.outputs.network.shape == (64, 96)
    for way in ENLARGE:
        made = load(path, threads=1, enlarge=way)(pair.image).argmax(axis=2)
        np.testing.assert_array_equal(one.mask(one.outputs.network, enlarge=way), made)
    by_default = one.mask(one.outputs.network)
    np.testing.assert_array_equal(by_default, one.mask(one.outputs.network, enlarge=enlarge))
    other = ENLARGE[1 - ENLARGE.index(enlarge)]
    assert (by_default != one.mask(one.outputs.network, enlarge=other)).any()


def test_a_shift_moves_the_threshold() -> None:
    one = constructed(square((8, 8, 16)), square((8, 8, 16)), square())
    unsure = np.where(square((8, 8, 16)), 0.6, 0.3).astype(np.float32)
    one = replace(one, outputs=replace(one.outputs, network=unsure))
    # The foreground's log odds are 0.41, the background's -0.85.
    share = 16**2 / SIDE**2
    expected = [0 if shift < -0.41 else 1 if shift < 0.85 else share for shift in SHIFTS]
    assert one.ious_by_shift().tolist() == expected


@pytest.mark.parametrize("shift", [-2.0, 0.0, 2.0])
def test_the_first_oracle_takes_the_better_mask(shift: float, tmp_path: Path) -> None:
    meta = metadata(logit_shift=[0.0, shift])
    model = load(write_model(tmp_path / "model", red_model(meta)), threads=1)
    for seed in range(4):
        one = case(Pair("disc", speckled_disc(seed=seed), disc_of(seed=seed)), model)
        both = [one.scores(one.mask(each)) for each in (one.outputs.network, one.outputs.grabcut)]
        assert oracles(one)[PHOTO] == max(both, key=lambda scores: scores[0])


def test_the_second_oracle_takes_each_piece_of_who_is_right() -> None:
    truth = square((8, 8, 20), (40, 8, 10), (40, 40, 10))
    # The network has one piece that is not there and lacks one; GrabCut errs in two others.
    network = square((8, 8, 20), (40, 8, 10), (8, 40, 10))
    other = square((8, 8, 20), (40, 40, 10), (56, 24, 6))
    one = constructed(truth, network, other)
    found = oracles(one)
    assert found[PIECE] == (1, 1)
    assert found[PHOTO][0] == pytest.approx(500 / (600 + 36))
    swapped = oracles(constructed(truth, other, network))
    assert swapped == found


def test_void_says_nothing_about_who_is_right() -> None:
    truth = square((8, 8, 20))
    truth[40:45, 8:18] = VOID
    truth[45, 8:18], truth[46, 8:13] = 1, 1
    network = square((8, 8, 20))
    other = network.copy()
    other[40:47, 8:18] = 1  # 15 pixels are right, 5 wrong, 50 unknown
    one = constructed(truth, network, other)
    assert oracles(one)[PIECE][0] == pytest.approx(415 / 420)
    assert oracles(one)[PHOTO][0] == pytest.approx(415 / 420)
    flooded = np.where(truth == VOID, 1 - other, other).astype(np.uint8)
    assert one.scores(flooded)[0] == one.scores(other)[0]


def test_void_counts_in_no_figure() -> None:
    truth = square((8, 8, 20))
    truth[40:, 40:] = VOID
    one = constructed(truth, truth, truth)
    found = square((10, 8, 20))
    flooded = found.copy()
    flooded[44:60, 44:60] = 1
    assert one.scores(flooded) == one.scores(found)
    flooded[30:38, 44:60] = 1
    assert one.scores(flooded)[0] < one.scores(found)[0]


def test_the_gate_of_edges_is_blind_to_all_else() -> None:
    samples = samples_of(6.0)
    rng = np.random.default_rng(1)
    others = [name not in _EDGES for name in FEATURES]

    def changed(sample: GateSample, where: list[bool]) -> GateSample:
        features = sample.features.copy()
        features[:, where] = rng.normal(size=(len(features), sum(where)))
        return replace(sample, features=features)

    gate = _of_edges(samples, PARTS, ALONE)
    assert not gate.is_closed
    counting = {name for name, one in zip(FEATURES, gate.weights, strict=True) if one}
    assert counting == set(_EDGES) - {"adds"}  # which is the same for all these pieces
    assert _of_edges([changed(sample, others) for sample in samples], PARTS, ALONE) == gate
    seen = [not other for other in others]
    assert _of_edges([changed(sample, seen) for sample in samples], PARTS, ALONE) != gate
    np.testing.assert_array_equal(samples[0].features, samples_of(6.0)[0].features)


def test_the_gates_of_folds_are_those_that_training_would_choose() -> None:
    samples, shipped = samples_of(4.0), bundled_gate()
    found = learned(samples, PARTS, ALONE)
    assert set(found) == {T2, OWN, SHIPPED, FUSED}
    assert not found[OWN].is_closed
    assert found[FUSED] == found[OWN] == chosen_gate(samples, PARTS, ALONE, shipped)
    assert found[T2] == _of_edges(samples, PARTS, ALONE)
    assert found[SHIPPED] == shipped


@pytest.mark.parametrize(("agreement", "harm"), [(0.0, False), (1.0, True)])
def test_where_no_gate_is_learned_the_packages_ships_unless_it_does_harm(
    agreement: float, harm: bool
) -> None:
    features = np.zeros((8, len(FEATURES)), np.float32)
    for name, value in (("adds", 1), ("certainty", 3), ("agreement", agreement)):
        features[:, FEATURES.index(name)] = value
    assert bundled_gate().accepts(features).all() == harm
    # GrabCut is wrong about every other piece, and that costs more than the right ones bring.
    samples = [replace(one, features=features) for one in samples_of(0.0)]
    chosen = chosen_gate(samples, PARTS, ALONE, bundled_gate())
    found = learned(samples, PARTS, ALONE)
    assert found[OWN].is_closed
    assert chosen == (found[OWN] if harm else None)
    assert found[FUSED] == (found[OWN] if harm else bundled_gate())


def test_elsewhere_the_packages_gate_is_what_ships() -> None:
    assert elsewhere() == {SHIPPED: bundled_gate(), FUSED: bundled_gate()}


def test_the_drawn_beak_is_foreground_of_the_backgrounds_colours() -> None:
    one, beak = drawn_bird()
    truth, image = one.pair.mask, one.pair.image.astype(float)
    assert beak.sum() > 300
    assert (truth[beak] == 1).all()
    colours = {
        name: image[where].mean(axis=0)
        for name, where in {"beak": beak, "bird": (truth == 1) & ~beak, "rest": truth == 0}.items()
    }
    assert np.abs(colours["beak"] - colours["rest"]).max() < 3
    assert np.abs(colours["beak"] - colours["bird"]).max() > 50


def test_fusing_keeps_the_beak_that_grabcut_loses() -> None:
    recall = _recalls(*drawn_bird())
    assert recall[BOX] < 0.5
    assert recall[GRABCUT] < recall[UNET]
    assert recall[UNET] > 0.8
    assert recall[SHIPPED] >= recall[UNET] - 0.02


def test_only_true_foreground_inside_a_polygon_counts() -> None:
    truth = square((0, 0, 10))
    truth[4, 4] = VOID
    inside = _inside([[2, 3], [20, 3], [20, 6], [2, 6]], truth)
    expected = np.zeros((SIDE, SIDE), bool)
    expected[3:7, 2:10] = True
    expected[4, 4] = False
    np.testing.assert_array_equal(inside, expected)


def test_the_marked_parts_are_foreground_of_their_photos(shared_data: Path) -> None:
    dataset = open_dataset(shared_data / "animals74" / "train")
    examples = {example.name: example for example in dataset.examples}
    marked = json.loads(MARKED.read_text())
    assert marked
    for one in marked:
        truth = dataset.load(examples[one["photo"]]).mask
        corners = np.array(one["polygon"], np.int32)
        assert len({tuple(corner) for corner in corners.tolist()}) >= 3
        # A corner may lie on the photo's edge.
        assert (corners >= 0).all() and (corners <= truth.shape[::-1]).all()
        assert cv2.contourArea(corners) > 0
        assert np.count_nonzero(_inside(one["polygon"], truth)) >= 100, one["part"]
