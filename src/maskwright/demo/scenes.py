"""Scenes: objects on backgrounds from other photos, with their exact masks."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image, Mask
from maskwright.demo.album import Background, Cutout

HEIGHT, WIDTH = 240, 320
_SIDES = (("left", "right"), ("top", "bottom"))


def compose(
    cutouts: Sequence[Cutout], background: Background, rng: np.random.Generator
) -> tuple[Image, Mask]:
    """Put objects on a background, at random size, place, side, angle and colours.

    An object that its own photo cuts off lies at that border again, so that no straight cut shows.

    Args:
        cutouts: one object, or several small ones.
        background: what to put them on.
        rng: everything random.

    Returns:
        The scene, (HEIGHT, WIDTH, 3) uint8, and its mask, (HEIGHT, WIDTH) uint8, 0 or 1.
    """
    scene = _backdrop(background, rng)
    covered = np.zeros((HEIGHT, WIDTH), np.float32)
    for cutout in cutouts:
        reach = rng.uniform(0.6, 0.95) if len(cutouts) == 1 else rng.uniform(0.3, 0.55)
        layer = _placed(cutout, reach, rng)
        colours, alpha = layer[:, :, :3], layer[:, :, 3]
        scene *= 1 - _shadow(alpha, rng)[:, :, None]
        scene = colours * _tint(cutout.grey, rng) + scene * (1 - alpha[:, :, None])
        covered = np.maximum(covered, alpha)
    scene += rng.normal(0, 2, scene.shape)  # one grain over all, as from one camera
    return np.clip(scene, 0, 255).astype(np.uint8), (covered >= 0.5).astype(np.uint8)


def _backdrop(background: Background, rng: np.random.Generator) -> NDArray[np.float32]:
    height, width = background.pixels.shape[:2]
    scale = min(height / HEIGHT, width / WIDTH) * rng.uniform(0.6, 1.0)
    rows, columns = int(HEIGHT * scale), int(WIDTH * scale)
    top, left = rng.integers(height - rows + 1), rng.integers(width - columns + 1)
    piece = background.pixels[top : top + rows, left : left + columns].astype(np.float32)
    if rng.random() < 0.5:
        piece = piece[:, ::-1]
    piece = _resized(np.ascontiguousarray(piece), HEIGHT, WIDTH)
    if rng.random() < 0.5:
        piece = cv2.GaussianBlur(piece, (0, 0), rng.uniform(0.5, 2.0)).astype(np.float32)
    return piece * _tint(background.grey, rng)


def _placed(cutout: Cutout, reach: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Lay an object on an empty frame: colours times alpha, and alpha in [0, 1]."""
    layer = cutout.pixels.astype(np.float32)
    layer[:, :, 3] /= 255
    layer[:, :, :3] *= layer[:, :, 3:]
    cut_off = cutout.cut_off
    if rng.random() < 0.5:
        layer = np.ascontiguousarray(layer[:, ::-1])
        cut_off = frozenset({"left": "right", "right": "left"}.get(side, side) for side in cut_off)
    height, width = layer.shape[:2]
    # Cut off above and below: it must fill the frame's height.
    scale = min(HEIGHT / height, WIDTH / width) * reach
    if {"top", "bottom"} <= cut_off:
        scale = HEIGHT / height * rng.uniform(1.0, 1.1)
    layer = _resized(layer, round(height * scale), round(width * scale))
    angle = 0.0 if cut_off else rng.uniform(-20, 20)
    return _on_frame(layer, angle, cut_off, rng)


def _on_frame(
    layer: NDArray[np.float32],
    angle: float,
    cut_off: frozenset[str],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    height, width = layer.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    lengths = ((width, WIDTH), (height, HEIGHT))
    for axis, ((near, far), (length, frame)) in enumerate(zip(_SIDES, lengths, strict=True)):
        matrix[axis, 2] += _offset(near in cut_off, far in cut_off, length, frame, rng)
    placed = cv2.warpAffine(layer, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
    return np.asarray(placed, np.float32)


def _offset(near: bool, far: bool, length: int, frame: int, rng: np.random.Generator) -> float:
    """Choose where an object begins along one axis, given the sides at which it is cut off."""
    free = frame - length
    if near and far:
        return rng.uniform(min(free, 0), 0)
    outside = rng.uniform(0, 0.35) * length
    if near:
        return -outside
    if far:
        return free + outside
    return rng.uniform(0.02, 0.98) * free


def _shadow(alpha: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """A soft shadow beside the object: how much darker each pixel becomes, in [0, 0.5]."""
    shift = np.array([[1, 0, rng.uniform(-12, 12)], [0, 1, rng.uniform(0, 12)]])
    moved = cv2.warpAffine(alpha, shift, (WIDTH, HEIGHT))
    soft = cv2.GaussianBlur(moved, (0, 0), rng.uniform(3, 10))
    return np.asarray(soft * rng.uniform(0.0, 0.5), np.float32)


def _tint(grey: bool, rng: np.random.Generator) -> NDArray[np.float32]:
    """Factors for red, green and blue: a little light for colour photos, paint for grey ones."""
    spread = 0.22 if grey else 0.08
    colour = 1 + rng.uniform(-spread, spread, 3)
    return (rng.uniform(0.75, 1.1) * colour).astype(np.float32)


def _resized(pixels: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    shrinks = height < pixels.shape[0]
    rule = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=rule), np.float32)
