"""What recognises a photo: a small picture of it, and the SHA-256 of its file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image
from maskwright.errors import DataError
from maskwright.files import open_regular

THUMBNAIL = 32
"""Side, in pixels, of the grey pictures by which photos are compared."""

ENOUGH = 4 * THUMBNAIL
"""A photo may be decoded at this long side, in pixels, to be hashed."""

_COLOURS = 8


@dataclass(frozen=True)
class ImageHash:
    """A photo's small picture, 5 KB, to keep for every photo.

    Attributes:
        thumbnail: (32, 32) float32 grey levels 0..255, the photo squeezed to a square; not
            rounded, because small objects change a pixel of it by less than one level.
        colours: (8, 8, 2) float32, Cr and Cb less 128, squeezed likewise.
        aspect: width / height.
    """

    thumbnail: NDArray[np.float32]
    colours: NDArray[np.float32]
    aspect: float

    @classmethod
    def of(cls, image: Image) -> ImageHash:
        """Hash a photo, (H, W, 3) uint8."""
        height, width = image.shape[:2]
        scale = ENOUGH / max(height, width)
        if scale < 1:
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        unit = image.astype(np.float32) / 255
        levels = np.asarray(cv2.cvtColor(unit, cv2.COLOR_RGB2YCrCb), np.float32) * 255
        return cls(
            thumbnail=_squeezed(levels[:, :, 0], THUMBNAIL),
            colours=_squeezed(levels[:, :, 1:], _COLOURS) - np.float32(127.5),
            aspect=width / height,
        )


def file_digest(path: Path) -> bytes:
    """SHA-256 of a file.

    Raises:
        DataError: it cannot be read.
    """
    try:
        with open_regular(path) as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise DataError(f"{path}: cannot be opened: {error.strerror or error}") from error


def _squeezed(levels: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    small = cv2.resize(np.ascontiguousarray(levels), (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)
