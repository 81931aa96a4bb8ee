"""Reads strokes that a person painted over a photo, on the object and on the background."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classical.seeds.priors import BACKGROUND, FOREGROUND, NONE
from maskwright.classical.seeds.stroke_colours import (
    CURE,
    painted_strokes,
    strokes_by_hue,
)
from maskwright.core import Image
from maskwright.data.decoding.decode import Limits
from maskwright.data.masks.count import histogram
from maskwright.data.masks.read import RawMask, read_mask
from maskwright.errors import DataError

# Index 1 is dark red and 2 dark green in the palette of Pascal VOC, which label tools write.
_VOC = np.array([[0, 0, 0], [128, 0, 0], [0, 128, 0]], np.uint8)
_FAINT = 16


def read_strokes(
    path: Path, image: Image, size: tuple[int, int], limits: Limits
) -> NDArray[np.uint8]:
    """Read the strokes of a photo, at the photo's working size.

    Strokes are numbers in a palette or grey picture: 0 none, 1 foreground, 2 background. Or they
    are green (foreground) and red (background), painted on a transparent or plain picture or on
    the photo itself; greens and reds of the photo do not count as strokes. On any other picture,
    only bright green and bright red count.

    Args:
        path: the picture of strokes.
        image: (h, w, 3) uint8, the photo at its working size.
        size: (height, width) of the full upright photo; the picture must have the same.
        limits: what the file may cost.

    Returns:
        (h, w) uint8: 0 no stroke, 1 foreground, 2 background. Thin strokes survive the resize.

    Raises:
        DataError: unreadable, of another size than the photo, with a painted colour that is
            neither, or without a stroke on the background, which every method needs.
    """
    raw = read_mask(path, limits)
    if raw.size != size:
        raise DataError(
            f"{path}: {raw.size[1]} x {raw.size[0]} pixels, but the photo has "
            f"{size[1]} x {size[0]}: paint strokes on a picture of the upright photo's size"
        )
    if _is_coloured(raw):
        visible = _visible(raw.alpha, raw.size)
        strokes = painted_strokes(raw.seen(), visible, image, str(path))
    else:
        strokes = _numbered(raw, path)
    strokes = _at_working_size(strokes, *image.shape[:2])
    if not (strokes == BACKGROUND).any():
        raise DataError(f"{path}: no stroke on the background: {CURE}")
    return strokes


def _is_coloured(raw: RawMask) -> bool:
    """Whether colours count, not numbers."""
    if raw.pixels.ndim == 3:
        return True
    if raw.palette is None:
        return False
    counts = histogram(raw.pixels)
    used = np.flatnonzero(counts)
    colours = raw.palette[used[used < len(raw.palette)]]
    kinds = strokes_by_hue(colours)
    if used.max() <= BACKGROUND:
        if np.array_equal(raw.palette[: len(_VOC)], _VOC):
            return False
        # A palette of classes may have a red or a green among other colours.
        if (kinds == NONE).sum() > 1 and counts[NONE] > counts.sum() / 2:
            return False
    return bool(kinds.any())


def _numbered(raw: RawMask, path: Path) -> NDArray[np.uint8]:
    top = int(raw.pixels.max())
    if top > BACKGROUND:
        raise DataError(f"{path}: values up to {top} are not strokes: {CURE}")
    return raw.pixels


def _visible(alpha: NDArray[np.uint8] | None, size: tuple[int, int]) -> NDArray[np.bool_]:
    """What was painted on a transparent picture: also strokes of a faint brush, not soft edges."""
    if alpha is None:
        return np.ones(size, bool)
    visible = alpha >= 128
    faint = (alpha >= _FAINT) & ~visible
    if faint.any():
        window = np.ones((3, 3), np.uint8)
        same = cv2.erode(alpha, window) == cv2.dilate(alpha, window)
        visible |= cv2.dilate((faint & same).astype(np.uint8), window).astype(bool)
    return visible


def _at_working_size(strokes: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    if strokes.shape == (height, width):
        return strokes
    # By areas, one kind at a time: nearest-neighbour would lose thin strokes.
    foreground, background = (
        cv2.resize(
            (strokes == kind).astype(np.uint8) * np.uint8(255),
            (width, height),
            interpolation=cv2.INTER_AREA,
        )
        for kind in (FOREGROUND, BACKGROUND)
    )
    small = np.full((height, width), NONE, np.uint8)
    small[foreground > 0] = FOREGROUND
    small[background > foreground] = BACKGROUND
    return small
