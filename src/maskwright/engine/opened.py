"""One photo in work: decoded once, however many methods look at it."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import cv2
import numpy as np

from maskwright.classical.seeds.find import Seeds
from maskwright.core import Image, Mask, Probs, shrunk
from maskwright.data.dataset import Example
from maskwright.data.decode import Limits, read_header
from maskwright.data.photo import read_photo
from maskwright.engine.method import WORKING_SIDE


class OpenPhoto:
    """A photo that is read when it is first asked for; for one thread.

    Attributes:
        example: where the photo is.
    """

    def __init__(self, example: Example, limits: Limits) -> None:
        self.example = example
        self._limits = limits
        self._priors: dict[Seeds, Probs] = {}

    @cached_property
    def size(self) -> tuple[int, int]:
        """Height and width of the upright photo."""
        header = read_header(self.example.image, self._limits)
        return header.height, header.width

    @cached_property
    def image(self) -> Image:
        """(H, W, 3) uint8, sRGB, at the size at which `maskwright predict` works."""
        photo = read_photo(self.example.image, limits=self._limits, shrink_to=WORKING_SIDE)
        return replace(photo, pixels=shrunk(photo.pixels, WORKING_SIDE)).srgb()

    @property
    def pixels(self) -> Image:
        """(H, W, 3) uint8 at the photo's own size, in its own colours; read anew each time."""
        return read_photo(self.example.image, limits=self._limits).pixels

    def shrunk_mask(self, mask: Mask) -> Mask:
        """A mask (H, W) uint8 of the whole photo at the size of `image`."""
        height, width = self.image.shape[:2]
        if mask.shape == (height, width):
            return mask
        small = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
        return np.asarray(small, np.uint8).reshape(height, width)

    def prior(self, seeds: Seeds) -> Probs:
        """What the seeds say of this photo, (H, W, 2) float32 at the size of `image`.

        Raises:
            DataError: there are none for it.
        """
        if seeds not in self._priors:
            self._priors[seeds] = seeds.find(self.example.name, self.image, *self.size)
        return self._priors[seeds]
