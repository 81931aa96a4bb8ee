"""How a photo is resized for the network, the same in training, in validation and when shipped."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from maskwright.core import Image, Probs, Segmenter, from_function, resized
from maskwright.refine.guided import guided

BILINEAR, GUIDED = "bilinear", "guided"
ENLARGE = (GUIDED, BILINEAR)
"""How probabilities come back to the size of the photo: along its outlines, or blind to it."""

LARGEST_SIZE = 2048
"""Largest `Resize.size`: the bundled network then takes 1.1 GB and three seconds for a photo."""


@dataclass(frozen=True)
class Resize:
    """The size at which a network sees a photo.

    Attributes:
        rule: "area": the photo keeps its aspect as nearly as the multiples allow and covers about
            size x size pixels, so that every photo costs the same; "square": it is stretched.
        size: side of the square of that area, in pixels.
        multiple: both sides are multiples of this.
    """

    rule: str
    size: int
    multiple: int = 32

    def __post_init__(self) -> None:
        if self.rule not in ("area", "square"):
            raise ValueError(f"unknown resize rule {self.rule!r}")

    def network_size(self, height: int, width: int) -> tuple[int, int]:
        """Choose (height, width) for a photo, each between `multiple` and four times `size`."""
        if self.rule == "square":
            return self.size, self.size
        scale = self.size / math.sqrt(height * width)
        most = max(1, 4 * self.size // self.multiple)

        def side(pixels: int) -> int:
            units = math.floor(pixels * scale / self.multiple + 0.5)
            return self.multiple * min(max(units, 1), most)

        return side(height), side(width)

    def fitted(self, image: Image) -> Image:
        """Resize a photo (H, W, 3) for the network: by pixel areas down, bilinearly up."""
        height, width = self.network_size(*image.shape[:2])
        if image.shape[:2] == (height, width):
            return image
        shrinks = height * width < image.shape[0] * image.shape[1]
        how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(image, (width, height), interpolation=how), np.uint8)


def at_network_size(segmenter: Segmenter, resize: Resize, *, enlarge: str = BILINEAR) -> Segmenter:
    """Run a segmenter on photos resized by a rule; its probabilities are resized back.

    Args:
        segmenter: what to run.
        resize: the rule.
        enlarge: one of `ENLARGE`.
    """

    def run(image: Image, _prior: Probs | None) -> Probs:
        small = resize.fitted(image)
        return enlarged(segmenter(small), image, small, enlarge)

    return from_function(segmenter.classes, run)


def enlarged(probs: Probs, image: Image, small: Image, enlarge: str) -> Probs:
    """Bring probabilities to the size of the photo.

    Args:
        probs: (h, w, K) float32.
        image: (H, W, 3) uint8, the photo.
        small: (h, w, 3) uint8, the copy of it that the network saw.
        enlarge: one of `ENLARGE`.

    Returns:
        (H, W, K) float32.
    """
    if enlarge == GUIDED:
        return guided(probs, image, small=small)
    return resized(probs, *image.shape[:2])
