"""A model as a segmenter: what it computes, and by what options."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from maskwright.core import Image
from maskwright.errors import ModelError, UsageError
from maskwright.runtime.directory import seal
from maskwright.runtime.segmenter import LoadedModel, load
from tests.support.models import loaded, metadata, red_green_model, red_model, write_model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model")


def red_square(height: int = 96, width: int = 128) -> Image:
    image = np.full((height, width, 3), 90, np.uint8)
    image[height // 4 : height // 2, width // 4 : width // 2] = (240, 20, 30)
    return image


def segmenter_of(proto: onnx.ModelProto) -> LoadedModel:
    return loaded(proto.SerializeToString())


def looking_at_columns() -> onnx.ModelProto:
    """A network that sees a photo darken towards its left side."""
    proto = red_model()
    proto.graph.node[0].input[0] = "weighted"
    ramp = np.linspace(0, 1, 64, dtype=np.float32).reshape(1, 1, 1, 64)
    proto.graph.initializer.append(onnx.numpy_helper.from_array(ramp, "ramp"))
    proto.graph.node.insert(0, helper.make_node("Mul", ["image", "ramp"], ["weighted"]))
    return proto


def test_it_finds_what_the_network_finds(model: Path) -> None:
    image = red_square()
    probs = load(model)(image)
    red = (image[:, :, 0] > 200).astype(int)
    assert np.mean(probs.argmax(axis=2) == red) > 0.97


def test_it_is_the_formula_where_no_resizing_is_needed() -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    probs = segmenter_of(red_model())(image)
    red, green, blue = (image[:, :, at].astype(np.float64) for at in range(3))
    expected = 1 / (1 + np.exp(-(0.04 * red - 0.02 * green - 0.02 * blue - 1)))
    np.testing.assert_allclose(probs[:, :, 1], expected, atol=1e-5)


def test_several_classes(tmp_path: Path) -> None:
    image = red_square()
    image[60:90, 70:120] = (20, 230, 40)
    segmenter = load(write_model(tmp_path / "m", red_green_model()))
    assert segmenter.classes == ("background", "red", "green")
    labels = segmenter(image).argmax(axis=2)
    assert labels[36, 48] == 1
    assert labels[75, 95] == 2
    assert labels[5, 5] == 0


def test_outlines_follow_the_photo_where_the_model_or_the_caller_says_so(tmp_path: Path) -> None:
    image = red_square(480, 640)
    truth = (image[:, :, 0] > 200).astype(np.uint8)
    guided = write_model(tmp_path / "guided", red_model(metadata(enlarge="guided")))
    plain = write_model(tmp_path / "plain")
    blind, following = load(plain), load(guided)
    assert (blind.enlarge, following.enlarge) == ("bilinear", "guided")
    errors = [np.mean(one(image).argmax(axis=2) != truth) for one in (blind, following)]
    assert errors[1] < errors[0] / 4
    np.testing.assert_array_equal(load(plain, enlarge="guided")(image), following(image))
    np.testing.assert_array_equal(load(guided, enlarge="bilinear")(image), blind(image))
    with pytest.raises(UsageError, match="guided or bilinear"):
        load(plain, enlarge="nearest")


def test_a_model_may_clean_what_it_finds() -> None:
    image = red_square()
    image[80:84, 100:104] = (240, 20, 30)
    clean = {"components": 0.1, "holes": 0.0}
    assert segmenter_of(red_model())(image).argmax(axis=2)[82, 102] == 1
    cleaned = segmenter_of(red_model(metadata(clean=clean)))(image).argmax(axis=2)
    assert cleaned[82, 102] == 0
    assert cleaned[36, 48] == 1


def test_the_calibration_shifts_the_logits() -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    plain = segmenter_of(red_model())(image).astype(np.float64)
    shifted = segmenter_of(red_model(metadata(logit_shift=[0.0, 1.5])))(image)
    logits = np.log(plain[:, :, 1]) - np.log(plain[:, :, 0]) + 1.5
    np.testing.assert_allclose(shifted[:, :, 1], 1 / (1 + np.exp(-logits)), atol=1e-4)


def test_a_tile_as_large_as_the_photo_changes_nothing(model: Path) -> None:
    """So a threshold chosen on whole photos keeps its meaning on all that need no tiles."""
    shifted = red_model(metadata(logit_shift=[0.0, 1.5])).SerializeToString()
    whole = loaded(shifted)
    in_tiles = loaded(shifted, tile=128)
    image = red_square()
    np.testing.assert_array_equal(in_tiles(image), whole(image))


def test_tiles_apply_the_calibration_once() -> None:
    shifted = red_model(metadata(logit_shift=[0.0, 1.5])).SerializeToString()
    image = np.full((256, 256, 3), (120, 90, 60), np.uint8)
    whole = loaded(shifted)(image)
    in_tiles = loaded(shifted, tile=64)(image)
    np.testing.assert_allclose(in_tiles, whole, atol=1e-5)


def test_tiles_find_what_is_too_small_for_the_whole_photo(model: Path) -> None:
    image = np.full((640, 640, 3), 90, np.uint8)
    image[303:306, 203:206] = (240, 20, 30)  # a tenth of a pixel where the network sees 64 x 64
    assert not load(model)(image).argmax(axis=2).any()
    found = load(model, tile=128)(image).argmax(axis=2)
    assert found[304, 204] == 1
    assert found.sum() < 200


@pytest.mark.int8
def test_fast_spares_the_mirrored_photo(tmp_path: Path) -> None:
    model = write_model(tmp_path / "m", looking_at_columns())
    image = np.full((64, 64, 3), (200, 20, 30), np.uint8)
    usual, fast = load(model)(image)[:, :, 1], load(model, fast=True)(image)[:, :, 1]
    np.testing.assert_allclose(usual, usual[:, ::-1], atol=1e-5)
    assert np.abs(fast - fast[:, ::-1]).max() > 0.1
    np.testing.assert_allclose(usual, (fast + fast[:, ::-1]) / 2, atol=1e-6)


@pytest.mark.int8
def test_fast_takes_the_file_in_8_bits_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maskwright.runtime.segmenter.has_exact_int8", lambda: True)
    path = write_model(tmp_path / "m")
    other = red_model(metadata(logit_shift=[0.0, 0.5])).SerializeToString()
    (path / "model-int8.onnx").write_bytes(other)
    seal(path)
    usual, fast = load(path), load(path, fast=True, device="cpu")
    assert usual.fingerprint == hashlib.sha256((path / "model.onnx").read_bytes()).hexdigest()
    assert fast.fingerprint == hashlib.sha256(other).hexdigest()
    (path / "model-int8.onnx").write_bytes(other[:-1])
    with pytest.raises(ModelError, match="not as sealed"):
        load(path)


@pytest.mark.int8
def test_fast_keeps_to_the_usual_file_where_products_of_8_bits_are_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_model(tmp_path / "m")
    other = red_model(metadata(logit_shift=[0.0, 0.5])).SerializeToString()
    (path / "model-int8.onnx").write_bytes(other)
    seal(path)
    monkeypatch.setattr("maskwright.runtime.segmenter.has_exact_int8", lambda: False)
    assert load(path, fast=True).fingerprint == load(path).fingerprint


def test_flips_make_it_blind_to_left_and_right() -> None:
    """Only averaging with the mirror image evens out that the network looks at the column."""
    proto = looking_at_columns()
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    mirrored = np.ascontiguousarray(image[:, ::-1])
    segmenter = segmenter_of(proto)
    np.testing.assert_allclose(segmenter(image)[:, ::-1], segmenter(mirrored), atol=1e-6)
    proto.metadata_props[0].value = json.dumps(metadata(flips=False))
    segmenter = segmenter_of(proto)
    assert np.abs(segmenter(image)[:, ::-1] - segmenter(mirrored)).max() > 0.1


def test_nothing_is_stretched_per_photo() -> None:
    """A pixel's probability does not depend on how sure the rest of the photo is."""
    dull = np.full((64, 64, 3), (110, 80, 80), np.uint8)
    vivid = dull.copy()
    vivid[:, 40:] = (255, 0, 0)
    segmenter = segmenter_of(red_model(metadata(flips=False)))
    of_dull, of_vivid = segmenter(dull), segmenter(vivid)
    np.testing.assert_array_equal(of_dull[:, :40], of_vivid[:, :40])
    assert 0.4 < of_dull[0, 0, 1] < 0.7 < of_vivid[0, 63, 1]


def test_threads_do_not_change_the_result(model: Path) -> None:
    image = red_square(301, 457)
    one, all_cores = load(model, threads=1), load(model)
    np.testing.assert_array_equal(one(image), all_cores(image))


def test_a_bare_onnx_file_is_the_same_model(model: Path) -> None:
    image = red_square()
    whole, bare = load(model), load(model / "model.onnx")
    assert whole.fingerprint == bare.fingerprint
    np.testing.assert_array_equal(whole(image), bare(image))


def test_loading_needs_neither_torch_nor_a_network(model: Path) -> None:
    code = (
        "import socket, sys, numpy, maskwright;"
        "socket.socket = None;"  # whoever opens one fails
        f"maskwright.load({str(model)!r})(numpy.zeros((5, 7, 3), numpy.uint8));"
        "sys.exit('torch' in sys.modules or 'onnx' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
