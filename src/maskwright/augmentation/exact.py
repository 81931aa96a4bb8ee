"""Copies as they should be made: photo and mask by the very same move, void where nothing is known.

`KerasLike` in keras_like.py is the other way to make them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from maskwright.augmentation.geometry import Fill, warped
from maskwright.augmentation.techniques import Technique
from maskwright.core import Image, Mask, Pair
from maskwright.data.tables import dataset_yaml
from maskwright.errors import DataError

LARGEST_SIDE = 32_766
"""OpenCV moves the pixels of photos whose sides are not longer than this."""


class Way(Protocol):
    """A way to make copies: what they hold, and how masks are stored beside them.

    Attributes:
        may_be_jpeg: whether copies of JPEG photos are JPEG too; all others are PNG.
        options: what the user chose of it.
        notes: what is to be said aloud of it, one sentence each.
    """

    @property
    def may_be_jpeg(self) -> bool: ...
    @property
    def options(self) -> Mapping[str, Any]: ...
    @property
    def notes(self) -> tuple[str, ...]: ...

    def check(self, classes: tuple[str, ...]) -> None:
        """Raise DataError where it makes no sense for data of these classes."""
        ...

    def repeats(self, technique: Technique) -> bool:
        """Whether every copy by this technique would be the same."""
        ...

    def copied(
        self, pair: Pair, technique: Technique, rng: np.random.Generator
    ) -> tuple[Image, NDArray[np.uint8]]:
        """One copy: photo (h, w, 3) and mask, as stored, (h, w) or (h, w, 3).

        Raises:
            DataError: the photo is too large.
        """
        ...

    def stored(self, mask: Mask) -> NDArray[np.uint8]:
        """The mask of an original as stored, (H, W)."""
        ...

    def meant(self, stored: NDArray[np.uint8]) -> Mask:
        """The class indices that a stored mask means, (h, w)."""
        ...

    def dataset_yaml(self, classes: tuple[str, ...]) -> str:
        """The text that says what stored masks mean."""
        ...


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
