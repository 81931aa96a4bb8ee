"""Scoring a data folder: against scikit-learn on pooled pixels, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pictures
from sklearn import metrics as sk

from maskwright import evaluate
from maskwright.core import VOID, Image, Probs, from_function
from maskwright.data.dataset import open_dataset
from maskwright.data.folder import DataFolder
from maskwright.data.split import Split, write_splits
from maskwright.errors import DataError, ModelError, UsageError
from maskwright.metrics import region
from maskwright.outputs.batch import predict
from maskwright.runtime import bundled
from maskwright.runtime.directory import seal
from tests.support.folders import (
    PREDICTED,
    TRUTHS,
    disc,
    red_photo,
    save,
    white,
    write_data,
    write_masks,
)
from tests.support.models import metadata, red_green_model, red_model, write_model


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_data(tmp_path / "data", TRUTHS, scale=255)


def test_rows_and_summary_of_a_folder_of_masks(data: Path, tmp_path: Path) -> None:
    scores = evaluate(data, predictions=write_masks(tmp_path / "p", white(PREDICTED)))
    assert [row.name for row in scores.rows] == list(TRUTHS)
    assert scores.classes == ("background", "foreground")
    for row in scores.rows:
        truth, prediction = TRUTHS[row.name], PREDICTED[row.name]
        one = row.classes[0]
        assert (row.height, row.width) == truth.shape
        assert row.iou == one.iou == region.iou(truth, prediction)
        assert row.error_rate == pytest.approx(np.mean(truth != prediction))
        assert row.mae is None
        assert [one.in_truth, one.in_prediction] == [truth.any(), prediction.any()]
    ious = [row.iou for row in scores.rows]
    assert ious[1:] == [0, 1]
    summary = scores.summary
    assert summary.iou == pytest.approx(np.mean(ious))
    of = summary.classes[0]
    assert (of.in_truth, of.in_prediction, of.in_neither, of.in_one_only) == (2, 1, 1, 1)
    true = np.concatenate([mask.ravel() for mask in TRUTHS.values()])
    called = np.concatenate([mask.ravel() for mask in PREDICTED.values()])
    assert summary.pooled_error_rate == pytest.approx(1 - sk.accuracy_score(true, called))
    pooled = sk.jaccard_score(true, called, average=None)
    assert list(summary.pooled_ious.values()) == pytest.approx(list(pooled))
    assert [row.name for row in scores.worst(2)] == ["deep/b", "a"]
    assert any("1 and 1 of foreground by predictions" in note for note in scores.notes)


def test_baselines_are_the_constant_masks(data: Path, tmp_path: Path) -> None:
    folder = write_masks(tmp_path / "p", white(PREDICTED))
    baselines = evaluate(data, predictions=folder).baselines
    assert list(baselines) == ["all background", "all foreground"]
    share = np.mean([mask.mean() for mask in TRUTHS.values()])
    assert baselines["all background"].error_rate == pytest.approx(share)
    assert baselines["all foreground"].error_rate == pytest.approx(1 - share)
    assert baselines["all background"].iou == pytest.approx(1 / 3)  # the empty one
    assert baselines["all foreground"].iou == pytest.approx(share)


@pytest.mark.parametrize("scale", [1, 255])
def test_class_indices_and_black_and_white_score_the_same(
    data: Path, tmp_path: Path, scale: int
) -> None:
    folder = write_masks(tmp_path / "p", {k: m * np.uint8(scale) for k, m in PREDICTED.items()})
    expected = [region.iou(TRUTHS[name], PREDICTED[name]) for name in TRUTHS]
    assert [row.iou for row in evaluate(data, predictions=folder).rows] == expected


def test_jpeg_noise_and_soft_edges_are_cut_at_one_half(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "p"
    for name, mask in PREDICTED.items():
        path = folder / f"{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Pictures.fromarray(mask * np.uint8(255)).save(path, quality=95)
    scores = evaluate(data, predictions=folder)
    assert scores.rows[0].iou == pytest.approx(region.iou(TRUTHS["a"], PREDICTED["a"]), abs=0.02)


def test_several_classes_pool_their_pixels(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    truths = {name: rng.integers(0, 3, (12, 9)).astype(np.uint8) for name in "abc"}
    truths["a"][:3] = VOID
    truths["b"][truths["b"] == 2] = 0  # a class that this photo lacks
    predicted = {name: rng.integers(0, 3, (12, 9)).astype(np.uint8) for name in "abc"}
    data = write_data(tmp_path / "data", truths)
    scores = evaluate(data, predictions=write_masks(tmp_path / "p", predicted))
    true = np.concatenate([truths[name].ravel() for name in "abc"])
    called = np.concatenate([predicted[name].ravel() for name in "abc"])[true != VOID]
    true = true[true != VOID]
    expected = sk.jaccard_score(true, called, average=None)
    assert list(scores.summary.pooled_ious.values()) == pytest.approx(list(expected))
    assert scores.summary.iou == pytest.approx(expected.mean())
    assert scores.rows[0].void == pytest.approx(3 / 12)
    assert [one.label for one in scores.rows[0].classes] == list(scores.classes[1:])
    assert scores.rows[1].iou == region.iou(truths["b"], predicted["b"], 1)
    assert list(scores.baselines) == ["all background"]


def test_means_of_several_classes_are_over_the_photos_that_hold_them(tmp_path: Path) -> None:
    truths = {name: np.zeros((8, 8), np.uint8) for name in "abcd"}
    truths["a"][:4] = 1
    truths["b"][:4] = 1
    truths["c"][:, :2] = 3
    predicted = {name: mask.copy() for name, mask in truths.items()}
    predicted["b"][:] = 0
    data = write_data(tmp_path / "data", truths)
    (data / "dataset.yaml").write_text("classes: [ground, leaf, stem, root]\n")
    scores = evaluate(data, predictions=write_masks(tmp_path / "p", predicted))
    leaf, stem, root = scores.summary.classes
    assert (leaf.iou, leaf.in_truth, leaf.in_neither, leaf.in_one_only) == (0.5, 2, 2, 1)
    assert (stem.iou, stem.boundary_f, stem.in_neither) == (None, None, 4)
    assert (root.iou, root.recall) == (1, 1)
    assert scores.summary.pooled_ious["stem"] is None


def test_a_void_band_is_said_aloud(tmp_path: Path) -> None:
    truth = np.full((30, 30), VOID, np.uint8)
    truth[:5] = truth[-5:] = truth[:, :5] = truth[:, -5:] = 0
    truth[10:20, 10:20] = 1
    data = write_data(tmp_path / "data", {"a": truth})
    mask = np.zeros((30, 30), np.uint8)
    mask[8:22, 8:22] = 1
    scores = evaluate(data, predictions=write_masks(tmp_path / "p", {"a": mask}))
    assert scores.rows[0].classes[0].void_contact == 1
    assert scores.summary.classes[0].boundary_f == 1
    assert any("boundary F says nothing there" in note for note in scores.notes)


def test_a_model_scores_as_the_files_that_predict_writes(tmp_path: Path) -> None:
    data = tmp_path / "data"
    mask = disc(700, 2500)  # longer than the working size: masks are enlarged from there
    save(data / "masks" / "large.png", mask * np.uint8(255))
    picture = Pictures.fromarray(red_photo(mask))
    (data / "images").mkdir()
    picture.save(data / "images" / "large.jpg", quality=90)
    write_data(data, {"small": disc(37, 53)}, scale=255)
    model = write_model(tmp_path / "model")
    predict(data / "images", tmp_path / "out", model=model, save=("mask", "prob"))
    direct = evaluate(data, model=model, threads=2)
    from_files = evaluate(data, predictions=tmp_path / "out", threads=2)
    assert direct.rows == from_files.rows
    assert direct.summary == from_files.summary
    assert direct.summary.mae is not None
    assert direct.summary.iou > 0.5
    assert direct.method["model_sha256"] and direct.method["model_seed"] == 0


def test_mae_is_of_the_probabilities(data: Path) -> None:
    def unsure(image: Image, _prior: Probs | None) -> Probs:
        return np.full((*image.shape[:2], 2), (0.75, 0.25), np.float32)

    scores = evaluate(data, segmenter=from_function(("background", "foreground"), unsure))
    expected = [np.mean(np.abs(mask - 0.25)) for mask in TRUTHS.values()]
    assert [row.mae for row in scores.rows] == pytest.approx(expected, abs=1e-4)
    assert scores.summary.mae == pytest.approx(np.mean(expected), abs=1e-4)


def test_the_threshold_moves_the_mask(data: Path) -> None:
    def unsure(image: Image, _prior: Probs | None) -> Probs:
        return np.full((*image.shape[:2], 2), (0.75, 0.25), np.float32)

    segmenter = from_function(("background", "foreground"), unsure)
    found = {t: evaluate(data, segmenter=segmenter, threshold=t) for t in (0.2, 0.3)}
    for threshold, baseline in [(0.2, "all foreground"), (0.3, "all background")]:
        assert found[threshold].summary.iou == found[threshold].baselines[baseline].iou
        assert found[threshold].method["threshold"] == threshold
    with pytest.raises(UsageError, match="threshold"):
        evaluate(data, segmenter=segmenter, threshold=1.5)


def test_three_classes_from_a_model(tmp_path: Path) -> None:
    mask = disc(48, 64)
    mask[:10] = 2
    data = write_data(tmp_path / "data", {"a": mask})
    model = write_model(tmp_path / "model", red_green_model())
    scores = evaluate(data, model=model)
    assert scores.summary.iou > 0.6
    assert scores.summary.mae is None


def test_the_number_of_threads_changes_nothing(data: Path, tmp_path: Path) -> None:
    model = write_model(tmp_path / "model")
    assert evaluate(data, model=model, threads=1) == evaluate(data, model=model, threads=4)


def test_each_photo_is_reported_as_it_is_done(data: Path, tmp_path: Path) -> None:
    seen: list[tuple[str, int]] = []
    folder = write_masks(tmp_path / "p", white(PREDICTED))
    evaluate(data, predictions=folder, on_photo=lambda row, many: seen.append((row.name, many)))
    assert seen == [(name, 3) for name in TRUTHS]


def test_a_model_is_not_praised_for_the_photos_it_was_trained_on(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = write_model(tmp_path / "model")
    assert not any("was trained on" in note for note in evaluate(data, model=model).warnings)
    dataset = open_dataset(data)
    first, *others = [example.name for example in dataset.examples]
    write_splits(model / "splits.json", dataset, [Split((first,), tuple(others))])
    seal(model)
    (note,) = (note for note in evaluate(data, model=model).warnings if "was trained on" in note)
    assert f"1 of these {1 + len(others)} photos ({first})" in note
    assert note.endswith(f"see {model / 'metrics.json'}")
    monkeypatch.setattr(bundled, "BUNDLED", ("model",))
    monkeypatch.setattr(bundled, "_FOLDER", tmp_path)
    assert any(
        note.endswith("see `maskwright info model`")
        for note in evaluate(data, model=model).warnings
    )


def test_changed_copies_never_judge(data: Path, tmp_path: Path) -> None:
    names = ("rt_a", "deep/hf_b")
    write_data(data, {name: disc(40, 60, radius=0.1) for name in names}, scale=255)
    model = write_model(tmp_path / "model")
    scores = evaluate(data, model=model)
    assert [row.name for row in scores.rows] == list(TRUTHS)
    assert any("2 augmented copies are left out" in note for note in scores.notes)
    # Predictions of copies are not asked for.
    folder = write_masks(tmp_path / "p", white(PREDICTED))
    assert len(evaluate(data, predictions=folder).rows) == 3


def test_a_folder_of_nothing_but_copies_is_refused(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data", {"rt_a": disc(40, 60), "hf_a": disc(30, 30)}, scale=255)
    (data / "pairs.csv").write_text("name,parent\nrt_a,a\nhf_a,a\n")
    with pytest.raises(DataError, match="all 2 photos are augmented copies of others"):
        evaluate(data, model=write_model(tmp_path / "model"))


def test_a_model_remembers_unusual_mask_values(tmp_path: Path) -> None:
    mask = disc(48, 64)
    mask[:10] = 2
    said = "0=background,128=red,255=green"
    stored = np.array([0, 128, 255], np.uint8)[mask]
    data = tmp_path / "data"
    save(data / "images" / "a.png", red_photo(mask))
    save(data / "masks" / "a.png", stored)
    with pytest.raises(DataError, match="--values"):
        open_dataset(data)
    model = write_model(tmp_path / "model", red_green_model())
    info = json.loads((model / "model.json").read_text())
    info["mask_encoding"] = open_dataset(DataFolder(data, values=said)).encoding.to_json()
    (model / "model.json").write_text(json.dumps(info))
    seal(model)
    remembered = evaluate(data, model=model)
    told = evaluate(DataFolder(data, values=said), model=model)
    assert (remembered.rows, remembered.summary) == (told.rows, told.summary)
    assert any("128 = red" in note for note in remembered.notes)
    # What DATA says itself goes before.
    (data / "dataset.yaml").write_text("values: {0: ground, 128: leaf, 255: stem}\n")
    assert evaluate(data, model=model).classes == ("ground", "leaf", "stem")


def test_plain_masks_are_not_read_as_the_model_was_trained(tmp_path: Path) -> None:
    """0/1 masks under a model that was trained on 0/255 would all be background."""
    data = write_data(tmp_path / "data", {"a": disc(48, 64)})
    model = write_model(tmp_path / "model")
    info = json.loads((model / "model.json").read_text())
    trained = open_dataset(write_data(tmp_path / "other", {"a": disc(9, 9)}, scale=255))
    info["mask_encoding"] = trained.encoding.to_json()
    (model / "model.json").write_text(json.dumps(info))
    seal(model)
    assert evaluate(data, model=model).summary.classes[0].in_truth == 1


def test_what_no_method_uses_is_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--method unet,predictions"):
        evaluate(data, model=tmp_path, predictions=tmp_path)
    with pytest.raises(UsageError, match="threshold"):
        evaluate(data, predictions=tmp_path, threshold=0.4)


def test_without_a_model_the_bundled_one_is_scored(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MASKWRIGHT_MODEL", raising=False)
    assert evaluate(data) == evaluate(data, model="subject")


def test_a_model_that_is_not_there_says_how_to_train_one(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MASKWRIGHT_MODEL", str(tmp_path / "nothing"))
    with pytest.raises(ModelError, match="train"):
        evaluate(data)


def test_classes_of_model_and_data_must_fit(data: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="background, red, green"):
        evaluate(data, model=write_model(tmp_path / "three", red_green_model()))
    swapped = red_model(metadata(classes=["foreground", "background"]))
    with pytest.raises(DataError, match="order"):
        evaluate(data, model=write_model(tmp_path / "swapped", swapped))
