"""Which weights training starts from: what was asked for, else the bundled model where it fits."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import maskwright
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.split import Split, write_splits
from maskwright.errors import ModelError, UsageError
from maskwright.runtime import bundled as bundled_models
from maskwright.runtime.bundled import bundled
from maskwright.runtime.directory import open_directory, seal
from maskwright.training import planning
from maskwright.training.recipes import FAST, LONG, PAPER, Recipe
from maskwright.training.start.default import chosen_start
from maskwright.training.start.fine_tuning import with_fine_tuning_rates
from maskwright.training.start.weights import (
    named_start,
    new_network,
    refuse_seen,
    weights_digest,
    with_start,
)
from tests.support.models import write_model
from tests.support.shapes import grey, three_classes, write_shapes
from tests.support.tiny import tiny_bundle, use_tiny_network


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return open_dataset(write_shapes(tmp_path_factory.mktemp("data") / "shapes", 10))


@pytest.mark.parametrize("recipe", [FAST, LONG])
def test_figure_and_ground_start_from_the_bundled_model(
    recipe: Recipe, shapes: Dataset, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert chosen_start(recipe, shapes, encoder_weights=None) == "subject"
    assert "from the bundled model (as with --from subject)" in caplog.text


def test_anything_else_starts_from_imagenet_and_says_why(
    shapes: Dataset, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    other = replace(FAST, encoder="mobilenet_v2")
    three = three_classes(write_shapes(tmp_path / "three", 4))
    reasons = {
        "knows two classes, these are 3": (FAST, open_dataset(three), None),
        "is another network": (other, shapes, None),
        "its weights were named": (FAST, shapes, Path("some.pth")),
    }
    for reason, (recipe, dataset, weights) in reasons.items():
        caplog.clear()
        assert chosen_start(recipe, dataset, encoder_weights=weights) == "imagenet"
        assert "starting from imagenet" in caplog.text
        assert reason in caplog.text
    assert chosen_start(PAPER, shapes, encoder_weights=None) == "imagenet"


def test_masks_of_which_the_bundled_model_finds_nothing_start_from_imagenet(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = write_shapes(tmp_path / "holes", 4)
    for path in (data / "masks").iterdir():
        cv2.imwrite(str(path), 255 - grey(path))
    caplog.set_level(logging.INFO)
    assert chosen_start(FAST, open_dataset(data), encoder_weights=None) == "imagenet"
    assert "finds nothing of what these masks show" in caplog.text


def test_photos_that_the_bundled_model_knows_are_not_judged_by_it(
    shapes: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    knowing = tmp_path / "models" / "subject"
    shutil.copytree(bundled("subject"), knowing)
    names = [example.name for example in shapes.examples]
    write_splits(knowing / "splits.json", shapes, [Split(tuple(names[:2]), tuple(names[2:]))])
    seal(knowing)
    monkeypatch.setattr(bundled_models, "_FOLDER", knowing.parent)
    assert chosen_start(FAST, shapes, encoder_weights=None) == "imagenet"
    with pytest.raises(UsageError, match=r"--from subject was trained on 2 of these .* --folds"):
        refuse_seen("subject", shapes, "--folds")
    refuse_seen("imagenet", shapes, "--folds")


def test_an_installation_without_its_model_says_so(
    shapes: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundled_models, "_FOLDER", tmp_path)
    with pytest.raises(ModelError, match="install maskwright again"):
        chosen_start(FAST, shapes, encoder_weights=None)


def test_starts_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert named_start(None) is None
    for name in ("imagenet", "scratch", "subject"):
        assert named_start(name) == name
    with pytest.raises(UsageError, match="choose imagenet, scratch, subject, or a model"):
        named_start("subjekt")
    write_model(tmp_path / "subject")
    assert named_start("subject") == "subject"  # the bundled one, whatever lies here
    assert named_start(Path("subject")) == "./subject"
    assert named_start(tmp_path / "subject") == str(tmp_path / "subject")


def test_photos_are_seen_at_the_size_of_the_model(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    theirs = maskwright.load("subject").metadata.resize.size
    other = replace(FAST, size=theirs + 32)
    assert with_start(other, "subject", classes=2).size == theirs
    assert f"photos are seen at {theirs} pixels, as subject sees them" in caplog.text
    caplog.clear()
    assert with_start(other, "subject", classes=2, size=other.size).size == other.size
    for recipe in (replace(LONG, size=224), PAPER):
        assert with_start(recipe, "subject", classes=2).size == recipe.size
    assert with_start(other, "imagenet", classes=2) == other
    assert not caplog.records


def test_the_encoder_waits_for_a_fresh_decoder_only() -> None:
    assert FAST.frozen_share > 0
    assert with_start(FAST, "subject", classes=2).frozen_share == 0
    assert with_start(FAST, "subject", classes=3).frozen_share == FAST.frozen_share
    assert with_start(PAPER, "subject", classes=2).frozen_share == PAPER.frozen_share


@pytest.mark.parametrize(
    ("key", "value"), [("resize", {"size": 100}), ("resize", None), ("network", {"encoder": "a"})]
)
def test_a_model_that_does_not_say_what_it_is(tmp_path: Path, key: str, value: object) -> None:
    model = tmp_path / "model"
    shutil.copytree(bundled("subject"), model)
    info = json.loads((model / "model.json").read_text())
    (model / "model.json").write_text(json.dumps(info | {key: value}))
    seal(model)
    with pytest.raises(ModelError, match=r"train (it|the model) again"):
        with_start(FAST, str(model), classes=2)


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(bundled("subject"), model)
    weights = load_file(model / "weights.safetensors")
    name = next(name for name, value in weights.items() if value.dtype.kind == "f")
    weights[name] = np.full_like(weights[name], np.nan)
    save_file(weights, model / "weights.safetensors")
    seal(model)
    recipe = with_start(FAST, str(model), classes=2)
    with pytest.raises(ModelError, match="not finite"):
        new_network(recipe, 2, start=str(model), seed=0, encoder_weights=None)


def test_the_network_has_the_bundled_weights() -> None:
    recipe = with_start(FAST, "subject", classes=2)
    network = new_network(recipe, 2, start="subject", seed=0, encoder_weights=None)
    stored = load_file(bundled("subject") / "weights.safetensors")
    ours = network.state_dict()
    assert ours.keys() == stored.keys()
    for name, value in stored.items():
        np.testing.assert_array_equal(ours[name].numpy(), value.astype(ours[name].numpy().dtype))
    other = new_network(recipe, 2, start="subject", seed=1, encoder_weights=None)
    assert weights_digest(other) == weights_digest(network)  # nothing is left to chance
    with pytest.raises(UsageError, match="subject has efficientnet_lite0"):
        with_start(FAST, "subject", classes=2, encoder="mobilenet_v2")


def test_its_weights_are_those_of_its_onnx_file() -> None:
    """Both are rounded from the same weights, each in its own way."""
    from maskwright.runtime.resize import Resize
    from maskwright.unet.segmenter import as_segmenter

    shipped = maskwright.load("subject")
    network = new_network(
        with_start(FAST, "subject", classes=2), 2, start="subject", seed=0, encoder_weights=None
    )
    resize = shipped.metadata.resize
    again = as_segmenter(
        network.eval(),
        shipped.classes,
        Resize(resize.rule, resize.size),
        use_flips=shipped.metadata.flips,
    )
    coarse = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)
    photo = np.asarray(cv2.resize(coarse, (160, 120), interpolation=cv2.INTER_CUBIC), np.uint8)
    difference = np.abs(shipped(photo) - again(photo))
    assert difference.mean() < 0.005


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def tiny_subject(models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The bundled model is a tiny one, and recipes have its encoder."""
    monkeypatch.setattr(bundled_models, "_FOLDER", models)
    with use_tiny_network():
        yield


