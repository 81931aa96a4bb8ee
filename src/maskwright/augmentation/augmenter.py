"""What makes augmented copies, and which one the user's options mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from maskwright.augmentation.exact import Exact
from maskwright.augmentation.geometry import FILLS, Fill
from maskwright.augmentation.keras_like import KerasLike
from maskwright.augmentation.techniques import Technique
from maskwright.core import Image, Mask, Pair
from maskwright.errors import UsageError


class Augmenter(Protocol):
    """Makes augmented copies, and decides how masks are stored beside them.

    Attributes:
        may_be_jpeg: whether copies of JPEG photos are JPEG too; all others are PNG.
        options: what the user chose, as plain values.
        notes: what the user should know, one sentence each.
    """

    @property
    def may_be_jpeg(self) -> bool: ...
    @property
    def options(self) -> Mapping[str, Any]: ...
    @property
    def notes(self) -> tuple[str, ...]: ...

    def check(self, classes: tuple[str, ...]) -> None:
        """Raise DataError if it cannot be used for data of these classes."""
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


def augmenter_of(fill: Fill | None, like_keras: bool) -> Augmenter:
    """The augmenter for these options.

    Raises:
        UsageError: they exclude each other, or there is no such fill.
    """
    if like_keras:
        if fill not in (None, "nearest"):
            raise UsageError(f"--fill {fill}: like Keras, borders are always nearest")
        return KerasLike()
    if fill is not None and fill not in FILLS:
        raise UsageError(f"--fill {fill}: choose from {', '.join(FILLS)}")
    return Exact(fill or "reflect")
