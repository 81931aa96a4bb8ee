"""Colour profiles: photos in any colours become sRGB. A profile is judged by what it does."""

from __future__ import annotations

import io
import logging
from functools import lru_cache

import numpy as np
from PIL import Image as PilImage
from PIL import ImageCms

from maskwright.core import Image

_log = logging.getLogger(__name__)

_ROWS = 1024
"""Rows whose colours are converted at once."""

_SAME = 2
"""A profile that moves no colour by more levels of 255 than this describes sRGB."""


class UnusableProfileError(Exception):
    """A profile that is damaged, or is not one of such pixels."""


def srgb_of(pixels: Image, icc: bytes) -> Image:
    """RGB pixels in sRGB; the very array where the profile describes sRGB, or cannot be used.

    Args:
        pixels: (H, W, 3) uint8.
        icc: the profile of their colours.
    """
    try:
        if _describes_srgb(icc):
            return pixels
        converted = np.empty_like(pixels)
        # Some rows at a time: Pillow would hold a large photo four times over.
        for first in range(0, len(converted), _ROWS):
            rows = slice(first, first + _ROWS)
            converted[rows] = image_to_srgb(PilImage.fromarray(pixels[rows]), icc)
    except UnusableProfileError as error:
        _log.warning("a colour profile cannot be used (%s): read as sRGB", error)
        return pixels
    return converted


def image_to_srgb(image: PilImage.Image, icc: bytes) -> Image:
    """An image of any mode in sRGB, (H, W, 3) uint8.

    Raises:
        UnusableProfileError: the profile is damaged, or is not one of such pixels.
    """
    return _converted(image, _profile(icc))


def lab_to_srgb(image: PilImage.Image) -> Image:
    """An image of mode LAB in sRGB, (H, W, 3) uint8."""
    return _converted(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))


@lru_cache(maxsize=32)  # the photos of a camera have one profile
def _describes_srgb(icc: bytes) -> bool:
    """Whether a profile gives back the colours that it gets.

    Black points are matched: profiles that describe sRGB as it is printed differ in nothing else.
    """
    levels = np.linspace(0, 255, 6).round().astype(np.uint8)
    colours = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(-1, 3)
    greys = np.repeat(np.arange(0, 256, 5, dtype=np.uint8)[:, None], 3, axis=1)
    sample = np.concatenate([colours, greys])[None]
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    found = _converted(PilImage.fromarray(sample), _profile(icc), flags)
    return int(np.abs(found.astype(np.int16) - sample).max()) <= _SAME


def _profile(icc: bytes) -> ImageCms.ImageCmsProfile:
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(icc))
    except (ImageCms.PyCMSError, OSError) as error:
        raise UnusableProfileError(str(error)) from error


def _converted(
    image: PilImage.Image,
    profile: ImageCms.ImageCmsProfile,
    flags: ImageCms.Flags = ImageCms.Flags.NONE,
) -> Image:
    try:
        converted = ImageCms.profileToProfile(
            image,
            profile,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=flags,
        )
    except (ImageCms.PyCMSError, OSError) as error:
        raise UnusableProfileError(str(error)) from error
    if converted is None:
        raise UnusableProfileError("the conversion gave nothing")
    return np.asarray(converted, np.uint8)
