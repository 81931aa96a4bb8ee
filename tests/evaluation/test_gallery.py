"""The gallery keeps the worst photos, in any order of arrival, up to the requested number."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from maskwright.evaluation.gallery import Gallery
from maskwright.evaluation.scores import badness
from maskwright.evaluation.tiles import Tile
from maskwright.metrics.photo import PhotoScores


def photo(name: str, iou: float, error_rate: float = 0.1) -> PhotoScores:
    return PhotoScores(name, 1, 1, 0.0, iou, error_rate, iou, None, ())


def picture(name: str) -> Tile:
    return Tile(name, 1, 1, b"", b"", {}, {})


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("most", [0, 1, 7, 50])
def test_the_worst_are_kept_worst_first(seed: int, most: int) -> None:
    rng = np.random.default_rng(seed)
    rows = [photo(f"{at}", rng.integers(0, 6) / 5, rng.integers(0, 3) / 5) for at in range(40)]
    gallery = Gallery(most)

    def come(row: PhotoScores) -> None:
        gallery.add(row, lambda: picture(row.name))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(come, rows))
    expected = [row.name for row in sorted(rows, key=badness)[:most]]
    assert [tile.name for tile in gallery.tiles()] == expected


def test_photos_outside_the_gallery_are_not_drawn() -> None:
    gallery = Gallery(1)
    gallery.add(photo("bad", 0.1), lambda: picture("bad"))
    assert gallery.wants(photo("worse", 0.05))
    assert not gallery.wants(photo("good", 0.9))
    gallery.add(photo("good", 0.9), lambda: pytest.fail("drawn"))
    assert [tile.name for tile in gallery.tiles()] == ["bad"]
