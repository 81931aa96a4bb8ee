"""Tiles: the same result where it can be the same, no seam where it cannot."""

from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskwright.core import Image, Probs, Segmenter, from_function
from maskwright.errors import UsageError
from maskwright.runtime.options import InferenceOptions
from maskwright.runtime.segmenter import load
from maskwright.runtime.tiles import OVERLAP, tiled

TWO = ("background", "foreground")


def by_redness(image: Image, prior: Probs | None) -> Probs:
    red = image[:, :, 0].astype(np.float32) / 255
    return np.stack([1 - red, red], axis=2)


def photo(height: int, width: int) -> Image:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def flat(level: float, shape: tuple[int, ...]) -> Probs:
    plane = np.full(shape[:2], level, np.float32)
    return np.stack([1 - plane, plane], axis=2)


@settings(max_examples=40, deadline=None)
@given(
    height=st.integers(1, 300),
    width=st.integers(1, 300),
    side=st.integers(64, 200),
    overlap=st.sampled_from([0.0, 0.1, 0.25, 0.5]),
)
def test_what_needs_no_surroundings_stays_the_same(
    height: int, width: int, side: int, overlap: float
) -> None:
    image = photo(height, width)
    found = tiled(from_function(TWO, by_redness), side, overlap=overlap)(image)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, by_redness(image, None), atol=1e-6)


def test_a_photo_no_larger_than_a_tile_is_not_touched() -> None:
    seen = []

    def run(image: Image, prior: Probs | None) -> Probs:
        seen.append(image)
        return by_redness(image, prior)

    image = photo(64, 40)
    tiled(from_function(TWO, run), 64)(image)
    assert len(seen) == 1
    assert seen[0] is image


@pytest.mark.parametrize("overlap", [0.1, 0.25, 0.5])
def test_tiles_have_one_size_and_enough_in_common(overlap: float) -> None:
    tiles: list[tuple[int, int]] = []  # first column of each, as its own pixels tell

    def run(image: Image, prior: Probs | None) -> Probs:
        assert image.shape[:2] == (80, 80)
        assert image.flags.c_contiguous
        tiles.append((int(image[0, 0, 1]), int(image[0, 0, 2])))
        return by_redness(image, prior)

    image = np.zeros((123, 200, 3), np.uint8)
    image[:, :, 1] = np.arange(123)[:, None]
    image[:, :, 2] = np.arange(200)[None, :]
    tiled(from_function(TWO, run), 80, overlap=overlap)(image)
    rows, columns = (sorted({tile[axis] for tile in tiles}) for axis in (0, 1))
    assert len(tiles) == len(set(tiles)) == len(rows) * len(columns)
    for starts, length in ((rows, 123), (columns, 200)):
        assert starts[0] == 0
        assert starts[-1] == length - 80
        assert max(np.diff(starts)) <= 80 - round(80 * overlap) + 1


def never_the_same() -> Segmenter:
    """The worst there can be: each tile is flat, and contradicts the one before."""
    turns = count()
    return from_function(TWO, lambda image, _: flat(next(turns) % 2, image.shape))


@pytest.mark.parametrize(("height", "width"), [(64, 500), (333, 64), (250, 410), (100, 161)])
@pytest.mark.parametrize("overlap", [0.125, 0.25, 0.5])
def test_no_seam_shows_where_tiles_contradict_each_other(
    height: int, width: int, overlap: float
) -> None:
    found = tiled(never_the_same(), 64, overlap=overlap)(photo(height, width))
    np.testing.assert_allclose(found.sum(axis=2), 1, atol=1e-6)
    assert np.ptp(found[:, :, 1]) > 0.5  # they do contradict each other
    most = 1.5 / round(64 * overlap)  # one over the overlap's width, and more where three meet
    for axis in (0, 1):
        if found.shape[axis] > 64:
            assert np.abs(np.diff(found[:, :, 1], axis=axis)).max() <= most + 1e-6


def test_without_overlap_the_seam_would_show() -> None:
    """The test above can fail."""
    found = tiled(never_the_same(), 64, overlap=0)(photo(64, 128))
    assert np.abs(np.diff(found[:, :, 1], axis=1)).max() > 0.9


def test_each_tile_gets_its_part_of_the_prior() -> None:
    def run(image: Image, prior: Probs | None) -> Probs:
        assert prior is not None
        assert prior.flags.c_contiguous
        return prior

    prior = by_redness(photo(150, 100), None)
    found = tiled(from_function(TWO, run), 64)(photo(150, 100), prior)
    np.testing.assert_allclose(found, prior, atol=1e-6)


def test_nonsense_is_refused() -> None:
    segmenter = from_function(TWO, by_redness)
    with pytest.raises(UsageError, match="--tile 10: a tile needs at least 64"):
        tiled(segmenter, 10)
    for overlap in (-0.1, 0.6, float("nan")):
        with pytest.raises(UsageError, match="--overlap"):
            tiled(segmenter, 64, overlap=overlap)


def test_an_overlap_without_tiles_is_refused() -> None:
    assert InferenceOptions(tile=64, overlap=0.5).tile_overlap == 0.5
    assert InferenceOptions(tile=64).tile_overlap == OVERLAP
    assert InferenceOptions().tile_overlap is None
    with pytest.raises(UsageError, match="--tile"):
        load("subject", overlap=0.5)
