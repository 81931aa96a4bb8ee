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

from maskwright.core import Image, shrunk
from maskwright.data.photo import read_photo
from maskwright.engine.segmentation import Segmentation
from maskwright.errors import UsageError
from maskwright.outputs import pictures
from maskwright.outputs.names import FOLDERS
from maskwright.refine.enlarge import enlarge_mask
from maskwright.refine.foreground import cut_out, object_colours

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


Maker: TypeAlias = Callable[[Segmentation], pictures.Encoded]
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
            makers[f"{stem}.png"] = _mask
        elif kind == "overlay":
            makers[f"{stem}.jpg"] = _overlay
        elif kind == "prob":
            for ending, channel in _channels(classes):
                makers[f"{stem}{ending}.png"] = partial(_probability, channel=channel)
        else:
            makers[f"{stem}.png"] = partial(_cutout, saving=saving)
    return makers


def _mask(found: Segmentation) -> pictures.Encoded:
    return pictures.mask_png(found.mask(), len(found.classes))


def _overlay(found: Segmentation) -> pictures.Encoded:
    image = shrunk(found.image, OVERLAY_SIDE)
    return pictures.overlay_jpg(image, enlarge_mask(found.probs, *image.shape[:2]))


def _probability(found: Segmentation, *, channel: int) -> pictures.Encoded:
    return pictures.probability_png(found.plane(channel))


def _cutout(found: Segmentation, *, saving: Saving) -> pictures.Encoded:
    # Each step lets go of what the next does not need: of a large photo that is half the memory.
    alpha, box = found.alpha(), found.box(crop=saving.crop)
    if saving.background is None:
        photo = found.take_photo()
        return pictures.cutout_png(cut_out(photo.pixels, alpha, box=box), photo.icc)
    pixels = found.take_photo().srgb()
    shown = alpha[box]
    canvas = pictures.covering(saving.background, *shown.shape)
    pictures.compose(object_colours(pixels, alpha, box=box), shown, canvas)
    return pictures.composed_png(canvas)


def _channels(classes: Sequence[str]) -> list[tuple[str, int]]:
    """Which probabilities are saved, with what their file names end in."""
    if len(classes) == 2:
        return [("", 1)]
    # Class names come with the model: they must not lead out of the folder.
    safe = [re.sub(r"[^\w-]", "_", name) for name in classes]
    if len({name.casefold() for name in safe}) < len(safe):
        safe = [f"{at}_{name}" for at, name in enumerate(safe)]
    return [(f".{name}", at) for at, name in enumerate(safe)]
