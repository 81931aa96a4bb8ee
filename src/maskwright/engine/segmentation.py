"""What was found in a photo, at any size that someone asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image, Mask, Probs
from maskwright.data.photo import Photo
from maskwright.refine.enlarge import enlarge_mask, enlarge_plane
from maskwright.refine.foreground import Box, bounding_box, cut_out
from maskwright.refine.guided import ColourFits, fit_colours
from maskwright.refine.opacity import soft_at_edges

if TYPE_CHECKING:
    from maskwright.fusion.decision import Decision


@dataclass(frozen=True)
class Segmentation:
    """A photo and what a segmenter found in it; for one thread.

    Masks and planes are made when they are asked for, at the size of the photo and strip by strip:
    full-size probabilities of a large photo never exist.

    Attributes:
        classes: names of the K classes; the first is the background.
        image: (h, w, 3) uint8 sRGB at the working size.
        probs: (h, w, K) float32 at the working size.
        size: (height, width) of the upright photo.
        read_photo: reads the photo at its own size.
        guided: outlines follow the photo at that size.
        transparent: the photo has transparency: where nothing of it shows is background.
        decisions: which disputed regions GrabCut changed, one entry for the photo or for each of
            its tiles; empty where no gate was asked.
    """

    classes: tuple[str, ...]
    image: Image
    probs: Probs
    size: tuple[int, int]
    read_photo: Callable[[], Photo]
    guided: bool = False
    transparent: bool = False
    decisions: tuple[Decision, ...] = ()

    def mask(self) -> Mask:
        """The most probable class of every pixel, (height, width) uint8."""
        mask = enlarge_mask(self.probs, *self.size, photo=self._guide, fits=self._fits)
        if self._opacity is not None:
            mask[self._opacity == 0] = 0
        return mask

    def plane(
        self, channel: int = 1, *, top: Literal[255, 65535] = 65535
    ) -> NDArray[np.uint8] | NDArray[np.uint16]:
        """The probabilities of one class as integers.

        Args:
            channel: which of the K classes.
            top: the integer that probability 1 becomes.

        Returns:
            (height, width), uint8 where `top` is 255, else uint16.
        """
        plane = enlarge_plane(
            self.probs, channel, *self.size, top=top, photo=self._guide, fits=self._fits
        )
        if self._opacity is not None:
            plane[self._opacity == 0] = 0 if channel else top
        return plane

    def alpha(self) -> NDArray[np.uint8]:
        """How opaque everything but the background is, (height, width), 255 for fully.

        Nothing is more opaque than it is in the photo: both opacities are multiplied.
        """
        background = np.asarray(self.plane(0, top=255), np.uint8)
        alpha = soft_at_edges(np.subtract(np.uint8(255), background, out=background))
        if self._opacity is None:
            return alpha
        product = alpha.astype(np.uint16) * self._opacity
        return np.asarray((product + np.uint16(127)) // np.uint16(255), np.uint8)

    def box(self, *, crop: bool) -> Box:
        """Rows and columns of all that is not background, or of the whole photo."""
        if crop:
            return bounding_box(self.mask())
        return slice(0, self.size[0]), slice(0, self.size[1])

    def cut_out(self, *, crop: bool = False) -> NDArray[np.uint8]:
        """Cut the objects out of the photo.

        Args:
            crop: cut to their bounding box.

        Returns:
            (H, W, 4) uint8 sRGB with an alpha channel.
        """
        alpha, box = self.alpha(), self.box(crop=crop)
        return cut_out(self.take_photo().srgb(), alpha, box=box)

    def take_photo(self) -> Photo:
        """The photo at its own size. It is not kept: of a large photo that is half the memory."""
        kept: Photo | None = self.__dict__.pop("_whole", None)
        return kept or self.read_photo()

    @cached_property
    def _whole(self) -> Photo | None:
        """The photo if outlines follow it at its own size: read once, until it is taken."""
        return self.read_photo() if self.guided and self.size != self.probs.shape[:2] else None

    @cached_property
    def _opacity(self) -> NDArray[np.uint8] | None:
        """How opaque the photo is at its own size; None where all of it is."""
        if not self.transparent:
            return None
        kept: Photo | None = self.__dict__.get("_whole")
        return (kept or self.read_photo()).alpha

    @property
    def _guide(self) -> Image | None:
        return None if self._whole is None else self._whole.pixels

    @cached_property
    def _fits(self) -> ColourFits | None:
        """How what was found depends on the colours of the photo, where outlines follow it."""
        return None if self._guide is None else fit_colours(self.probs, self._guide)
