"""Reads strokes that a person painted over a photo, on the object and on the background."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classical.seeds.priors import BACKGROUND, FOREGROUND, NONE
from maskwright.core import Image
from maskwright.data.decode import Limits
from maskwright.data.masks.read import RawMask, read_mask
from maskwright.errors import DataError

_BRIGHT, _DARK = 192, 64
_SAME = 32  # two files may store one colour with this difference in each channel

_CURE = (
    "paint the object in bright green (0, 255, 0) and the background in bright red "
    "(255, 0, 0), or use the palette numbers 1 and 2"
)


def read_strokes(
    path: Path, image: Image, size: tuple[int, int], limits: Limits
) -> NDArray[np.uint8]:
    """Read the strokes of a photo, at the photo's working size.

    Strokes are numbers in a palette or grey picture: 0 none, 1 foreground, 2 background. Or they
    are bright green (foreground) and bright red (background), painted on a transparent or plain
    picture or on the photo itself; greens and reds of the photo do not count as strokes.

    Args:
        path: the picture of strokes.
        image: (h, w, 3) uint8, the photo at its working size.
        size: (height, width) of the full upright photo; the picture must have the same.
        limits: what the file may cost.

    Returns:
        (h, w) uint8: 0 no stroke, 1 foreground, 2 background. Thin strokes survive the resize.

    Raises:
        DataError: unreadable, of another size than the photo, or without a stroke on the
            background, which every method needs.
    """
    raw = read_mask(path, limits)
    if raw.size != size:
        raise DataError(
            f"{path}: {raw.size[1]} x {raw.size[0]} pixels, but the photo has "
            f"{size[1]} x {size[0]}: paint strokes on a picture of the upright photo's size"
        )
    coloured = raw.pixels.ndim == 3 or _has_bright_palette(raw)
    strokes = _painted(raw, image) if coloured else _numbered(raw, path)
    strokes = _at_working_size(strokes, *image.shape[:2])
    if not (strokes == BACKGROUND).any():
        raise DataError(f"{path}: no stroke on the background: {_CURE}")
    return strokes


def _by_colour(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the stroke of each colour: (..., 3) -> (...)."""
    bright, dark = colours >= _BRIGHT, colours <= _DARK
    found = np.full(colours.shape[:-1], NONE, np.uint8)
    found[dark[..., 0] & bright[..., 1] & dark[..., 2]] = FOREGROUND
    found[bright[..., 0] & dark[..., 1] & dark[..., 2]] = BACKGROUND
    return found


def _has_bright_palette(raw: RawMask) -> bool:
    # Only bright colours: in a common palette of classes, 1 is dark red and 2 is dark green.
    if raw.palette is None:
        return False
    used = np.unique(raw.pixels)
    return bool(_by_colour(raw.palette[used[used < len(raw.palette)]]).any())


def _numbered(raw: RawMask, path: Path) -> NDArray[np.uint8]:
    top = int(raw.pixels.max())
    if top > BACKGROUND:
        raise DataError(f"{path}: values up to {top} are not strokes: {_CURE}")
    return raw.pixels


def _painted(raw: RawMask, image: Image) -> NDArray[np.uint8]:
    seen = raw.seen()
    strokes = _by_colour(seen)
    if raw.alpha is not None:
        strokes[raw.alpha < 128] = NONE
    height, width = image.shape[:2]
    small = cv2.resize(seen, (width, height), interpolation=cv2.INTER_AREA)
    on_the_photo = (cv2.absdiff(small, image).max(axis=2) <= _SAME).mean() > 0.5
    if on_the_photo:
        rows, columns = np.nonzero(strokes)
        own = image[rows * height // raw.size[0], columns * width // raw.size[1]]
        apart = np.abs(seen[rows, columns].astype(np.int16) - own).max(axis=1)
        unpainted = apart <= _SAME
        strokes[rows[unpainted], columns[unpainted]] = NONE
    return strokes


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
