"""The default augmenter: one move for photo and mask, and void beyond the photo's border."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.augmentation.geometry import Fill, warped
from maskwright.augmentation.techniques import Technique
from maskwright.core import Image, Mask, Pair
from maskwright.data.pairs.dataset_yaml import dataset_yaml
from maskwright.errors import DataError

LARGEST_SIDE = 32_766
"""The longest side, in pixels, of photos that OpenCV can warp."""


@dataclass(frozen=True)
class Exact:
    """Copies of the original's size, masks of class indices with 255 void.

    Attributes:
        fill: what is drawn beyond the photo's border.
        may_be_jpeg: whether copies of JPEG photos are JPEG too; all others are PNG.
        notes: what the user should know, one sentence each.
    """

    fill: Fill = "reflect"
    may_be_jpeg: bool = True
    notes: tuple[str, ...] = ()

    @property
    def options(self) -> Mapping[str, Any]:
        """What the user chose, as plain values."""
        return {"fill": self.fill, "like_keras": False}

    def check(self, classes: tuple[str, ...]) -> None:
        """Raise DataError if it cannot be used for data of these classes."""

    def repeats(self, technique: Technique) -> bool:
        """Whether every copy by this technique would be the same."""
        return not technique.random

    def copied(
        self, pair: Pair, technique: Technique, rng: np.random.Generator
    ) -> tuple[Image, NDArray[np.uint8]]:
        """One copy: photo (h, w, 3) and mask, as stored, (h, w) or (h, w, 3).

        Raises:
            DataError: the photo is too large.
        """
        height, width = pair.mask.shape
        if max(height, width) > LARGEST_SIDE:
            raise DataError(
                f"{pair.name}: a side of more than {LARGEST_SIDE:,} pixels: shrink photo and mask"
            )
        move = technique.draw(rng, height, width)
        return warped(pair.image, pair.mask, move, (height, width), self.fill)

    def stored(self, mask: Mask) -> NDArray[np.uint8]:
        """The mask of an original as stored, (H, W)."""
        return mask

    def meant(self, stored: NDArray[np.uint8]) -> Mask:
        """The class indices that a stored mask means, (h, w)."""
        return stored

    def dataset_yaml(self, classes: tuple[str, ...]) -> str:
        """The text that says what stored masks mean."""
        return dataset_yaml(classes)
