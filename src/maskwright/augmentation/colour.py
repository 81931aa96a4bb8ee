"""Colour augmentation used while training; masks stay as they are."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image

ColourPart = Callable[[Image, np.random.Generator], Image]
"""From (H, W, 3) uint8 to a new image of the same kind."""


def light(image: Image, rng: np.random.Generator) -> Image:
    """Change contrast and brightness."""
    gain = rng.uniform(0.7, 1.3)
    offset = 127.5 * (1 - gain) * rng.uniform(0, 1) + rng.uniform(-25, 25)
    return _through_table(image, np.arange(256)[:, None] * np.full(3, gain) + offset)


def tint(image: Image, rng: np.random.Generator) -> Image:
    """Change the balance of red, green and blue."""
    return _through_table(image, np.arange(256)[:, None] * rng.uniform(0.88, 1.12, 3))


def grey(image: Image, rng: np.random.Generator) -> Image:
    """Change the saturation; one photo in ten becomes grey."""
    plain = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    share = 1.0 if rng.random() < 0.1 else float(rng.uniform(-0.4, 0.4))
    return np.asarray(cv2.addWeighted(image, 1 - share, plain, share, 0), np.uint8)


def blur(image: Image, rng: np.random.Generator) -> Image:
    """Blur one photo in five."""
    if rng.random() >= 0.2:
        return image
    return np.asarray(cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.4, 1.5))), np.uint8)


def noise(image: Image, rng: np.random.Generator) -> Image:
    """Add a camera's noise to one photo in five."""
    if rng.random() >= 0.2:
        return image
    added = rng.normal(0, rng.uniform(2, 10), image.shape)
    return np.clip(np.rint(image + added), 0, 255).astype(np.uint8)


def _through_table(image: Image, levels: NDArray[np.float64]) -> Image:
    table = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(image, table[None]), np.uint8)
