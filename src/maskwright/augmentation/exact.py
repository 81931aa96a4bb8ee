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
from maskwright.data.tables import dataset_yaml
from maskwright.errors import DataError

LARGEST_SIDE = 32_766
"""The longest side, in pixels, of photos that OpenCV can warp."""


@dataclass(frozen=True)
class Exact:
    """Copies of the original's size, masks of class indices with 255 void.

    Attributes:
        fill: what is drawn beyond the photo's border.
    """

    fill: Fill = "reflect"
    may_be_jpeg: bool = True
    notes: tuple[str, ...] = ()

    @property
    def options(self) -> Mapping[str, Any]:
        return {"fill": self.fill, "like_keras": False}

    def check(self, classes: tuple[str, ...]) -> None:
        pass

    def repeats(self, technique: Technique) -> bool:
        return not technique.random

    def copied(
        self, pair: Pair, technique: Technique, rng: np.random.Generator
    ) -> tuple[Image, NDArray[np.uint8]]:
        height, width = pair.mask.shape
        if max(height, width) > LARGEST_SIDE:
            raise DataError(
                f"{pair.name}: a side of more than {LARGEST_SIDE:,} pixels: shrink photo and mask"
            )
        move = technique.draw(rng, height, width)
        return warped(pair.image, pair.mask, move, (height, width), self.fill)

    def stored(self, mask: Mask) -> NDArray[np.uint8]:
        return mask

    def meant(self, stored: NDArray[np.uint8]) -> Mask:
        return stored

    def dataset_yaml(self, classes: tuple[str, ...]) -> str:
        return dataset_yaml(classes)
