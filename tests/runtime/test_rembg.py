"""A model as rembg takes it: the mask inside rembg is the one that maskwright finds."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from PIL import Image

from maskwright.core import Probs
from maskwright.runtime.onnx_file import METADATA_KEY
from maskwright.runtime.segmenter import load
from maskwright.runtime.write_onnx import export
from tests.support.missing import give_up
from tests.support.models import metadata, red_green_model, red_model, write_model

SIDE = 320
_RESIZE = {"rule": "square", "size": SIDE, "multiple": 32}


def photo(width: int = SIDE, height: int = SIDE) -> Image.Image:
    """Red and blue stripes that fade; the left half differs from the right; 255 is in it."""
    across = np.linspace(0, 1, width)[None, :, None]
    down = np.linspace(0, 1, height)[:, None, None]
    red = 255 * (0.5 + 0.5 * np.sin(20 * across)) * down
    values = np.concatenate([red, 90 * across + 0 * down, 255 * (1 - down) + 0 * across], axis=2)
    return Image.fromarray(values.astype(np.uint8))


def as_rembg_does(picture: Image.Image) -> dict[str, np.ndarray]:
    """A photo as rembg gives it to a network, by its own rules."""
    values = np.asarray(picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS))
    values = values / max(values.max(), 1e-6)
    values = (values - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    return {"input": values.transpose(2, 0, 1)[None].astype(np.float32)}


def as_rembg_answers(found: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The mask that rembg makes of what a network says."""
    mask = found[0, 0]
    mask = (mask - mask.min()) / (mask.max() - mask.min())
    whole = Image.fromarray((mask * 255).astype("uint8"))
    return np.asarray(whole.resize(size, Image.Resampling.LANCZOS))


def exported(folder: Path, model: onnx.ModelProto) -> tuple[Path, Any]:
    """The file for rembg, and the segmenter of the same model."""
    directory = write_model(folder / "model", model)
    export(directory, folder / "cut.onnx", format="rembg")
    return folder / "cut.onnx", load(directory)


def foreground(probs: Probs) -> np.ndarray:
    return 1 - probs[..., 0]


@pytest.mark.parametrize("flips", [True, False])
@pytest.mark.parametrize("shift", [0.0, 1.5])
def test_the_network_says_what_the_segmenter_says(
    tmp_path: Path, flips: bool, shift: float
) -> None:
    meta = metadata(resize=_RESIZE, flips=flips, logit_shift=[0.0, shift])
    file, segmenter = exported(tmp_path, one_sided(red_model(meta)))
    (found,) = onnxruntime.InferenceSession(file).run(None, as_rembg_does(photo()))
    expected = foreground(segmenter(np.asarray(photo())))
    assert found.shape == (1, 1, SIDE, SIDE)
    assert expected.std() > 0.2
    np.testing.assert_allclose(found[0, 0], expected, atol=2e-4)


def one_sided(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model, but it looks at the pixel to the left, so that mirroring matters."""
    kernel = model.graph.initializer[0]
    values = onnx.numpy_helper.to_array(kernel)
    wide = np.concatenate([values, 0 * values, 0 * values], axis=3)
    kernel.CopyFrom(onnx.numpy_helper.from_array(wide, kernel.name))
    pads = onnx.helper.make_attribute("pads", [0, 1, 0, 1])
    model.graph.node[0].attribute.append(pads)
    return model


def test_all_classes_but_the_background_are_the_mask(tmp_path: Path) -> None:
    file, segmenter = exported(tmp_path, red_green_model())
    (found,) = onnxruntime.InferenceSession(file).run(None, as_rembg_does(photo()))
    at_its_size = np.asarray(photo(64, 64))
    (small,) = onnxruntime.InferenceSession(file).run(None, {"input": prepared(at_its_size)})
    assert found.shape == (1, 1, SIDE, SIDE)
    np.testing.assert_allclose(small[0, 0], foreground(segmenter(at_its_size)), atol=2e-4)


def prepared(image: np.ndarray) -> np.ndarray:
    values = (image / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    return values.transpose(2, 0, 1)[None].astype(np.float32)


def test_the_file_is_not_taken_for_a_model_of_maskwright(tmp_path: Path) -> None:
    file, _ = exported(tmp_path, red_model())
    proto = onnx.load(file)
    assert METADATA_KEY not in {entry.key for entry in proto.metadata_props}


def test_rembgs_stretch_is_what_the_caveat_says(tmp_path: Path) -> None:
    """A photo without an object becomes a mask from 0 to 255."""
    file, segmenter = exported(tmp_path, red_model(metadata(resize=_RESIZE)))
    values = np.asarray(photo()).copy()
    values[..., 0] //= 8
    values[..., 2] = 255
    faint = Image.fromarray(values)
    assert foreground(segmenter(values)).max() < 0.1
    (found,) = onnxruntime.InferenceSession(file).run(None, as_rembg_does(faint))
    assert as_rembg_answers(found, faint.size).max() == 255


def test_rembgs_own_session_takes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, _ = exported(tmp_path, red_model(metadata(resize=_RESIZE)))
    monkeypatch.setenv("U2NET_HOME", str(tmp_path))
    session_class = _session_module().U2netCustomSession
    session = session_class("u2net_custom", onnxruntime.SessionOptions(), model_path=str(file))
    picture = photo(200, 150)
    (mask,) = session.predict(picture)
    (found,) = onnxruntime.InferenceSession(file).run(None, as_rembg_does(picture))
    np.testing.assert_array_equal(np.asarray(mask), as_rembg_answers(found, picture.size))
    assert mask.size == picture.size


def _session_module() -> ModuleType:
    """rembg's session for models of one's own, without all that rembg needs beside it."""
    spec = find_spec("rembg")
    if spec is None or not spec.submodule_search_locations:
        give_up("rembg is not installed: scripts/setup, or pip install --no-deps rembg")
    sessions = ModuleType("rembg_sessions")
    sessions.__path__ = [str(Path(spec.submodule_search_locations[0]) / "sessions")]
    sys.modules["rembg_sessions"] = sessions
    return import_module("rembg_sessions.u2net_custom")
