"""Transparency that a photo has already, in any of the forms that files know."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

TRANSPARENT = "transparent pixels stay transparent in cut-outs, and are background in masks"
UNSEEN = "every pixel is transparent: the transparency is ignored"
"""Notes on photos with transparency."""


@dataclass(frozen=True)
class Key:
    """The value or the colour of a file that is transparent.

    Attributes:
        value: a grey value, a palette index, an opacity for each index, or three values of a
            colour, as deep as the file stores them.
    """

    value: int | bytes | tuple[int, ...]


def transparent_key(image: PilImage.Image) -> Key | None:
    """What an opened image, not decoded yet, says is transparent; None without such a value."""
    value = image.info.get("transparency")
    if value is None:
        return None
    if isinstance(value, int) and image.mode == "L":
        # The value of a PNG file of 2 or 4 bits is given as stored; its pixels are scaled.
        tile: Any = next(iter(getattr(image, "tile", [])), None)
        small = re.fullmatch(r"L;([24])", str(tile[3])) if tile else None
        value *= 255 // (2 ** int(small[1]) - 1) if small else 1
    return Key(value)


def opacity_of(
    image: PilImage.Image, key: Key | None, deep: NDArray[np.uint16] | None = None
) -> NDArray[np.uint8] | None:
    """How opaque the pixels of a decoded image are, as stored.

    Args:
        image: decoded, in its own mode.
        key: what `transparent_key` found in it.
        deep: (H, W, 3), the colours of an image with more than 8 bits, where the key is one.

    Returns:
        (H, W) uint8, 255 for opaque; None where every pixel is.
    """
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        found = np.asarray(image.getchannel(image.getbands()[-1]), np.uint8)
    elif key is None:
        return None
    else:
        found = _keyed(np.asarray(image) if deep is None else deep, key.value)
    return None if found.min() == 255 else found


def _keyed(values: NDArray[Any], key: int | bytes | tuple[int, ...]) -> NDArray[np.uint8]:
    if isinstance(key, bytes):  # of a palette
        table = np.full(256, 255, np.uint8)
        table[: len(key)] = np.frombuffer(key[:256], np.uint8)
        return np.asarray(table[values], np.uint8)
    if values.dtype == np.bool_:
        values = values.astype(np.uint8) * np.uint8(255)
    same = values == np.asarray(key)
    clear = same.all(axis=2) if same.ndim == 3 else same
    return np.where(clear, np.uint8(0), np.uint8(255))
