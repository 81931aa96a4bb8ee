"""Prediction: what went wrong elsewhere, tried here with a real network, from file to file."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image as Pictures

from maskwright.core import Image, Probs, from_function
from maskwright.outputs.batch import predict
from maskwright.runtime.options import InferenceOptions
from maskwright.runtime.resize import Resize
from maskwright.runtime.segmenter import LoadedModel, load, load_network
from maskwright.runtime.tiles import tiled
from maskwright.unet.export import export_onnx
from maskwright.unet.model import UNet
from maskwright.unet.segmenter import as_segmenter

CLASSES = ("background", "foreground")
RESIZE = Resize("area", 64)


@pytest.fixture(scope="module")
def network() -> UNet:
    """Random weights, but BatchNorm statistics of photos: those of a batch would be others."""
    torch.manual_seed(3)
    network = UNet("efficientnet_lite0", "light", 2).train()
    for first in range(64, 164, 4):
        batch = np.stack([photo(side, side)[:64, :64] for side in range(first, first + 4)])
        network(torch.from_numpy(batch).permute(0, 3, 1, 2).float())
    with torch.no_grad():
        # Untrained, all pixels would get nearly the same: spread them.
        network.state_dict()["decoder.head.weight"].mul_(8)
    return network


@pytest.fixture(scope="module")
def model(network: UNet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exported straight out of training mode, as a careless caller might."""
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    export_onnx(network.train(), path, classes=CLASSES, resize=asdict(RESIZE), use_flips=False)
    return path


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three photos of different brightness and size, one of them dull."""
    folder = tmp_path_factory.mktemp("photos")
    for name, height, width, low, high in (
        ("bright", 150, 201, 0, 256),
        ("dull", 97, 130, 100, 110),
        ("dark", 200, 90, 0, 30),
    ):
        Pictures.fromarray(photo(height, width, low, high)).save(folder / f"{name}.png")
    return folder


def photo(height: int, width: int, low: int = 0, high: int = 256) -> Image:
    rng = np.random.default_rng(height)
    coarse = Pictures.fromarray(rng.integers(low, high, (9, 12, 3)).astype(np.uint8))
    return np.asarray(coarse.resize((width, height), Pictures.Resampling.BICUBIC))


def pixels(path: Path) -> NDArray[Any]:
    return np.asarray(Pictures.open(path))


def test_torch_and_onnx_agree_from_photo_to_probabilities(network: UNet, model: Path) -> None:
    in_torch = as_segmenter(network.eval(), CLASSES, RESIZE, use_flips=False)
    in_onnx = load(model, threads=1)
    for height, width in ((64, 64), (101, 57), (40, 333)):
        image = photo(height, width)
        np.testing.assert_allclose(in_onnx(image), in_torch(image), atol=1e-4)


def test_the_model_is_in_evaluation_mode(model: Path) -> None:
    """A photo's neighbours in a batch do not count, nor does how often it was asked."""
    session = load_network(model, InferenceOptions(threads=1))._session
    batch = np.stack([photo(64, 64), photo(65, 64)[:64]]).transpose(0, 3, 1, 2).astype(np.float32)
    (together,) = session.run(["probs"], {"image": batch})
    for one, found in zip(batch, together, strict=True):
        (alone,) = session.run(["probs"], {"image": one[None]})
        np.testing.assert_allclose(alone[0], found, atol=1e-5)


@pytest.mark.parametrize("tile", [None, 64])
def test_a_file_gives_the_same_as_its_folder(
    model: Path, photos: Path, tmp_path: Path, tile: int | None
) -> None:
    save = ["mask", "prob", "cutout"]
    predict(photos, tmp_path / "all", model=model, save=save, tile=tile, threads=2)
    for one in photos.iterdir():
        predict(one, tmp_path / "one", model=model, save=save, tile=tile, threads=1)
    written = sorted(p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*.png"))
    assert len(written) == 9
    for path in written:
        assert (tmp_path / "all" / path).read_bytes() == (tmp_path / "one" / path).read_bytes()


def test_a_dull_photo_is_not_stretched(model: Path, photos: Path, tmp_path: Path) -> None:
    """65535 is certainty, not the most that this photo happens to hold."""
    predict(photos, tmp_path, model=model, save=["prob"])
    saved = pixels(tmp_path / "probs" / "dull.png")
    expected = load(model)(pixels(photos / "dull.png").astype(np.uint8))[:, :, 1]
    np.testing.assert_allclose(saved, expected * 65535, atol=1)
    assert 0.02 * 65535 < saved.min() < saved.max() < 0.5 * 65535


@pytest.mark.parametrize("tile", [None, 64])
def test_a_threshold_means_the_same_in_tiles(
    model: Path, photos: Path, tmp_path: Path, tile: int | None
) -> None:
    """Blended first and cut then; were each tile cut alone, this would not hold."""
    predict(photos, tmp_path / "soft", model=model, save=["prob"], tile=tile)
    soft = pixels(tmp_path / "soft/probs/bright.png") / 65535
    threshold = round(float(np.quantile(soft, 0.3)), 3)
    predict(photos, tmp_path / "hard", model=model, tile=tile, threshold=threshold)
    mask = pixels(tmp_path / "hard/masks/bright.png") > 0
    sure = np.abs(soft - threshold) > 1e-3
    assert sure.mean() > 0.8
    np.testing.assert_array_equal(mask[sure], soft[sure] > threshold)
    assert 0.5 < mask.mean() < 0.9


def test_tiles_leave_no_seam(model: Path) -> None:
    """A pixel beside the edge of a tile differs from the next no more than elsewhere."""
    image = photo(64, 400)
    segmenter = load(model, threads=1)
    found = tiled(segmenter, 64)(image)[:, :, 1]
    steps = np.abs(np.diff(found, axis=1)).max(axis=0)
    starts = tile_starts(segmenter, image)
    edges = [at - 1 for at in starts[1:]] + [at + 63 for at in starts[:-1]]
    assert np.abs(segmenter(image)[:, :, 1] - found).max() > 0.05  # tiles do see something else
    assert steps[edges].max() <= steps.max() * 0.999
    assert np.median(steps[edges]) <= 1.5 * np.median(steps)


def tile_starts(segmenter: LoadedModel, image: Image) -> list[int]:
    """The first columns of the tiles, as a segmenter that is tiled sees them."""
    marked = image.copy()
    marked[0, :, 0], marked[0, :, 1] = np.divmod(np.arange(image.shape[1]), 256)
    seen = []

    def noting(tile: Image, _prior: Probs | None) -> Probs:
        seen.append(int(tile[0, 0, 0]) * 256 + int(tile[0, 0, 1]))
        return segmenter(tile)

    tiled(from_function(segmenter.classes, noting), 64)(marked)
    return sorted(seen)
