"""Photos: find them on disk, and read any of them as an upright (H, W, 3) uint8 array."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass

import numpy as np
from PIL import Image as PilImage
from PIL import ImageCms

from maskwright.core import Image
from maskwright.data.decode import (
    DEFAULT_LIMITS,
    ImageSource,
    Limits,
    convert,
    load,
    name_of,
    opened,
    stored_orientation,
)
from maskwright.data.pixels import eight_bit, upright
from maskwright.data.walk import PHOTO_ENDINGS, FoundPhoto, find_photos

__all__ = ["PHOTO_ENDINGS", "FoundPhoto", "Limits", "Photo", "find_photos", "read_photo"]

_log = logging.getLogger(__name__)

_ROWS = 1024
"""Rows whose colours are converted at once."""


@dataclass(frozen=True)
class Photo:
    """A decoded photo.

    Attributes:
        pixels: (H, W, 3) uint8, upright, in the file's own colours; an alpha channel is ignored.
        icc: the profile of those colours; None means sRGB.
        notes: what a person should know of how the file was read.
        of: (height, width) of the upright photo in its file, where `pixels` may be fewer.
    """

    pixels: Image
    icc: bytes | None = None
    notes: tuple[str, ...] = ()
    of: tuple[int, int] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the upright photo, whether or not it was shrunk when it was read."""
        return self.of or (self.pixels.shape[0], self.pixels.shape[1])

    def srgb(self) -> Image:
        """The pixels in sRGB, (H, W, 3) uint8: converted when the profile is another one."""
        if self.icc is None:
            return self.pixels
        try:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(self.icc))
            if "srgb" in ImageCms.getProfileDescription(profile).lower():
                return self.pixels
            converted = np.empty_like(self.pixels)
            # Some rows at a time: Pillow would hold a large photo four times over.
            for first in range(0, len(converted), _ROWS):
                rows = slice(first, first + _ROWS)
                some = _to_srgb(PilImage.fromarray(self.pixels[rows]), profile)
                converted[rows] = np.asarray(some, np.uint8)
        except (ImageCms.PyCMSError, OSError) as error:
            _log.warning("a colour profile cannot be used (%s): read as sRGB", error)
            return self.pixels
        return converted


def read_photo(
    source: ImageSource, *, limits: Limits = DEFAULT_LIMITS, shrink_to: int | None = None
) -> Photo:
    """Read a photo of any common format, upright.

    The pixels that a segmenter takes are `read_photo("photo.jpg").srgb()`. EXIF orientation is
    applied; grey, palette, CMYK, Lab and 16-bit photos become 8-bit RGB by scaling; of several
    frames or pages the first is taken.

    Args:
        source: a path, the bytes of a file, or an open binary file, which is read from its
            beginning and stays open. The content decides the format, not the name.
        limits: checked before any pixel is decoded.
        shrink_to: the caller needs no more than this long side: JPEG files are then decoded at
            1/2, 1/4 or 1/8 where that still gives as much, which is several times faster. The
            result may be larger than asked for.

    Raises:
        DataError: the file is missing, damaged, too large, no image, or needs an extra.
    """
    name = name_of(source)
    with opened(source, limits) as (image, header):
        notes: tuple[str, ...] = ()
        if header.frames > 1:
            notes = (f"{header.frames} frames or pages: the first one is used",)
            _log.info("%s: %s", name, notes[0])
        load(image, name, shrink_to=shrink_to)
        # Only now: Pillow turns TIFF files upright while it loads them, and then forgets the tag.
        orientation = stored_orientation(image)
        icc = image.info.get("icc_profile") or None
        rgb, keeps_profile = _rgb(image, icc, name)
        size = (header.height, header.width)
        return Photo(upright(rgb, orientation), icc if keeps_profile else None, notes, size)


def _rgb(image: PilImage.Image, icc: bytes | None, name: str) -> tuple[Image, bool]:
    """8-bit RGB pixels as stored, and whether the file's profile still describes them."""
    mode = image.mode
    if mode.startswith("I") or mode == "F":
        grey = eight_bit(np.asarray(image), name)
        return np.repeat(grey[..., None], 3, axis=2), False
    if mode in ("RGB", "RGBA", "RGBX", "P", "PA"):
        if mode == "PA":
            image = convert(image, "RGBA", name)
        # Pillow copies even what needs no conversion.
        return np.asarray(image if mode == "RGB" else convert(image, "RGB", name), np.uint8), True
    if mode in ("La", "RGBa"):  # premultiplied
        image = convert(image, "LA" if mode == "La" else "RGBA", name)
    if mode == "LAB":
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        return np.asarray(_to_srgb(image, lab), np.uint8), False
    if icc is not None and mode in ("L", "LA", "CMYK"):
        if mode == "LA":
            image = convert(image, "L", name)
        try:  # a grey or CMYK profile does not fit RGB pixels: use it now
            profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            return np.asarray(_to_srgb(image, profile), np.uint8), False
        except (ImageCms.PyCMSError, OSError) as error:
            _log.warning("%s: its colour profile cannot be used (%s)", name, error)
    return np.asarray(convert(image, "RGB", name), np.uint8), False


def _to_srgb(image: PilImage.Image, profile: ImageCms.ImageCmsProfile) -> PilImage.Image:
    converted = ImageCms.profileToProfile(
        image,
        profile,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
    )
    if converted is None:
        raise OSError("the conversion gave nothing")
    return converted
