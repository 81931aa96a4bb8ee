"""A gate is learned on held-out photos, each with the model of its fold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from maskwright.classical.grabcut import grabcut
from maskwright.core import Image, Mask
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.fusion.gate import Gate, bundled_gate
from maskwright.fusion.learn import GateSample, learn_gate, mean_gain
from maskwright.fusion.method_outputs import run_classical
from maskwright.metrics.region import iou
from maskwright.runtime.segmenter import LoadedModel, load
from maskwright.study.folds import FoldModels
from maskwright.study.gating import (
    chosen_gate,
    gate_of_folds,
    gate_seconds,
    sample_of,
    samples_of_folds,
)
from tests.support.folders import save
from tests.support.gate_samples import ALONE, PARTS, samples_of
from tests.support.method_outputs import gate_of
from tests.support.models import red_green_model, write_model
from tests.support.photos import disc_of, speckled_disc

PHOTOS = 9


def with_lone_pixels(image: Image) -> Mask:
    """What the model finds."""
    return (image.astype(int) @ (2, -1, -1) > 50).astype(np.uint8)


def speckled_data(root: Path, *, lone: bool, side: int = 64) -> Dataset:
    """Photos with lone pixels of which GrabCut says otherwise than the model."""
    for at in range(PHOTOS):
        image = speckled_disc(side, side, seed=at)
        truth = with_lone_pixels(image) if lone else disc_of(side, side, seed=at)
        save(root / "images" / f"{at}.png", image)
        save(root / "masks" / f"{at}.png", truth * np.uint8(255))
    return open_dataset(root)


def folds_of(dataset: Dataset) -> list[list[str]]:
    names = [example.name for example in dataset.examples]
    return [names[at::3] for at in range(3)]


def learned(dataset: Dataset, model: LoadedModel) -> Gate | None:
    return gate_of_folds(FoldModels(dataset, folds_of(dataset), [model] * 3, 2))


RIGHT, WRONG = gate_of(area=6.0), gate_of(area=-6.0)  # about `samples_of` with a rule


@pytest.mark.parametrize("shipped", [RIGHT, WRONG])
def test_an_open_gate_of_ones_own_is_chosen(shipped: Gate) -> None:
    samples = samples_of(6.0)
    gate = chosen_gate(samples, PARTS, ALONE, shipped)
    assert gate == learn_gate(samples, PARTS, ALONE)
    assert gate is not None and not gate.is_closed


def test_a_closed_gate_is_replaced_by_the_bundled_one_unless_that_does_harm() -> None:
    samples, parts = samples_of(6.0), [0] * len(PARTS)  # one part is too few to learn from
    assert learn_gate(samples, parts, ALONE).is_closed
    assert chosen_gate(samples, parts, ALONE, RIGHT) is None
    assert chosen_gate(samples, parts, ALONE, WRONG) == learn_gate(samples, parts, ALONE)


@pytest.fixture
def model(tmp_path: Path) -> LoadedModel:
    return load(write_model(tmp_path / "m"), threads=1)


def test_where_grabcut_is_right_the_gate_opens(tmp_path: Path, model: LoadedModel) -> None:
    dataset = speckled_data(tmp_path / "data", lone=False)
    gate = learned(dataset, model)
    assert gate is not None and not gate.is_closed
    assert gate.gain > 0.02
    assert gate.photos == PHOTOS


def test_where_the_network_is_right_none_opens(tmp_path: Path, model: LoadedModel) -> None:
    assert learned(speckled_data(tmp_path / "data", lone=True), model) is None
    assert not mean_gain(bundled_gate(), _samples(tmp_path / "data", model))


def _samples(data: Path, model: LoadedModel) -> list[GateSample]:
    dataset = open_dataset(data)
    return samples_of_folds(FoldModels(dataset, folds_of(dataset), [model] * 3, 1))[0]


@pytest.mark.parametrize("enlarge", ["bilinear", "guided"])
def test_samples_are_made_at_the_size_of_the_photo(tmp_path: Path, enlarge: str) -> None:
    dataset = speckled_data(tmp_path / "data", lone=False, side=128)
    path = write_model(tmp_path / "m")
    model = load(path, threads=1, enlarge=enlarge)
    samples = []
    for example in dataset.examples:
        pair = dataset.load(example)
        small = model.metadata.resize.fitted(pair.image)
        assert small.shape == (64, 64, 3)
        opinions = run_classical(small, model.network(small)[:, :, 1], grabcut())
        sample = sample_of(opinions, pair.image, pair.mask, model.metadata.resize, enlarge)
        assert sample.iou(np.zeros(len(sample.features), bool)) == pytest.approx(
            iou(pair.mask, model(pair.image).argmax(2).astype(np.uint8))
        )
        samples.append(sample)
    assert any(len(one.features) for one in samples)
    found, parts = samples_of_folds(FoldModels(dataset, folds_of(dataset), [model] * 3, 2))
    assert parts == [at % 3 for at in range(PHOTOS)]
    for one, expected in zip(found, samples, strict=True):
        np.testing.assert_array_equal(one.features, expected.features)
        np.testing.assert_array_equal(one.intersection_gain, expected.intersection_gain)
        np.testing.assert_array_equal(one.union_gain, expected.union_gain)
        assert one.intersection == expected.intersection
        assert one.union == expected.union


def test_each_photo_is_seen_by_the_model_of_its_fold(tmp_path: Path, model: LoadedModel) -> None:
    dataset = speckled_data(tmp_path / "data", lone=False)
    seen: dict[int, int] = {}

    class Noted:
        metadata, enlarge = model.metadata, model.enlarge

        def __init__(self, at: int) -> None:
            self.at = at

        def network(self, image: Image) -> np.ndarray:
            seen[hash(image.tobytes())] = self.at
            return model.network(image)

    names = [example.name for example in dataset.examples]
    models = [Noted(at) for at in range(3)]
    gate_of_folds(FoldModels(dataset, [names[at::3] for at in range(3)], models, 2))  # type: ignore[arg-type]
    images = [hash(dataset.load(example).image.tobytes()) for example in dataset.examples]
    assert [seen[image] for image in images] == [at % 3 for at in range(PHOTOS)]


def test_more_than_two_classes_learn_none(tmp_path: Path) -> None:
    for at in range(4):
        image, mask = speckled_disc(seed=at), disc_of(seed=at)
        mask[:5, :5] = 2
        save(tmp_path / "data" / "images" / f"{at}.png", image)
        save(tmp_path / "data" / "masks" / f"{at}.png", mask)
    dataset = open_dataset(tmp_path / "data")
    model = load(write_model(tmp_path / "m", red_green_model()), threads=1)
    names = [example.name for example in dataset.examples]
    assert gate_of_folds(FoldModels(dataset, [names], [model], 1)) is None
    assert gate_seconds(dataset, model.network, model.metadata.resize) == 0


def test_the_time_is_found_out_on_a_few(tmp_path: Path, model: LoadedModel) -> None:
    dataset = speckled_data(tmp_path / "data", lone=False)
    assert 0 < gate_seconds(dataset, model.network, model.metadata.resize) < 60
