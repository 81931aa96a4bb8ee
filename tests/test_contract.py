"""The contract suite over every kind of segmenter, and proof that it catches offenders."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from maskwright.classical.grabcut import grabcut
from maskwright.classical.siox import siox
from maskwright.core import (
    Image,
    Probs,
    Segmenter,
    at_size,
    chain,
    flips,
    from_function,
    normalised,
    thresholded,
)
from maskwright.runtime.resize import Resize
from maskwright.runtime.segmenter import load
from maskwright.unet.export import export_onnx
from maskwright.unet.model import UNet
from maskwright.unet.segmenter import as_segmenter
from tests import contract
from tests.support import models
from tests.support.method_outputs import gate_of

TWO = ("background", "foreground")
THREE = ("background", "red", "green")


def by_redness(image: Image, _prior: Probs | None) -> Probs:
    """A small honest segmenter: the redder a pixel, the more it is foreground."""
    red = image[:, :, 0].astype(np.float32) / 255
    return np.stack([1 - red, red], axis=2)


def by_colour(image: Image, _prior: Probs | None) -> Probs:
    return normalised(image[:, :, [2, 0, 1]].astype(np.float32))


def leaning(image: Image, prior: Probs | None) -> Probs:
    """Looks at the photo through its prior, as refiners do."""
    found = by_redness(image, None)
    return found if prior is None else normalised(found * prior)


REDNESS, LEANING = from_function(TWO, by_redness), from_function(TWO, leaning)

RESIZE = Resize("area", 64)

GATE = gate_of(bias=9.0).to_json()  # GrabCut decides whatever is disputed


def u_net(decoder: str) -> UNet:
    """A network as it is before training: random weights keep the contract too."""
    torch.manual_seed(0)
    return UNet("efficientnet_lite0", decoder, len(TWO)).eval()


def exported(folder: Path, decoder: str) -> Segmenter:
    """A network as training ships it."""
    file = folder / "model.onnx"
    export_onnx(u_net(decoder), file, classes=TWO, resize=asdict(RESIZE), use_flips=True)
    return load(file, threads=1)


# Add every new kind of segmenter here. The factory gets an empty folder.
SEGMENTERS: dict[str, Callable[[Path], Segmenter]] = {
    "function": lambda _: REDNESS,
    "function of three classes": lambda _: from_function(THREE, by_colour),
    "at_size": lambda _: at_size(LEANING, 16),
    "flips": lambda _: flips(LEANING),
    "chain": lambda _: chain(REDNESS, LEANING),
    "thresholded": lambda _: thresholded(LEANING, 0.3),
    "combinators in a row": lambda _: at_size(flips(chain(REDNESS, thresholded(LEANING, 0.7))), 20),
    "onnx": lambda folder: load(models.write_model(folder / "red"), threads=1),
    "onnx and GrabCut": lambda folder: load(
        models.write_model(folder / "fused", models.red_model(models.metadata(gate=GATE))),
        threads=1,
        fuse=True,
    ),
    "onnx of three classes": lambda folder: load(
        models.write_model(folder / "three", models.red_green_model()), threads=1
    ),
    "U-Net in torch": lambda _: as_segmenter(u_net("light"), TWO, RESIZE, use_flips=True),
    "U-Net in onnx": lambda folder: exported(folder, "light"),
    "the paper's U-Net in onnx": lambda folder: exported(folder, "paper"),
    "grabcut": lambda _: grabcut(engine="fast"),
    "grabcut of opencv": lambda _: grabcut(engine="opencv"),
    "siox": lambda _: siox(),
    "siox that fills colours": lambda _: siox(fill_colours=True),
}


@pytest.fixture(scope="module", params=list(SEGMENTERS))
def segmenter(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Segmenter:
    return SEGMENTERS[request.param](tmp_path_factory.mktemp("model"))


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_contract(check: Callable[[Segmenter], None], segmenter: Segmenter) -> None:
    check(segmenter)


def _offender(function: Callable[[Image, Probs | None], Any]) -> Segmenter:
    return from_function(TWO, function)


def _moody() -> Segmenter:
    rng = np.random.default_rng(0)
    return _offender(
        lambda image, _: normalised(by_redness(image, None) + np.float32(rng.random()))
    )


class _Shared:
    """Keeps a photo between two steps, where another thread can replace it."""

    classes = TWO

    def __init__(self) -> None:
        self._turn = threading.Barrier(2, timeout=0.2)

    def __call__(self, image: Image, prior: Probs | None = None) -> Probs:
        self._image = image
        try:
            self._turn.wait()
        except threading.BrokenBarrierError:
            self._turn.reset()
        return by_redness(self._image, None)


def _scribbling(image: Image, prior: Probs | None) -> Probs:
    if prior is not None:
        prior[0, 0] = 0.5
    return by_redness(image, None)


def test_the_suite_catches_offenders() -> None:
    caught = contract.refuses
    caught(contract.names_its_classes, from_function(("one",), by_redness))
    caught(contract.names_its_classes, from_function(("same", "same"), by_redness))
    for wrong in (
        lambda image, _: by_redness(image, None).astype(np.float64),
        lambda image, _: by_redness(image, None)[:-1],
        lambda image, _: by_redness(image, None)[:, :, :1],
        lambda image, _: by_redness(image, None) / 2,
        lambda image, _: by_redness(image, None) * [-1, 1] + [1, 0],
        lambda image, _: by_redness(image, None) / (image.shape[0] > 1),
    ):
        with np.errstate(all="ignore"):
            caught(contract.gives_probabilities_at_every_size, _offender(wrong))
    caught(contract.leaves_its_inputs_alone, _offender(_scribbling))
    caught(contract.leaves_its_inputs_alone, _offender(lambda image, prior: prior))
    caught(contract.repeats_itself, _moody())
    caught(contract.may_be_called_from_threads, _Shared())
    strict = _offender(
        lambda image, _: by_redness(image if image.flags.c_contiguous else image * 0, None)
    )
    caught(contract.takes_read_only_and_strided_inputs, strict)
