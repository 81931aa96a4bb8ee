"""Data folders for tests: photos whose foreground is reddish, with true and predicted masks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image as Pictures

from maskwright.core import Image, Mask


def disc(height: int, width: int, *, radius: float = 0.3) -> Mask:
    """A filled ellipse in the middle, 1 on 0."""
    rows, columns = np.mgrid[:height, :width]
    distance = ((rows - height / 2) / height) ** 2 + ((columns - width / 2) / width) ** 2
    return (distance < radius**2).astype(np.uint8)


def red_photo(mask: Mask, seed: int = 0) -> Image:
    """A photo that is red where the mask is 1, green where it is 2, else dark noise."""
    image = np.random.default_rng(seed).integers(0, 60, (*mask.shape, 3)).astype(np.uint8)
    image[mask == 1] += np.array([180, 0, 0], np.uint8)
    image[mask == 2] += np.array([0, 180, 0], np.uint8)
    return image


def save(path: Path, pixels: np.ndarray) -> Path:
    """Write pixels as a picture file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Pictures.fromarray(pixels).save(path)
    return path


def write_data(root: Path, masks: Mapping[str, Mask], *, scale: int = 1) -> Path:
    """Write DATA: a photo per mask, and the masks with their values times `scale`."""
    for seed, (name, mask) in enumerate(masks.items()):
        save(root / "images" / f"{name}.png", red_photo(mask, seed))
        save(root / "masks" / f"{name}.png", mask * np.uint8(scale))
    return root


def write_masks(folder: Path, masks: Mapping[str, np.ndarray]) -> Path:
    """Write a folder of predicted masks."""
    for name, mask in masks.items():
        save(folder / f"{name}.png", mask)
    return folder


def white(masks: Mapping[str, Mask]) -> dict[str, Mask]:
    """Masks of 0 and 1 as masks of 0 and 255."""
    return {name: mask * np.uint8(255) for name, mask in masks.items()}


TRUTHS = {
    "a": disc(40, 60),
    "deep/b": disc(33, 21, radius=0.2),
    "deep/c": np.zeros((20, 30), np.uint8),
}
# One mask slightly off, one missed altogether, one rightly empty.
PREDICTED = {
    "a": disc(40, 60, radius=0.25),
    "deep/b": np.zeros((33, 21), np.uint8),
    "deep/c": np.zeros((20, 30), np.uint8),
}
