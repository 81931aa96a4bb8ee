"""Tells whether two photos are the same file, or show the same picture."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image
from maskwright.errors import DataError
from maskwright.files import open_regular

NEAR_BITS = 4
"""Photos whose 64-bit hashes differ in at most this many bits may be near-duplicates."""

NEAR_LEVELS = 8.0
"""Near-duplicates differ, on 32 x 32 grey pixels, by at most this many grey levels on average."""

THUMBNAIL = 32
"""Side, in pixels, of the grey pictures by which photos are compared."""

ENOUGH = 4 * THUMBNAIL
"""A photo may be decoded at this long side, in pixels, to be hashed."""


@dataclass(frozen=True)
class ImageHash:
    """A photo's fingerprint, small enough to keep for every photo.

    Attributes:
        bits: (8,) uint8, a 64-bit difference hash: each bit says whether a pixel of the photo,
            squeezed to 9 x 8 grey pixels, is darker than its right neighbour.
        thumbnail: (32, 32) uint8 grey, the photo squeezed to a square.
        aspect: width / height.
    """

    bits: NDArray[np.uint8]
    thumbnail: NDArray[np.uint8]
    aspect: float

    @classmethod
    def of(cls, image: Image) -> ImageHash:
        """Hash a photo, (H, W, 3) uint8."""
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        small = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA).astype(np.int16)
        thumbnail = cv2.resize(grey, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
        height, width = grey.shape
        return cls(
            bits=np.packbits(small[:, :-1] < small[:, 1:]),
            thumbnail=np.asarray(thumbnail, np.uint8),
            aspect=width / height,
        )


def near_duplicates(hashes: Sequence[ImageHash]) -> list[tuple[int, int]]:
    """Index pairs (i < j) of photos that show the same picture, resized or compressed again."""
    if not hashes:
        return []
    bits = np.stack([each.bits for each in hashes])
    thumbnails = np.stack([each.thumbnail for each in hashes]).astype(np.int16)
    aspects = np.array([each.aspect for each in hashes])
    found = []
    for first in range(len(hashes) - 1):
        rest = slice(first + 1, None)
        differing = np.unpackbits(bits[rest] ^ bits[first], axis=1).sum(axis=1)
        near = first + 1 + np.flatnonzero(differing <= NEAR_BITS)
        # The bits alone call all photos of one centred thing alike: compare thumbnails too.
        levels = np.abs(thumbnails[near] - thumbnails[first]).mean(axis=(1, 2))
        squeezed = np.abs(np.log(aspects[near] / aspects[first]))
        found += [(first, int(i)) for i in near[(levels <= NEAR_LEVELS) & (squeezed < 0.05)]]
    return found


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
