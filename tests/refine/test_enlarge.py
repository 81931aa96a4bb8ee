"""Enlarging in strips gives what enlarging at once gives."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from maskwright.core import Probs, normalised, resized
from maskwright.refine import enlarge
from maskwright.refine.enlarge import enlarge_mask, enlarge_plane

SIZES = [
    ((1, 1), (1, 1)),
    ((1, 1), (5, 9)),
    ((1, 7), (13, 7)),
    ((7, 1), (7, 40)),
    ((24, 31), (24, 31)),
    ((24, 31), (24, 100)),
    ((24, 31), (77, 31)),
    ((24, 31), (77, 103)),
    ((24, 31), (20, 17)),
]


def random_probs(height: int, width: int, classes: int) -> Probs:
    rng = np.random.default_rng(height * width)
    return normalised(rng.random((height, width, classes), dtype=np.float32))


@pytest.fixture(params=[1, 37, 2**20], ids=lambda floats: f"strips of {floats}")
def strips(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The result must not depend on where one strip ends and the next begins."""
    monkeypatch.setattr(enlarge, "_STRIP", request.param)


@pytest.mark.usefixtures("strips")
@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize(("small", "large"), SIZES)
def test_masks_are_the_argmax_of_the_enlarged_probabilities(
    small: tuple[int, int], large: tuple[int, int], classes: int
) -> None:
    probs = random_probs(*small, classes)
    expected = resized(probs, *large)
    mask = enlarge_mask(probs, *large)
    assert mask.shape == large
    assert mask.dtype == np.uint8
    best = np.sort(expected, axis=2)
    clear = best[:, :, -1] - best[:, :, -2] > 1e-3  # OpenCV rounds its weights a little
    np.testing.assert_array_equal(mask[clear], expected.argmax(axis=2)[clear])


@pytest.mark.usefixtures("strips")
@pytest.mark.parametrize(("top", "kind"), [(255, np.uint8), (65535, np.uint16)])
@pytest.mark.parametrize(("small", "large"), SIZES)
def test_planes_are_the_enlarged_probabilities_as_integers(
    small: tuple[int, int], large: tuple[int, int], top: int, kind: type
) -> None:
    probs = random_probs(*small, 2)
    plane: NDArray[Any] = enlarge_plane(probs, 1, *large, top=top)  # type: ignore[arg-type]
    assert plane.dtype == kind
    rounding = 0.5 / top + 2e-4
    np.testing.assert_allclose(plane / top, resized(probs, *large)[:, :, 1], atol=rounding)


def test_equal_probabilities_go_to_the_first_class() -> None:
    for classes in (2, 3):
        probs = np.full((4, 5, classes), 1 / classes, np.float32)
        assert not enlarge_mask(probs, 9, 11).any()


def test_nothing_is_stretched() -> None:
    plane = np.linspace(0.3, 0.4, 12, dtype=np.float32).reshape(3, 4)
    whole = enlarge_plane(plane[:, :, None], 0, 30, 40, top=65535)
    assert whole.min() == pytest.approx(0.3 * 65535, abs=1)
    assert whole.max() == pytest.approx(0.4 * 65535, abs=1)
    ends = enlarge_plane(np.array([[[0], [0.5], [1]]], np.float32), 0, 1, 3, top=65535)
    assert ends.tolist() == [[0, 32768, 65535]]


def test_full_size_floats_never_exist() -> None:
    probs = random_probs(200, 300, 2)
    tracemalloc.start()
    mask = enlarge_mask(probs, 4000, 6000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < mask.nbytes + 40e6, "24 million floats would be 96 MB"
