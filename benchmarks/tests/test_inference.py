"""Speed of prediction: the peers do the same work, commands are measured, tables add up."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image as PilImage

from benchmarks.inference.commands import command_cost
from benchmarks.inference.curves import _of_size, _repeated
from benchmarks.inference.floor import measured_peak
from benchmarks.inference.peers import (
    _joined,
    in_torch,
    multiply_adds,
    own_network,
    wide_of,
    write_wide,
)
from benchmarks.inference.tables import tables
from benchmarks.inference.wide import wide_network
from benchmarks.inference.worker import SHIPPED, SPREAD, worker_command
from benchmarks.keras.environment import variables
from benchmarks.keras.worker import Worker
from maskwright.runtime.segmenter import load
from maskwright.training.train import train
from maskwright.unet.model import UNet
from tests.support.data_folders import blob, data_folder, picture, write


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real network, trained for a step: what is compared depends on no weights."""
    folder = tmp_path_factory.mktemp("model")
    data = data_folder(folder / "data", {f"photo{n}": blob() for n in range(3)})
    return train(data, folder / "model", steps=1, size=64, start="scratch").model


@pytest.mark.slow
def test_torch_in_the_models_own_pipeline_gives_its_probabilities(model: Path) -> None:
    photo = picture(1, 90, 120)
    ours = load(model, threads=1)(photo)
    theirs = in_torch(model, own_network(model), compiled=False)(photo)
    np.testing.assert_allclose(theirs, ours, atol=1e-4)
    assert ours.std() > 0


@pytest.mark.slow
def test_the_wide_network_differs_from_the_model_in_nothing_but_the_network(
    model: Path, tmp_path: Path
) -> None:
    segmenter = load(write_wide(model, tmp_path / "wide.onnx"), threads=1)
    assert segmenter.metadata == load(model, threads=1).metadata
    photo = picture(1, 90, 120)
    probs = segmenter(photo)
    assert probs.argmax(axis=2).max() == 0  # as documented, it finds nothing
    theirs = in_torch(model, wide_of(model), compiled=False)(photo)
    np.testing.assert_allclose(theirs, probs, atol=1e-4)


@pytest.mark.slow
def test_a_worker_predicts_photos(model: Path, tmp_path: Path) -> None:
    photos = [str(write(tmp_path / "photos" / f"{n}.png", picture(n))) for n in range(2)]
    with Worker("ours", worker_command(SHIPPED, SPREAD, model), variables()) as worker:
        answer = worker("predict", photos=photos, out=str(tmp_path / "out"))
    assert answer["seconds"] > 0
    assert len(list((tmp_path / "out" / "masks").iterdir())) == 2


def test_the_wide_decoder_costs_many_times_as_much() -> None:
    light = multiply_adds(UNet("efficientnet_lite0", "light", 2), 256, 256)
    wide = multiply_adds(wide_network("efficientnet_lite0", 2), 256, 256)
    assert light == pytest.approx(475e6 + 134e6, rel=0.01)  # docs/architecture.md
    assert wide > 4 * light


def test_multiply_adds_of_one_convolution() -> None:
    layer = torch.nn.Conv2d(3, 8, 3, padding=1, bias=False)
    assert multiply_adds(layer, 32, 64) == 32 * 64 * 3 * 8 * 9


def test_the_peak_is_of_this_world() -> None:
    assert 1e8 < measured_peak(256, 32) < 1e14


def test_memory_of_a_command_is_that_of_its_process() -> None:
    small = command_cost([sys.executable, "-c", "pass"])
    large = command_cost(
        [sys.executable, "-c", "x = bytearray(300_000_000); x[::4096] = x[::4096]"]
    )
    assert large.peak_mb > small.peak_mb + 250
    assert small.seconds > 0
    with pytest.raises(RuntimeError, match="ended with 3"):
        command_cost([sys.executable, "-c", "raise SystemExit(3)"])


def test_photos_are_repeated_under_other_names(tmp_path: Path) -> None:
    photos = [write(tmp_path / "photos" / f"{n}.png", picture(n)) for n in range(2)]
    folder = _repeated(photos, 5, tmp_path / "5 photos")
    found = sorted(folder.iterdir())
    assert len(found) == 5
    assert found[4].read_bytes() == photos[0].read_bytes() != photos[1].read_bytes()


@pytest.mark.parametrize("megapixels", [0.002, 0.5])
def test_a_photo_of_any_size(tmp_path: Path, megapixels: float) -> None:
    photo = write(tmp_path / "photo.png", picture(0, 48, 64))
    with PilImage.open(_of_size(photo, megapixels, tmp_path / "out.jpg")) as made:
        assert made.width * made.height == pytest.approx(1e6 * megapixels, rel=0.05)
        assert made.width / made.height == pytest.approx(64 / 48, rel=0.05)


def test_chunks_are_joined_in_order_and_checked(tmp_path: Path) -> None:
    chunks: list[dict[str, Any]] = []
    for at, part in enumerate((b"first", b"second")):
        digest = hashlib.sha256(part).hexdigest()
        (tmp_path / digest).write_bytes(part)
        chunks.append({"hash": digest, "offsets": [5 * at, 5 * at + len(part)]})
    resources = {"/models/medium": {"chunks": chunks[::-1]}}
    (tmp_path / "resources.json").write_text(json.dumps(resources))
    assert _joined(tmp_path, "/models/medium") == b"firstsecond"
    (tmp_path / chunks[0]["hash"]).write_bytes(b"another")
    with pytest.raises(ValueError, match="its SHA-256 is not its name"):
        _joined(tmp_path, "/models/medium")


def results() -> dict[str, Any]:
    def cost(seconds: float, peak_mb: float) -> dict[str, Any]:
        return {"seconds": seconds, "peak_mb": peak_mb, "runs": []}

    return {
        "rates": {
            "of": {
                "as shipped": {"seconds": [0.02, 0.03, 0.02], "median": 0.02},
                "keras": {"seconds": [0.08, 0.06, 0.06], "median": 0.06},
            }
        },
        "floor": {"of": {"as shipped": {"multiply_adds": 1.9e9, "milliseconds": 12.34}}},
        "cold": {"one photo": cost(0.456, 123.4)},
        "counts": {"10": cost(0.5, 100), "10000": cost(250.0, 210.4)},
        "sizes": {
            "100": {
                "mask": cost(2.345, 800),
                "mask and cut-out": cost(9.87, 1234),
                "mask and cut-out on a photo": cost(8, 999),
            }
        },
    }


def test_tables() -> None:
    made = tables(results())
    rows = {name: text.splitlines()[2:] for name, text in made.items()}
    assert rows["inference-rates"] == [
        "| as shipped | 50.0 | 20.0 |  |",
        "| keras | 16.7 | 60.0 | 3.00 (2.00 to 4.00) |",
    ]
    assert rows["inference-floor"] == ["| as shipped | 1,900 | 12.3 | 20.0 |"]
    assert rows["inference-cold"] == ["| one photo | 0.46 | 123 MB |"]
    assert rows["inference-counts"] == [
        "| 10 | 0.5 | 20.0 | 100 MB |",
        "| 10,000 | 250.0 | 40.0 | 210 MB |",
    ]
    assert rows["inference-sizes"] == ["| 100 | 2.35 | 800 MB | 9.87 | 1,234 MB | 8.00 | 999 MB |"]
