"""What is saved of a photo: from probabilities to named files."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
from PIL import ImageColor

from maskwright.core import Image, Probs
from maskwright.data.photo import Photo, read_photo
from maskwright.errors import UsageError
from maskwright.outputs import pictures
from maskwright.outputs.names import FOLDERS
from maskwright.refine.enlarge import enlarge_mask, enlarge_plane
from maskwright.refine.foreground import cut_out


@dataclass(frozen=True)
class Saving:
    """What to save of every photo.

    Attributes:
        kinds: some of "mask", "cutout", "overlay", "prob".
        background: (H, W, 3) uint8 sRGB that cut-outs are put on; None leaves them transparent.
        crop: cut the cut-outs to the object's bounding box.
    """

    kinds: tuple[str, ...]
    background: Image | None = None
    crop: bool = False


@dataclass(frozen=True)
class Segmented:
    """A photo and what a segmenter found in it.

    Attributes:
        image: (h, w, 3) uint8 sRGB at the working size.
        probs: (h, w, K) float32 at the working size.
        height: rows of the upright photo.
        width: columns of the upright photo.
        photo: reads the photo at its own size.
        follows: outlines are to follow the photo at that size.
    """

    image: Image
    probs: Probs
    height: int
    width: int
    photo: Callable[[], Photo]
    follows: bool = False

    @property
    def guide(self) -> Image | None:
        """(height, width, 3) uint8: what outlines follow from the working size on, if anything."""
        return self.photo().pixels if self.follows else None


Maker: TypeAlias = Callable[[Segmented], bytes]
"""Makes an output file."""


def checked_kinds(save: Sequence[str]) -> tuple[str, ...]:
    """Put what is to be saved into its fixed order.

    Raises:
        UsageError: nothing, or something unknown.
    """
    unknown = sorted(set(save) - FOLDERS.keys())
    if unknown or not save:
        raise UsageError(
            f"cannot save {', '.join(unknown) or 'nothing'}: choose {', '.join(FOLDERS)}"
        )
    return tuple(kind for kind in FOLDERS if kind in save)


def read_background(text: str | Path) -> Image:
    """Read a background: a colour becomes one pixel, anything else is the path of a photo.

    Args:
        text: a CSS colour name, #rgb or #rrggbb, rgb(r, g, b), or a path.

    Returns:
        (H, W, 3) uint8 sRGB.

    Raises:
        UsageError: neither a colour nor a file.
        DataError: the file is not a photo.
    """
    try:
        colour = ImageColor.getrgb(str(text))
    except ValueError:
        if not Path(text).is_file():
            raise UsageError(
                f"--background {text}: neither a colour (white, #ff8800) nor a picture file"
            ) from None
        return read_photo(Path(text)).srgb()
    if len(colour) != 3:
        raise UsageError(f"--background {text}: a background cannot be transparent")
    return np.array([[colour]], np.uint8)


def products(name: str, classes: Sequence[str], saving: Saving) -> dict[str, Maker]:
    """The output files of one photo: path inside OUT -> what makes the bytes of the file.

    Args:
        name: the photo's name inside OUT.
        classes: of the segmenter.
        saving: what is saved of every photo.
    """
    makers: dict[str, Maker] = {}
    for kind in saving.kinds:
        stem = f"{FOLDERS[kind]}/{name}"
        if kind == "mask":
            makers[f"{stem}.png"] = partial(_mask, classes=len(classes))
        elif kind == "overlay":
            makers[f"{stem}.jpg"] = _overlay
        elif kind == "prob":
            for ending, channel in _channels(classes):
                makers[f"{stem}{ending}.png"] = partial(_probability, channel=channel)
        else:
            makers[f"{stem}.png"] = partial(_cutout, saving=saving)
    return makers


def _mask(found: Segmented, *, classes: int) -> bytes:
    mask = enlarge_mask(found.probs, found.height, found.width, photo=found.guide)
    return pictures.mask_png(mask, classes)


def _overlay(found: Segmented) -> bytes:
    mask = enlarge_mask(found.probs, *found.image.shape[:2])
    return pictures.overlay_jpg(found.image, mask)


def _probability(found: Segmented, *, channel: int) -> bytes:
    plane = enlarge_plane(
        found.probs[:, :, channel], found.height, found.width, top=65535, photo=found.guide
    )
    return pictures.probability_png(plane)


def _cutout(found: Segmented, *, saving: Saving) -> bytes:
    photo = found.photo()
    size = photo.pixels.shape[:2]
    guide = photo.pixels if found.follows else None
    foreground = 1 - found.probs[:, :, 0]
    alpha = np.asarray(enlarge_plane(foreground, *size, top=255, photo=guide), np.uint8)
    box = (slice(None), slice(None))
    if saving.crop:
        box = pictures.bounding_box(enlarge_mask(found.probs, *size, photo=guide))
    if saving.background is None:
        return pictures.cutout_png(cut_out(photo.pixels[box], alpha[box]), photo.icc)
    rgba = cut_out(photo.srgb()[box], alpha[box])
    del photo, guide, alpha  # they may be large, and what follows needs the memory
    return pictures.composed_png(rgba, pictures.covering(saving.background, *rgba.shape[:2]))


def _channels(classes: Sequence[str]) -> list[tuple[str, int]]:
    """Which probabilities are saved, with what their file names end in."""
    if len(classes) == 2:
        return [("", 1)]
    # Class names come with the model: they must not lead out of the folder.
    safe = [re.sub(r"[^\w-]", "_", name) for name in classes]
    if len({name.casefold() for name in safe}) < len(safe):
        safe = [f"{at}_{name}" for at, name in enumerate(safe)]
    return [(f".{name}", at) for at, name in enumerate(safe)]
