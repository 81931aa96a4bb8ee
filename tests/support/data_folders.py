"""Data folders for tests: photos that differ, masks with given values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image as PilImage


def picture(seed: int, height: int = 48, width: int = 64) -> np.ndarray:
    """(H, W, 3) uint8: smooth blobs, so that no two seeds look alike."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (6, 8, 3), np.uint8)
    return np.asarray(PilImage.fromarray(small).resize((width, height)), np.uint8)


def blob(height: int = 48, width: int = 64, on: int = 255, off: int = 0) -> np.ndarray:
    """(H, W) uint8: a disc of `on` on `off`."""
    rows, columns = np.mgrid[:height, :width]
    inside = (rows - height / 2) ** 2 + (columns - width / 2) ** 2 < (height / 3) ** 2
    return np.where(inside, on, off).astype(np.uint8)


def write(path: Path, pixels: np.ndarray, **options: object) -> Path:
    """Write pixels as an image file; missing folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    PilImage.fromarray(pixels).save(path, **options)
    return path


def data_folder(root: Path, masks: dict[str, np.ndarray]) -> Path:
    """images/NAME.png and masks/NAME.png for each name, the photos all different."""
    for seed, (name, mask) in enumerate(masks.items()):
        write(root / "images" / f"{name}.png", picture(seed, *mask.shape[:2]))
        write(root / "masks" / f"{name}.png", mask)
    return root
