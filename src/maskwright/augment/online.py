"""The augmentation used while training: one random map and one random colouring per sample.

Each part is a pure function of its inputs and a random generator. The geometric parts only
describe a matrix; photo and mask then go through the very same matrix once, so that nothing is
resampled twice and the two can never come apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import VOID, Image, Mask

Matrix = NDArray[np.float64]
"""(3, 3) homogeneous map of source pixels to canvas pixels."""

GEOMETRY = ("flip", "rotate", "zoom", "stretch", "shift")
COLOUR = ("light", "tint", "grey", "blur", "noise")
PARTS = (*GEOMETRY, *COLOUR)


def augmented(
    image: Image,
    mask: Mask,
    size: int,
    rng: np.random.Generator,
    parts: Sequence[str],
) -> tuple[Image, Mask]:
    """Draw one training sample from a pair.

    Args:
        image: (H, W, 3) uint8.
        mask: (H, W) uint8 class indices with `VOID`.
        size: side of the square canvas in pixels.
        rng: all randomness comes from here.
        parts: which of `PARTS` take part; without any, the photo is centred on the canvas at the
            scale at which its area equals the canvas.

    Returns:
        (size, size, 3) and (size, size) uint8. Beyond the photo's border the photo is mirrored
        and the mask is `VOID`: nothing is known there.
    """
    matrix = _placement(image.shape[0], image.shape[1], size, rng, parts)[:2]
    canvas = (size, size)
    moved = cv2.warpAffine(
        image, matrix, canvas, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    moved_mask = cv2.warpAffine(
        mask,
        matrix,
        canvas,
        flags=cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(VOID,),
    )
    return _recoloured(np.asarray(moved, np.uint8), rng, parts), np.asarray(moved_mask, np.uint8)


def _placement(
    height: int, width: int, size: int, rng: np.random.Generator, parts: Sequence[str]
) -> Matrix:
    scale = size / np.sqrt(height * width)
    if "zoom" in parts:
        scale *= np.exp(rng.uniform(np.log(0.7), np.log(1.6)))
    stretch = np.exp(rng.uniform(-0.15, 0.15)) if "stretch" in parts else 1.0
    scale_x, scale_y = scale * stretch, scale / stretch
    if "flip" in parts and rng.random() < 0.5:
        scale_x = -scale_x
    angle = np.deg2rad(rng.uniform(-20, 20)) if "rotate" in parts else 0.0
    # The shift moves freely while the photo covers the canvas, and a little further.
    spare = np.abs([scale_x * width, scale_y * height]) - size
    reach = np.maximum(spare / 2, 0) + 0.1 * size
    shift = rng.uniform(-reach, reach) if "shift" in parts else np.zeros(2)
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    to_origin = np.array([[1, 0, -(width - 1) / 2], [0, 1, -(height - 1) / 2], [0, 0, 1]])
    middle = (size - 1) / 2
    to_canvas = np.array([[1, 0, middle + shift[0]], [0, 1, middle + shift[1]], [0, 0, 1]])
    return np.asarray(to_canvas @ turn @ np.diag([scale_x, scale_y, 1]) @ to_origin)


def _recoloured(image: Image, rng: np.random.Generator, parts: Sequence[str]) -> Image:
    gain, offset = np.ones(3), 0.0
    if "light" in parts:
        gain *= rng.uniform(0.7, 1.3)
        offset = 127.5 * (1 - gain[0]) * rng.uniform(0, 1) + rng.uniform(-25, 25)
    if "tint" in parts:
        gain = gain * rng.uniform(0.88, 1.12, 3)
    levels = np.arange(256)[:, None] * gain + offset
    table = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    coloured = np.asarray(cv2.LUT(image, table[None]), np.uint8)
    if "grey" in parts:
        coloured = _desaturated(coloured, rng)
    if "blur" in parts and rng.random() < 0.2:
        sigma = float(rng.uniform(0.4, 1.5))
        coloured = np.asarray(cv2.GaussianBlur(coloured, (0, 0), sigma), np.uint8)
    if "noise" in parts and rng.random() < 0.2:
        noise = rng.normal(0, rng.uniform(2, 10), image.shape)
        coloured = np.clip(np.rint(coloured + noise), 0, 255).astype(np.uint8)
    return coloured


def _desaturated(image: Image, rng: np.random.Generator) -> Image:
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    share = 1.0 if rng.random() < 0.1 else float(rng.uniform(-0.4, 0.4))
    mixed = cv2.addWeighted(image, 1 - share, grey, share, 0)
    return np.asarray(mixed, np.uint8)
