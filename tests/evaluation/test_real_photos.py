"""Real photos from files to figures, against scikit-learn on the very same files."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pictures
from sklearn import metrics as sk

from maskwright import evaluate
from maskwright.core import VOID
from maskwright.data.folder import DataFolder
from maskwright.outputs.batch import predict
from tests.support.folders import save

PHOTOS = 8


def copied(source: Path, out: Path) -> Path:
    """The first photos of a data set, with what says what their masks mean."""
    masks = sorted((source / "masks").iterdir())[:PHOTOS]
    for mask in masks:
        (photo,) = (source / "images").glob(f"{mask.stem}.*")
        for path in (mask, photo):
            (out / path.parent.name).mkdir(parents=True, exist_ok=True)
            shutil.copy(path, out / path.parent.name)
    return out


def test_two_classes_with_void(shared_data: Path, tmp_path: Path) -> None:
    data = copied(shared_data / "animals74" / "train", tmp_path / "data")
    predict(data / "images", tmp_path / "out", method="siox", save=("mask", "prob"))
    scores = evaluate(data, predictions=tmp_path / "out")
    pixels: list[tuple[np.ndarray, np.ndarray]] = []
    for row in scores.rows:
        truth = np.asarray(Pictures.open(data / "masks" / f"{row.name}.png"))
        mask = np.asarray(Pictures.open(tmp_path / "out" / "masks" / f"{row.name}.png"))
        prob = np.asarray(Pictures.open(tmp_path / "out" / "probs" / f"{row.name}.png"))
        known = truth != VOID
        true, called = truth[known] == 1, mask[known] > 127
        pixels.append((true, called))
        one = row.classes[0]
        expected = {
            "iou": sk.jaccard_score(true, called),
            "dice": sk.f1_score(true, called),
            "precision": sk.precision_score(true, called),
            "recall": sk.recall_score(true, called),
            "f_beta": sk.fbeta_score(true, called, beta=0.3**0.5),
        }
        assert {name: getattr(one, name) for name in expected} == pytest.approx(expected)
        assert row.error_rate == pytest.approx(1 - sk.accuracy_score(true, called))
        top = np.iinfo(prob.dtype).max
        assert row.mae == pytest.approx(
            sk.mean_absolute_error(true.astype(float), prob[known] / top), abs=1e-6
        )
        assert 0 < row.void < 0.5
    true, called = (np.concatenate(each) for each in zip(*pixels, strict=True))
    assert scores.summary.pooled[0].iou == pytest.approx(sk.jaccard_score(true, called))
    assert scores.summary.pooled_error_rate == pytest.approx(1 - sk.accuracy_score(true, called))
    matrix = sk.confusion_matrix(true, called)
    np.testing.assert_array_equal(scores.methods[0].confusion, matrix)


def test_three_classes(shared_data: Path, tmp_path: Path) -> None:
    data = copied(shared_data / "domains" / "wbc1_300", tmp_path / "data")
    truths = {path.stem: np.asarray(Pictures.open(path)) for path in (data / "masks").iterdir()}
    values = np.array([0, 128, 255])
    rng = np.random.default_rng(0)
    called = {}
    for name, truth in truths.items():
        wrong = rng.random(truth.shape) < 0.1
        index = np.searchsorted(values, np.roll(truth, 5, axis=0))
        called[name] = np.where(wrong, rng.integers(0, 3, truth.shape), index).astype(np.uint8)
        save(tmp_path / "called" / f"{name}.png", called[name])
    scores = evaluate(
        DataFolder(data, values="0=background,128=cytoplasm,255=nucleus"),
        predictions=tmp_path / "called",
    )
    true = np.concatenate([np.searchsorted(values, truths[name]).ravel() for name in called])
    found = np.concatenate([mask.ravel() for mask in called.values()])
    np.testing.assert_array_equal(scores.methods[0].confusion, sk.confusion_matrix(true, found))
    ious = sk.jaccard_score(true, found, average=None)
    assert list(scores.summary.pooled_ious.values()) == pytest.approx(list(ious))
    assert scores.summary.iou == pytest.approx(sk.jaccard_score(true, found, average="macro"))
    low, high = scores.methods[0].intervals["iou"]
    assert low < scores.summary.iou < high