@pytest.mark.usefixtures("tiny_subject")
def test_a_run_records_where_it_started(
    shapes: Dataset, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    small: dict[str, Any] = {"steps": 2, "size": 64, "threads": 1}
    by_default = maskwright.train(shapes.root, tmp_path / "a", **small)
    assert "bundled model" in caplog.text
    named = maskwright.train(shapes.root, tmp_path / "b", start="subject", **small)
    for result in (by_default, named):
        info = open_directory(result.model).info
        assert info["start"] == info["plan"]["request"]["start"] == "subject"
    files = [result.model / "weights.safetensors" for result in (by_default, named)]
    assert files[0].read_bytes() == files[1].read_bytes()
    with pytest.raises(UsageError, match="start was 'subject', now 'imagenet'"):
        maskwright.train(shapes.root, tmp_path / "a", start="imagenet", resume=True, **small)
    assert json.loads((tmp_path / "a" / "model.json").read_text())["recipe"]["frozen_share"] == 0


@pytest.mark.usefixtures("tiny_subject")
def test_a_resumed_run_starts_where_it_began(
    shapes: Dataset, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Also if an earlier version chose another start than would be chosen now."""
    model = tmp_path / "m"
    small: dict[str, Any] = {"steps": 2, "size": 64, "threads": 1}
    first = maskwright.train(shapes.root, model, start="imagenet", **small)
    before = (first.model / "weights.safetensors").read_bytes()
    (model / "MANIFEST.sha256").unlink()  # as if it had been killed
    plan = model / "training" / "plan.json"
    written = json.loads(plan.read_text())
    del written["known"]  # which an earlier version did not have
    plan.write_text(json.dumps(written))
    maskwright.train(shapes.root, model, resume=True, **small)
    assert open_directory(model).info["start"] == "imagenet"
    assert (model / "weights.safetensors").read_bytes() == before
    caplog.set_level(logging.INFO)
    maskwright.train(shapes.root, model, resume=True, **small)
    assert "is finished already" in caplog.text
    maskwright.train(shapes.root, model, resume=True, overwrite=True, **small)
    assert open_directory(model).info["start"] == "subject"


@pytest.mark.usefixtures("tiny_subject")
def test_what_the_start_knows_is_found_once(
    shapes: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "m"
    small: dict[str, Any] = {"steps": 2, "size": 64, "threads": 1}
    maskwright.train(shapes.root, model, **small)
    info = open_directory(model).info
    known = info["plan"]["known"]
    assert known > 0
    assert info["recipe"]["decoder_rate"] == with_fine_tuning_rates(FAST, known).decoder_rate
    before = (model / "weights.safetensors").read_bytes()
    (model / "MANIFEST.sha256").unlink()

    def again(*arguments: object) -> float:
        raise AssertionError("it is in the plan")

    monkeypatch.setattr(planning, "pretrained_score", again)
    maskwright.train(shapes.root, model, resume=True, **small)
    assert (model / "weights.safetensors").read_bytes() == before
    assert open_directory(model).info["recipe"] == info["recipe"]
