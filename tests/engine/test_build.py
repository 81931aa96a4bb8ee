"""Methods and seeds of a batch: what is chosen, what is refused, what redoes a photo."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pictures

import maskwright
from maskwright.classical.seeds.options import SeedOptions
from maskwright.classical.seeds.priors import centred_box, prior_from_boxes, two_class_probs
from maskwright.classical.siox import siox
from maskwright.core import Image, Probs, from_function
from maskwright.engine.build import CLOSED_GATE, Engines, MethodOptions
from maskwright.errors import DataError, ModelError, UsageError
from maskwright.fusion.gate import CLOSED, Gate
from maskwright.outputs.batch import METHODS, predict
from maskwright.outputs.manifest import read_results
from maskwright.runtime.options import InferenceOptions
from tests.support.method_outputs import gate_of
from tests.support.models import metadata, red_green_model, red_model, write_model
from tests.support.photos import speckled_disc, write_photos

BOX = (10, 8, 90, 70)
AS_TEXT = "10,8,90,70"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    write_photos(tmp_path / "photos", 3)
    return tmp_path / "photos"


@pytest.fixture(autouse=True)
def no_model_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MASKWRIGHT_MODEL", raising=False)
    monkeypatch.chdir(tmp_path)


def pixels(path: Path) -> Any:
    return np.asarray(Pictures.open(path))


def write_boxes(path: Path, **boxes: object) -> Path:
    path.write_text(json.dumps(boxes))
    return path


def data_with_boxes(folder: Path) -> Path:
    """images/, masks/ and boxes.json, as a person keeps them."""
    data = folder / "data"
    write_photos(data / "images", 2)
    (data / "masks").mkdir()
    for photo in (data / "images").iterdir():
        disc = (pixels(photo)[..., 0] > 150).astype(np.uint8) * 255
        Pictures.fromarray(disc).save(data / "masks" / f"{photo.stem}.png")
    write_boxes(data / "boxes.json", **{"000": [BOX], "001": [BOX]})
    return data


def test_methods_by_name() -> None:
    assert METHODS == ("unet", "fused", "grabcut", "grabcut-opencv", "siox")


def test_siox_in_a_box_finds_the_discs_without_a_model(photos: Path, tmp_path: Path) -> None:
    result = maskwright.predict(photos, tmp_path / "out", method="siox", box=AS_TEXT)
    assert not result.failed
    for photo in result.photos:
        image = pixels(photos / f"{photo.name}.jpg")
        mask = pixels(tmp_path / "out" / "masks" / f"{photo.name}.png") == 255
        assert (mask != (image[..., 0] > 150)).mean() < 0.04
        expected = siox()(image, prior_from_boxes([BOX], 75, 100))
        np.testing.assert_array_equal(mask, expected[..., 1] > 0.5)
        assert photo.model == "siox"
        assert photo.options["seeds"] == f"the box {AS_TEXT}"


def test_default_seeds_are_said_aloud(
    photos: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    predict(photos, tmp_path / "out", method="siox")
    assert "seeds: a centred box" in caplog.messages
    expected = siox()(pixels(photos / "000.jpg"), prior_from_boxes([centred_box(75, 100)], 75, 100))
    mask = pixels(tmp_path / "out" / "masks" / "000.png") == 255
    np.testing.assert_array_equal(mask, expected[..., 1] > 0.5)


@pytest.mark.parametrize("named", ["", "images", "images/000.jpg", "images/*.jpg"])
def test_boxes_of_the_data_folder_are_found_however_it_is_named(
    named: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    data = data_with_boxes(tmp_path)
    result = predict(data / named, tmp_path / "out", method="siox")
    assert not result.failed
    assert [photo.name for photo in result.photos] == ["000", "001"][: len(result.photos)]
    assert f"seeds: boxes of {data / 'boxes.json'}" in caplog.messages


@pytest.mark.parametrize("named", [".", "000.jpg", "*.jpg"])
def test_boxes_are_found_from_inside_the_folder_of_photos(
    named: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    data = data_with_boxes(tmp_path)
    monkeypatch.chdir(data / "images")
    assert not predict(named, tmp_path / "out", method="siox").failed
    assert f"seeds: boxes of {data / 'boxes.json'}" in caplog.messages


def test_what_predict_writes_of_a_data_folder_evaluate_takes(tmp_path: Path) -> None:
    data, out = data_with_boxes(tmp_path), tmp_path / "out"
    predict(data, out, method="siox", save=["mask", "prob"])
    assert maskwright.evaluate(data, predictions=out).summary.iou > 0.8
    assert maskwright.evaluate(data, methods=["siox"], prior=out).summary.iou > 0.8


def test_a_photo_without_seeds_fails_alone(photos: Path, tmp_path: Path) -> None:
    path = write_boxes(tmp_path / "b.json", **{"000": [BOX], "002": [[0, 0, 500, 500]]})
    result = predict(photos, tmp_path / "out", method="siox", box=path)
    errors = {photo.name: photo.error for photo in result.photos}
    assert errors["000"] is None
    assert "no seeds for '001'" in str(errors["001"])
    assert "'002' is empty or reaches out of the photo of 100 x 75" in str(errors["002"])
    assert sorted(file.name for file in (tmp_path / "out" / "masks").iterdir()) == ["000.png"]


def test_changed_seeds_redo_their_photo_alone(photos: Path, tmp_path: Path) -> None:
    path, out = tmp_path / "b.json", tmp_path / "out"
    write_boxes(path, **{"000": [BOX], "001": [BOX], "002": [BOX]})
    assert predict(photos, out, method="siox", box=path).skipped == 0
    assert predict(photos, out, method="siox", box=path).skipped == 3
    write_boxes(path, **{"000": [BOX], "001": [[12, 8, 90, 70]], "002": [BOX]})
    assert predict(photos, out, method="siox", box=path).skipped == 2
    assert predict(photos, out, method="siox", box=AS_TEXT).skipped == 0
    assert read_results(out / "predict.jsonl")["001"].options["seeds"] == f"the box {AS_TEXT}"


def test_the_same_boxes_in_another_place_redo_nothing(photos: Path, tmp_path: Path) -> None:
    first, out = tmp_path / "b.json", tmp_path / "out"
    write_boxes(first, **{"000": [BOX], "001": [BOX], "002": [BOX]})
    predict(photos, out, method="siox", box=first)
    assert predict(photos, out, method="siox", box=first.rename(tmp_path / "c.json")).skipped == 3


def test_changed_strokes_redo_their_photo(photos: Path, tmp_path: Path) -> None:
    strokes = np.zeros((75, 100), np.uint8)
    strokes[2], strokes[37, 50] = 2, 1
    folder, out = tmp_path / "strokes", tmp_path / "out"
    folder.mkdir()
    for at in range(3):
        Pictures.fromarray(strokes).save(folder / f"00{at}.png")
    assert not predict(photos, out, method="siox", scribbles=folder).failed
    strokes[70] = 2
    Pictures.fromarray(strokes).save(folder / "001.png")
    assert predict(photos, out, method="siox", scribbles=folder).skipped == 2


def test_seeds_from_the_model_and_from_its_saved_probabilities(
    photos: Path, tmp_path: Path
) -> None:
    model = write_model(tmp_path / "m")
    predict(photos, tmp_path / "probs", model=model, save=["mask", "prob"])
    live = predict(photos, tmp_path / "a", method="siox", seeds="model", model=model)
    kept = predict(photos, tmp_path / "b", method="siox", prior=tmp_path / "probs")
    assert not live.failed + kept.failed
    assert str(live.photos[0].options["seeds"]).startswith("the model's probabilities ")
    for name in ("000", "001", "002"):
        mask, other = (pixels(tmp_path / out / "masks" / f"{name}.png") for out in "ab")
        assert (mask != other).mean() < 0.001
        disc = pixels(photos / f"{name}.jpg")[..., 0] > 150
        assert ((mask == 255) != disc).mean() < 0.03
    again = predict(photos, tmp_path / "a", method="siox", seeds="model", model=model)
    assert again.skipped == 3


def test_a_segmenter_of_ones_own_gets_the_seeds_too(photos: Path, tmp_path: Path) -> None:
    given: list[Probs | None] = []

    def run(image: Image, prior: Probs | None) -> Probs:
        given.append(prior)
        return two_class_probs(np.zeros(image.shape[:2], np.float32))

    mine = from_function(("background", "foreground"), run)
    predict(photos / "000.jpg", tmp_path / "a", segmenter=mine)
    predict(photos / "000.jpg", tmp_path / "b", segmenter=mine, box=AS_TEXT)
    assert given[0] is None
    np.testing.assert_array_equal(given[1], prior_from_boxes([BOX], 75, 100))


@pytest.mark.parametrize(
    ("method", "seeds", "tile", "side"),
    [
        ("unet", None, None, 2048),
        ("unet", None, 1024, 4096),
        ("grabcut", "model", None, 2048),
        ("grabcut", "model", 1024, 2048),
    ],
)
def test_tiles_make_photos_larger_for_a_network_alone(
    tmp_path: Path, method: str, seeds: str | None, tile: int | None, side: int
) -> None:
    model = write_model(tmp_path / "m")
    options = MethodOptions(
        (method,), model, seeds=SeedOptions(source=seeds), inference=InferenceOptions(tile=tile)
    )
    engine = Engines(options, None, ["000"]).all()[method]
    assert engine.segment(np.zeros((4, 5000, 3), np.uint8)).image.shape[1] == side


def test_tiles_with_seeds_and_tiles_of_photos_that_are_larger_still(tmp_path: Path) -> None:
    sizes: list[tuple[int, ...]] = []

    def noted(image: Image, prior: Probs | None) -> Probs:
        sizes.append(image.shape)
        assert prior is not None
        return prior

    write_photos(tmp_path / "photos", 1, height=500, width=5000)
    model = write_model(tmp_path / "m")
    mine = from_function(("background", "foreground"), noted)
    given: dict[str, Any] = {"segmenter": mine, "seeds": "model", "model": model, "tile": 1024}
    assert not predict(tmp_path / "photos", tmp_path / "seeds", **given).failed
    assert sizes == [(205, 2048, 3)]
    out = tmp_path / "tiled"
    predict(tmp_path / "photos", out, model=model, tile=1024, save=["mask", "overlay"])
    assert pixels(out / "overlays" / "000.jpg").shape == (205, 2048, 3)
    red = pixels(tmp_path / "photos" / "000.jpg")[..., 0] > 150
    for folder in (out, tmp_path / "seeds"):
        assert ((pixels(folder / "masks" / "000.png") == 255) == red).mean() > 0.97


def speckled_photos(folder: Path) -> Path:
    """Photos in which GrabCut finds other masks than the model."""
    folder.mkdir()
    for at in range(3):
        Pictures.fromarray(speckled_disc(seed=at)).save(folder / f"{at}.png")
    return folder


def gated_model(path: Path, gate: Gate) -> Path:
    return write_model(path, red_model(metadata(gate=gate.to_json())))


def test_fused_is_the_model_with_its_gate(tmp_path: Path) -> None:
    photos = speckled_photos(tmp_path / "speckled")
    model, out = gated_model(tmp_path / "m", gate_of(bias=9.0)), tmp_path / "out"
    result = predict(photos, out, model=model, method="fused")
    assert not result.failed
    plain, fused = maskwright.load(model), maskwright.load(model, fuse=True)
    for photo in result.photos:
        image = pixels(photos / f"{photo.name}.png")
        mask = pixels(out / "masks" / f"{photo.name}.png") == 255
        np.testing.assert_array_equal(mask, fused(image).argmax(2) == 1)
        assert (mask != (plain(image).argmax(2) == 1)).any()


def test_results_with_and_without_grabcut_are_told_apart(tmp_path: Path) -> None:
    photos = speckled_photos(tmp_path / "speckled")
    model, out = gated_model(tmp_path / "m", gate_of(bias=9.0)), tmp_path / "out"
    assert predict(photos, out, model=model).skipped == 0
    first = predict(photos, out, model=model, method="fused")
    assert first.skipped == 0
    assert {photo.model for photo in first.photos} == {
        f"{maskwright.load(model).fingerprint} fused"
    }
    given = maskwright.load(model, fuse=True)
    assert predict(photos, out, segmenter=given).skipped == 3
    assert predict(photos, out, model=model).skipped == 0


def test_a_shut_gate_is_the_model_alone_and_is_said_aloud(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    photos = speckled_photos(tmp_path / "speckled")
    model, out = gated_model(tmp_path / "m", gate_of(CLOSED)), tmp_path / "out"
    predict(photos, out, model=model)
    assert CLOSED_GATE not in caplog.messages
    assert predict(photos, out, model=model, method="fused").skipped == 3
    assert CLOSED_GATE in caplog.messages


def test_fused_needs_no_gate_of_the_models_own(photos: Path, tmp_path: Path) -> None:
    model = write_model(tmp_path / "m")
    result = predict(photos, tmp_path / "out", model=model, method="fused")
    assert {photo.model for photo in result.photos} == {
        f"{maskwright.load(model).fingerprint} fused"
    }


def test_fused_needs_two_classes(photos: Path, tmp_path: Path) -> None:
    model = write_model(tmp_path / "m", red_green_model())
    with pytest.raises(UsageError, match=r"background, red, green.*choose --method unet"):
        predict(photos, tmp_path / "out", model=model, method="fused")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("loaded", ["bilinear", "guided"])
def test_a_model_that_was_loaded_to_enlarge_otherwise_is_refused(
    photos: Path, tmp_path: Path, loaded: str
) -> None:
    segmenter = maskwright.load(write_model(tmp_path / "m"), enlarge=loaded)
    other = {"bilinear": "guided", "guided": "bilinear"}[loaded]
    with pytest.raises(UsageError, match=f"was loaded as {loaded}; load it with enlarge='{other}'"):
        predict(photos, tmp_path / "out", segmenter=segmenter, enlarge=other)
    assert not predict(photos, tmp_path / "out", segmenter=segmenter, enlarge=loaded).failed


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"method": "magic"}, "only unet, fused, grabcut, grabcut-opencv, siox"),
        ({"box": AS_TEXT}, "--box: a network takes no seeds"),
        ({"scribbles": "s"}, "--scribbles: a network takes no seeds"),
        ({"prior": "p"}, "--prior: a network takes no seeds"),
        ({"seeds": "model"}, "--seeds: a network takes no seeds"),
        ({"method": "siox", "seeds": "magic"}, "--seeds magic"),
        ({"method": "siox", "box": AS_TEXT, "prior": "p"}, "--box and --prior"),
        ({"method": "siox", "box": "9,9,3,3"}, "not a box"),
        ({"method": "siox", "model": "m"}, "siox uses no model"),
        ({"method": "siox", "segmenter": siox()}, "not both"),
        ({"method": "fused", "segmenter": siox()}, "not both"),
        ({"method": "fused", "box": AS_TEXT}, "--box: a network takes no seeds"),
        ({"method": "siox", "threshold": 0.4}, "--threshold 0.4 is for models"),
    ],
)
def test_contradictions_are_refused(
    options: dict[str, Any], problem: str, photos: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=problem):
        predict(photos, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_seeds_need_a_model_of_two_classes(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model"):
        predict(photos, tmp_path / "out", method="siox", seeds="model", model=tmp_path / "nowhere")
    model = write_model(tmp_path / "m", red_green_model())
    with pytest.raises(UsageError, match="two classes"):
        predict(photos, tmp_path / "out", method="siox", seeds="model", model=model)
    with pytest.raises(DataError, match="no such"):
        predict(photos, tmp_path / "out", method="siox", box=tmp_path / "none.json")


def test_boxes_are_in_pixels_of_photos_too_large_to_work_on(tmp_path: Path) -> None:
    write_photos(tmp_path / "photos", 1, height=1500, width=3000)
    box = "200,100,2800,1400"
    result = predict(tmp_path / "photos", tmp_path / "out", method="siox", box=box)
    assert not result.failed
    mask = pixels(tmp_path / "out" / "masks" / "000.png") == 255
    disc = pixels(tmp_path / "photos" / "000.jpg")[..., 0] > 150
    assert mask.shape == (1500, 3000)
    assert (mask != disc).mean() < 0.01
