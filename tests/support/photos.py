"""Photo files for tests: a red disc on grey noise, which `models.red_model` finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image as Pictures

from maskwright.core import Image, Mask


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
    """The disc of `red_disc`, so noisy that `models.red_model` is wrong about lone pixels.

    GrabCut, which minds the neighbours of a pixel, is not.
    """
    redness = 80.0 * disc_of(height, width, seed)
    redness += np.random.default_rng(seed).normal(0, 20, (height, width))
    image = np.full((height, width, 3), 100, np.uint8)
    image[:, :, 0] = 100 + redness / 2
    return image


def disc_of(height: int = 64, width: int = 64, seed: int = 0) -> Mask:
    """The true mask of `red_disc` and of `speckled_disc`."""
    return (red_disc(height, width, seed)[:, :, 0] > 200).astype(np.uint8)
