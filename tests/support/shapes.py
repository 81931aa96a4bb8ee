"""A small data folder of bright discs on textured ground, for tests that train."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pictures

from maskwright.core import Mask


def write_shapes(root: Path, count: int = 12, *, size: int = 96, empty: int = 0) -> Path:
    """Write `count` pairs to root/images and root/masks (0 and 255); the last `empty` hold none."""
    (root / "images").mkdir(parents=True)
    (root / "masks").mkdir()
    for number in range(count):
        rng = np.random.default_rng(number)
        coarse = rng.integers(0, 120, (8, 8, 3), np.uint8)
        image = np.asarray(cv2.resize(coarse, (size + 16, size)), np.uint8).copy()
        mask = np.zeros((size, size + 16), np.uint8)
        if number < count - empty:
            centre = tuple(int(v) for v in rng.integers(30, size - 20, 2))
            colour = tuple(int(v) for v in rng.integers(170, 256, 3))
            radius = int(rng.integers(14, 26))
            cv2.circle(image, centre, radius, colour, -1)
            cv2.circle(mask, centre, radius, (255,), -1)
        cv2.imwrite(str(root / "images" / f"photo{number:02d}.png"), image)
        cv2.imwrite(str(root / "masks" / f"photo{number:02d}.png"), mask)
    return root


def grey(path: Path) -> Mask:
    """(H, W) uint8: the pixels of a mask's file."""
    with Pictures.open(path) as file:
        return np.array(file.convert("L"))


def three_classes(root: Path) -> Path:
    """Change the masks of `write_shapes` to 0, 1 left of column 60 and 2 right of it."""
    for path in sorted((root / "masks").iterdir()):
        mask = (grey(path) > 127).astype(np.uint8)
        mask[:, 60:] *= 2
        cv2.imwrite(str(path), mask)
    return root
