"""`train --folds`: a model of all photos, with the threshold that folds have found."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pictures

import maskwright
from maskwright.core import normalised
from maskwright.engine.build import CLOSED_GATE
from maskwright.errors import DataError, UsageError
from maskwright.fusion.gate import Gate
from maskwright.refine.clean import Clean
from maskwright.runtime.metadata import with_metadata
from maskwright.study.finishing import Finishing
from maskwright.study.folds import FoldModels
from maskwright.training.folds import calibrated
from maskwright.training.run import TrainResult
from tests.support.clock import hurry
from tests.support.method_outputs import gate_of
from tests.support.shapes import write_shapes

pytestmark = pytest.mark.usefixtures("tiny_network")
SMALL: dict[str, Any] = {"steps": 12, "size": 64, "threads": 1, "folds": 2}


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shapes(tmp_path_factory.mktemp("data") / "shapes", 10)


@pytest.fixture(scope="module")
def trained(shapes: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainResult:
    return maskwright.train(shapes, tmp_path_factory.mktemp("model") / "m", **SMALL)


def uncalibrated(model: Path, out: Path) -> Path:
    """The ONNX file of a model without its shift."""
    plain = with_metadata((model / "model.onnx").read_bytes(), {"logit_shift": [0.0, 0.0]})
    out.write_bytes(plain)
    return out


def test_figures_are_out_of_fold_and_say_so(trained: TrainResult, shapes: Path) -> None:
    metrics = json.loads((trained.model / "metrics.json").read_text())
    assert metrics == json.loads(json.dumps(trained.metrics))
    assert metrics["how"].startswith("out of fold")
    assert "of masks made as this model makes them" in metrics["how"]
    assert f"{metrics['calibration']['iou_after']:.2f}" in trained.sentence
    assert (metrics["folds"], metrics["fold_steps"]) == (2, 12)
    names = [row["name"] for row in metrics["validation"]["images"]]
    assert names == sorted(path.stem for path in (shapes / "images").iterdir())
    low, high = metrics["validation"]["interval"]
    assert low <= metrics["validation"]["mean_iou"] <= high
    # At the model's own threshold, which helps these timid models.
    assert metrics["validation"]["mean_iou"] > metrics["calibration"]["iou_before"] + 1e-3
    assert trained.sentence.startswith("On 10 photos held out")


def test_splits_are_the_folds(trained: TrainResult) -> None:
    splits = json.loads((trained.model / "splits.json").read_text())["splits"]
    assert len(splits) == 2
    held = [name for split in splits for name in split["val"]]
    assert len(held) == len(set(held)) == 10
    for split in splits:
        assert not set(split["train"]) & set(split["val"])


def test_the_threshold_lies_inside_the_model(
    trained: TrainResult, shapes: Path, tmp_path: Path
) -> None:
    calibration = trained.metrics["calibration"]
    segmenter = maskwright.load(trained.model, enlarge="bilinear")
    assert segmenter.metadata.logit_shift == tuple(calibration["shift"])
    assert calibration["shift"][1] != 0, "these few steps are known to leave a timid model"
    file = uncalibrated(trained.model, tmp_path / "plain.onnx")
    plain = maskwright.load(file, enlarge="bilinear")
    for path in sorted((shapes / "images").iterdir())[:4]:
        photo = segmenter.metadata.resize.fitted(np.asarray(Pictures.open(path).convert("RGB")))
        mask = segmenter(photo).argmax(axis=2)
        above = plain(photo)[:, :, 1] > calibration["threshold"]
        np.testing.assert_array_equal(mask, above)
        shifted = normalised(plain(photo) * np.exp(np.float32(calibration["shift"])))
        np.testing.assert_allclose(segmenter(photo), shifted, atol=1e-6)


def test_the_model_keeps_how_its_masks_are_finished(trained: TrainResult) -> None:
    finishing = trained.metrics["finishing"]
    metadata = maskwright.load(trained.model).metadata
    assert metadata.enlarge == finishing["enlarge"]
    clean = None if metadata.clean is None else asdict(metadata.clean)
    assert clean == finishing["clean"]
    assert 0 <= finishing["iou_before"] <= finishing["iou_after"] + 0.05


def test_a_model_that_the_gate_of_the_package_serves_keeps_none(
    trained: TrainResult, shapes: Path
) -> None:
    # Two folds are too few to learn, to choose and to judge: its own would stay shut.
    assert "gate" not in trained.metrics
    assert maskwright.load(trained.model).metadata.gate is None
    assert maskwright.load(trained.model, fuse=True).fuses
    scores = maskwright.evaluate(shapes, model=trained.model, methods=("unet", "fused"))
    assert CLOSED_GATE not in scores.notes


def test_the_gate_is_taught_by_models_as_they_are_used(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = gate_of(0.7, bias=1.5)
    seen: list[Any] = []

    def taught(folds: FoldModels) -> Gate:
        seen.extend((model.metadata.logit_shift, model.fuses) for model in folds.models)
        assert [len(names) for names in folds.held_out] == [5, 5]
        return gate

    monkeypatch.setattr(calibrated, "gate_of_folds", taught)
    result = maskwright.train(shapes, tmp_path / "m", **SMALL)
    shift = maskwright.load(result.model).metadata.logit_shift
    assert shift[1] != 0
    assert seen == [(shift, False)] * 2
    assert result.metrics["gate"] == gate.to_json()
    assert maskwright.load(result.model, fuse=True).fuses


def test_photos_are_scored_as_the_model_is_used(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uses: list[dict[str, Any]] = []

    def noted(model: bytes, changes: dict[str, Any]) -> bytes:
        uses.append(dict(changes))
        return with_metadata(model, changes)

    chosen = Finishing("guided", Clean(0.1, 0.01), 0.5, 0.6)
    monkeypatch.setattr(calibrated, "with_metadata", noted)
    monkeypatch.setattr(calibrated, "finishing_of_folds", lambda *_, **__: chosen)
    result = maskwright.train(shapes, tmp_path / "m", **SMALL)
    metadata = maskwright.load(result.model).metadata
    assert metadata.clean == chosen.clean
    assert uses[::2] == uses[1::2]  # both folds alike
    last = {
        "enlarge": "guided",
        "logit_shift": metadata.logit_shift,
        "clean": {"components": 0.1, "holes": 0.01},
    }
    assert uses[::2] == [{}, {"enlarge": "guided"}, last, last]  # the last ones teach the gate


def test_nothing_of_the_folds_is_left(trained: TrainResult) -> None:
    assert not (trained.model / "training" / "folds").exists()
    assert not (trained.model / "training" / "cache").exists()


def test_models_of_the_folds_score_on_the_device_that_was_asked_for(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices: list[object] = []

    def loaded(*arguments: Any, **options: Any) -> Any:
        devices.append(options.get("device"))
        raise KeyboardInterrupt

    monkeypatch.setattr(calibrated, "OnnxNetwork", loaded)
    with pytest.raises(KeyboardInterrupt):
        maskwright.train(shapes, tmp_path / "m", **{**SMALL, "steps": 2}, device="cpu")
    assert set(devices) == {"cpu"}


def test_a_stopped_run_goes_on_to_the_same_model(
    trained: TrainResult, shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "m"

    def stop(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(calibrated, "score_sources", stop)
        with pytest.raises(KeyboardInterrupt):
            maskwright.train(shapes, model, **SMALL)
    shutil.rmtree(model / "training" / "folds" / "fold-2")
    with pytest.raises(UsageError, match="folds was 2, now 3"):
        maskwright.train(shapes, model, **{**SMALL, "folds": 3}, resume=True)
    maskwright.train(shapes, model, **SMALL, resume=True)
    for name in ("model.onnx", "weights.safetensors", "metrics.json", "splits.json"):
        assert (model / name).read_bytes() == (trained.model / name).read_bytes(), name
    again = maskwright.train(shapes, model, **SMALL, resume=True)
    assert again.metrics == json.loads(json.dumps(trained.metrics))


def test_a_model_of_these_photos_cannot_judge_them(
    trained: TrainResult, shapes: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="these very photos"):
        maskwright.train(shapes, tmp_path / "m", start=trained.model, **SMALL)
    with pytest.raises(DataError, match="sources are needed"):
        maskwright.train(shapes, tmp_path / "m", **{**SMALL, "folds": 11})
    assert not (tmp_path / "m").exists()


def test_minutes_are_shared_between_the_model_and_its_folds(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    result = maskwright.train(shapes, tmp_path / "m", minutes=2, size=32, threads=1, folds=2)
    assert result.steps == 2 * result.metrics["fold_steps"] >= 20
