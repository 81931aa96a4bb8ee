"""What is saved of a photo: from probabilities to named files."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

from maskwright.core import Image, Mask, Probs, shrunk
from maskwright.data.photo import Photo, read_photo
from maskwright.errors import UsageError
from maskwright.outputs import pictures
from maskwright.outputs.names import FOLDERS
from maskwright.refine.enlarge import enlarge_mask, enlarge_plane
from maskwright.refine.foreground import Box, cut_out, object_colours
from maskwright.refine.guided import ColourFits, fit_colours
from maskwright.refine.opacity import soft_at_edges

OVERLAY_SIDE = 2048
"""Most pixels an overlay has in width or height: it is there to look at."""


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

    @cached_property
    def followed(self) -> Photo | None:
        """The photo at its own size if outlines follow it there: read once, then kept."""
        return self.photo() if self.follows else None

    @property
    def guide(self) -> Image | None:
        """(height, width, 3) uint8: what outlines follow from the working size on, if anything."""
        return None if self.followed is None else self.followed.pixels

    @cached_property
    def fits(self) -> ColourFits | None:
        """How what was found depends on the colours of the guide, if there is one."""
        return None if self.guide is None else fit_colours(self.probs, self.guide)

    def release(self) -> None:
        """Let go of the photo that outlines follow; who needs it again reads it again."""
        self.__dict__.pop("followed", None)


Maker: TypeAlias = Callable[[Segmented], pictures.Encoded]
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


def _mask(found: Segmented, *, classes: int) -> pictures.Encoded:
    return pictures.mask_png(_whole_mask(found), classes)


def _whole_mask(found: Segmented) -> Mask:
    return enlarge_mask(found.probs, found.height, found.width, photo=found.guide, fits=found.fits)


def _overlay(found: Segmented) -> pictures.Encoded:
    image = shrunk(found.image, OVERLAY_SIDE)
    return pictures.overlay_jpg(image, enlarge_mask(found.probs, *image.shape[:2]))


def _probability(found: Segmented, *, channel: int) -> pictures.Encoded:
    plane = enlarge_plane(
        found.probs,
        channel,
        found.height,
        found.width,
        top=65535,
        photo=found.guide,
        fits=found.fits,
    )
    return pictures.probability_png(plane)


def _cutout(found: Segmented, *, saving: Saving) -> pictures.Encoded:
    # Each step lets go of what the next does not need: of a large photo that is half the memory.
    if saving.background is None:
        return pictures.cutout_png(*_transparent(found, saving.crop))
    return pictures.composed_png(_composed(found, saving.background, saving.crop))


def _transparent(found: Segmented, crop: bool) -> tuple[NDArray[np.uint8], bytes | None]:
    photo = found.followed or found.photo()
    alpha, box = _alpha(found), _box(found, crop)
    found.release()
    return cut_out(photo.pixels, alpha, box=box), photo.icc


def _composed(found: Segmented, background: Image, crop: bool) -> Image:
    photo = found.followed or found.photo()
    alpha, box = _alpha(found), _box(found, crop)
    found.release()
    pixels = photo.srgb()
    del photo
    shown = alpha[box]
    canvas = pictures.covering(background, *shown.shape)
    pictures.compose(object_colours(pixels, alpha, box=box), shown, canvas)
    return canvas


def _alpha(found: Segmented) -> NDArray[np.uint8]:
    """How opaque all but the background is, (height, width), 255 for fully."""
    size = (found.height, found.width)
    plane = enlarge_plane(found.probs, 0, *size, top=255, photo=found.guide, fits=found.fits)
    alpha = np.asarray(plane, np.uint8)
    return soft_at_edges(np.subtract(np.uint8(255), alpha, out=alpha))


def _box(found: Segmented, crop: bool) -> Box:
    if crop:
        return pictures.bounding_box(_whole_mask(found))
    return slice(0, found.height), slice(0, found.width)


def _channels(classes: Sequence[str]) -> list[tuple[str, int]]:
    """Which probabilities are saved, with what their file names end in."""
    if len(classes) == 2:
        return [("", 1)]
    # Class names come with the model: they must not lead out of the folder.
    safe = [re.sub(r"[^\w-]", "_", name) for name in classes]
    if len({name.casefold() for name in safe}) < len(safe):
        safe = [f"{at}_{name}" for at, name in enumerate(safe)]
    return [(f".{name}", at) for at, name in enumerate(safe)]
