"""Photo files for tests: a red disc on grey noise, which `models.red_model` finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image as Pictures

from maskwright.core import Image


def red_disc(height: int = 75, width: int = 100, seed: int = 0) -> Image:
    """A photo with a red disc somewhere on dull noise."""
    rng = np.random.default_rng(seed)
    image = rng.integers(60, 110, (height, width, 1)).repeat(3, axis=2).astype(np.uint8)
    centre = rng.uniform(0.35, 0.65, 2) * (height, width)
    rows, columns = np.mgrid[:height, :width]
    near = np.hypot(rows - centre[0], columns - centre[1]) < min(height, width) / 4
    image[near] = (230, 30, 40)
    return image


def write_photos(folder: Path, number: int, *, height: int = 75, width: int = 100) -> list[Path]:
    """Write photos 000.jpg, 001.jpg, ... with a disc somewhere else in each."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{at:03}.jpg" for at in range(number)]
    for at, path in enumerate(paths):
        Pictures.fromarray(red_disc(height, width, seed=at)).save(path, quality=95)
    return paths


def speckled_disc(height: int = 64, width: int = 64, seed: int = 0) -> Image:
    """A red disc, and lone pixels of a red that `models.red_model` takes for foreground.

    GrabCut, which minds the neighbours of a pixel, does not.
    """
    image = red_disc(height, width, seed)
    dull = image[:, :, 1] > 45
    lone = np.random.default_rng(seed).random((height, width)) < 0.03
    image[dull & lone] = (140, 105, 105)
    return image
