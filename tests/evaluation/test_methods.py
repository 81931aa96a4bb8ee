"""Classical methods beside a model and masks in files: where their seeds come from."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pictures

from maskwright import evaluate
from maskwright.classical.grabcut import grabcut
from maskwright.core import Image, Probs, from_function
from maskwright.data.folder import DataFolder
from maskwright.engine.build import CLOSED_GATE
from maskwright.errors import DataError, UsageError
from maskwright.evaluation.tiles import ACCEPTED_COLOUR
from maskwright.fusion.features import region_features
from maskwright.fusion.gate import CLOSED
from maskwright.fusion.method_outputs import run_classical
from maskwright.outputs.batch import predict
from maskwright.runtime.network import OnnxNetwork
from maskwright.runtime.segmenter import load
from tests.support.folders import disc, save, write_data, write_masks
from tests.support.method_outputs import gate_of
from tests.support.models import metadata, red_green_model, red_model, wide_model, write_model
from tests.support.photos import disc_of, speckled_disc

MASKS = {"a": disc(40, 60), "deep/b": disc(50, 40)}
BOXES = {"a": [[8, 4, 52, 36]], "deep/b": [[4, 6, 36, 44]]}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_data(tmp_path / "data", MASKS, scale=255)


def speckled_data(root: Path) -> Path:
    """Photos with lone pixels about which a model is wrong, and GrabCut is not."""
    for at in range(2):
        save(root / "images" / f"{at}.png", speckled_disc(seed=at))
        save(root / "masks" / f"{at}.png", disc_of(seed=at) * np.uint8(255))
    return root


def test_a_model_and_a_classical_method_in_one_run(data: Path, tmp_path: Path) -> None:
    model = write_model(tmp_path / "model")
    scores = evaluate(data, model=model, methods=("unet", "siox"))
    network, classical = scores.methods
    assert (network.name, classical.name) == ("unet", "siox")
    assert network.method["model"] == str(model) and "seeds" not in network.method
    assert classical.method == {"method": "siox", "seeds": "a centred box"}
    assert "seeds: a centred box" in scores.notes
    assert classical.summary.iou > 0.8
    assert network.rows == evaluate(data, model=model).rows
    assert {one.first for one in scores.comparisons} == {"siox"}


def test_a_model_beside_itself_with_grabcut(tmp_path: Path) -> None:
    data = speckled_data(tmp_path / "speckled")
    model = write_model(tmp_path / "m", red_model(metadata(gate=gate_of(bias=9.0).to_json())))
    scores = evaluate(data, model=model, methods=("unet", "fused"), threshold=0.5)
    network, fused = scores.methods
    assert (network.name, fused.name) == ("unet", "fused")
    assert fused.method == {"method": "fused", **network.method}
    assert fused.summary.iou > network.summary.iou + 0.02
    assert network.rows == evaluate(data, model=model).rows
    assert fused.rows == evaluate(data, segmenter=load(model, threads=1, fuse=True)).rows
    seeded = evaluate(data, model=model, methods=("fused", "siox"), seeds="model")
    assert seeded.rows == fused.rows
    assert CLOSED_GATE not in scores.notes


def test_a_shut_gate_is_noted(tmp_path: Path) -> None:
    data = speckled_data(tmp_path / "speckled")
    model = write_model(tmp_path / "m", red_model(metadata(gate=gate_of(CLOSED).to_json())))
    scores = evaluate(data, model=model, methods=("unet", "fused"), gallery=2)
    assert CLOSED_GATE in scores.notes
    assert scores.methods[0].rows == scores.methods[1].rows
    assert all(not tile.disputes for tile in scores.gallery)


def test_the_gallery_shows_who_decided_and_runs_no_network_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = speckled_data(tmp_path / "speckled")
    gate = gate_of(area=1.0, bias=6.2)  # gives pixels away that are not quite alone
    path = write_model(tmp_path / "m", red_model(metadata(gate=gate.to_json())))
    model = load(path, threads=1)
    sizes: list[tuple[int, ...]] = []
    run = OnnxNetwork.__call__

    def counted(self: OnnxNetwork, image: Image, prior: Probs | None = None) -> Probs:
        sizes.append(image.shape)
        return run(self, image, prior)

    with monkeypatch.context() as patched:
        patched.setattr(OnnxNetwork, "__call__", counted)
        evaluate(data, model=path, methods=("unet", "fused"))
        alone = len(sizes)
        scores = evaluate(data, model=path, methods=("unet", "fused"), gallery=2, threshold=0.4)
    assert len(sizes) == 2 * alone
    assert len(scores.gallery) == 2
    for tile in scores.gallery:
        with Pictures.open(data / "images" / f"{tile.name}.png") as picture:
            image = np.asarray(picture.convert("RGB"))
        opinions = run_classical(image, model.network(image)[:, :, 1], grabcut())
        given = gate.accepts(region_features(opinions))
        assert 0 < given.sum() < len(given)
        assert list(tile.disputes) == ["fused"]
        disputes = tile.disputes["fused"]
        assert (disputes.regions, disputes.accepted) == (len(given), given.sum())
        with Pictures.open(io.BytesIO(disputes.picture)) as picture:
            drawn = np.asarray(picture.convert("RGBA"))
        times = tile.height // 64
        large = np.kron(opinions.regions.mask(given), np.ones((times, times), bool))
        yellow = (drawn[..., :3] == ACCEPTED_COLOUR).all(axis=2) & (drawn[..., 3] > 0)
        np.testing.assert_array_equal(yellow, large)


def test_fused_needs_no_gate_of_the_models_own(tmp_path: Path) -> None:
    data = speckled_data(tmp_path / "speckled")
    model = write_model(tmp_path / "m")
    scores = evaluate(data, model=model, methods=("unet", "fused"))
    assert CLOSED_GATE not in scores.notes
    assert scores.methods[1].rows == evaluate(data, segmenter=load(model, fuse=True)).rows


def test_masks_in_files_beside_a_method_are_its_own(data: Path, tmp_path: Path) -> None:
    """What `predict` has written scores exactly as what `evaluate` predicts itself."""
    predict(data / "images", tmp_path / "out", method="siox", save=("mask", "prob"))
    scores = evaluate(data, predictions=tmp_path / "out", methods=("siox", "predictions"))
    now, written = scores.methods
    assert now.rows == written.rows
    assert all(one.difference == 0 and one.ties == 2 for one in scores.comparisons)


@pytest.mark.parametrize(
    "options",
    [{"fast": True}, {"tile": 64}, {"tile": 64, "overlap": 0.5}, {"enlarge": "guided"}],
    ids=str,
)
def test_what_predict_writes_scores_as_what_evaluate_predicts(
    options: dict[str, Any], tmp_path: Path
) -> None:
    data = write_data(tmp_path / "data", {"a": disc(160, 90), "b": disc(70, 130)}, scale=255)
    model = write_model(tmp_path / "model", wide_model())
    predict(data / "images", tmp_path / "out", model=model, save=("mask", "prob"), **options)
    written = evaluate(data, predictions=tmp_path / "out")
    scores = evaluate(data, model=model, **options)
    assert scores.rows == written.rows
    assert scores.method.items() >= options.items()
    assert scores.rows != evaluate(data, model=model).rows or options == {"fast": True}


def test_boxes_of_the_data_are_taken_when_nothing_is_said(data: Path, tmp_path: Path) -> None:
    (data / "boxes.json").write_text(json.dumps(BOXES))
    scores = evaluate(data, methods=("siox",))
    assert scores.method["seeds"] == f"boxes of {data / 'boxes.json'}"
    other = tmp_path / "other.json"
    other.write_text(json.dumps({**BOXES, "a": [[20, 10, 40, 30]]}))
    told = evaluate(data, methods=("siox",), box=str(other))
    assert told.method["seeds"] == f"boxes of {other}"
    assert told.rows[0] != scores.rows[0]
    assert told.rows[1] == scores.rows[1]


def test_photos_without_seeds_are_named_before_any_work(data: Path) -> None:
    (data / "boxes.json").write_text(json.dumps({"somewhere": [[0, 0, 9, 9]]}))

    def never(image: Image, prior: Probs | None) -> Probs:
        raise AssertionError("a photo was segmented")

    segmenter = from_function(("background", "foreground"), never)
    with pytest.raises(DataError, match=r"'a'.*'deep/b'"):
        evaluate(data, segmenter=segmenter, methods=("segmenter", "siox"))


def test_wrong_boxes_are_named_before_any_work(data: Path) -> None:
    boxes = {name: [[2, 2, 9, 9]] for name in MASKS}
    boxes[list(MASKS)[-1]] = [[2, 2, 9, 500]]
    (data / "boxes.json").write_text(json.dumps(boxes), encoding="utf-8")
    began: list[object] = []
    with pytest.raises(DataError, match="reaches out of the photo"):
        evaluate(data, methods=("siox",), threads=1, on_photo=lambda *told: began.append(told))
    assert not began


def test_strokes_probabilities_and_a_model_are_seeds_too(data: Path, tmp_path: Path) -> None:
    model = write_model(tmp_path / "model")
    strokes = {name: mask.copy() for name, mask in MASKS.items()}
    for name, stroke in strokes.items():
        stroke[:] = 0
        stroke[2, 2:-2] = stroke[-3, 2:-2] = 2
        height, width = MASKS[name].shape
        stroke[height // 2, width // 2 - 4 : width // 2 + 4] = 1
    folder = write_masks(tmp_path / "strokes", strokes)
    by_strokes = evaluate(data, methods=("siox",), scribbles=folder)
    assert by_strokes.method["seeds"] == f"strokes of {folder}"
    predict(data / "images", tmp_path / "out", model=model, save=("prob",))
    by_files = evaluate(data, methods=("siox",), prior=tmp_path / "out")
    by_model = evaluate(data, methods=("siox",), seeds="model", model=model)
    assert by_model.method["seeds"] == "the model's probabilities"
    assert by_files.summary.iou == pytest.approx(by_model.summary.iou, abs=0.02)
    assert min(one.summary.iou for one in (by_strokes, by_files, by_model)) > 0.7


def test_a_segmenter_gets_a_prior_only_when_seeds_are_named(data: Path) -> None:
    priors: list[Probs | None] = []

    def keeping(image: Image, prior: Probs | None) -> Probs:
        priors.append(prior)
        return np.full((*image.shape[:2], 2), 0.5, np.float32)

    segmenter = from_function(("background", "foreground"), keeping)
    assert "seeds" not in evaluate(data, segmenter=segmenter).method
    assert priors == [None, None]
    priors.clear()
    scores = evaluate(data, segmenter=segmenter, box="10,10,30,30", threads=1)
    assert scores.method["seeds"] == "the box 10,10,30,30"
    for prior, mask in zip(priors, MASKS.values(), strict=True):
        assert prior is not None and prior.shape == (*mask.shape, 2)
        assert np.count_nonzero(prior[:, :, 1] == 0.5) == 400


def test_classical_methods_know_two_classes_only(tmp_path: Path) -> None:
    masks = {"a": (disc(30, 30) + disc(30, 30, radius=0.1)).astype(np.uint8)}
    data = write_data(tmp_path / "data", masks)
    model = write_model(tmp_path / "model", red_green_model())
    with pytest.raises(UsageError, match=r"--method siox.*leave it out"):
        evaluate(data, model=model, methods=("unet", "siox"))


def test_groups_may_be_told_by_names(data: Path) -> None:
    apart = evaluate(DataFolder(data, groups="a|b"), methods=("siox",))
    rows = [f"{row.name},plant" for row in apart.rows]
    (data / "pairs.csv").write_text("\n".join(["name,group", *rows]) + "\n")
    together = evaluate(data, methods=("siox",))
    assert apart.methods[0].intervals["iou"]
    assert together.methods[0].intervals == {}
    assert apart.rows == together.rows
