"""Colour profiles: photos in any colours become sRGB. A profile is judged by what it does."""

from __future__ import annotations

import io
import logging
import struct
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


_NEAR_SRGB = 0.05
"""A gamma that differs from 1 / 2.2 by no more than this, relatively, means sRGB."""


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


def stated_profile(image: PilImage.Image) -> bytes | None:
    """The profile that the gAMA chunk of a PNG file stands for; None for others.

    A profile in the file and an sRGB chunk go before it, and gammas near that of sRGB mean sRGB.
    """
    gamma = image.info.get("gamma")
    if image.format != "PNG" or {"icc_profile", "srgb"} & image.info.keys():
        return None
    if not isinstance(gamma, float) or not 0.2 <= gamma <= 5:
        return None
    return None if abs(gamma * 2.2 - 1) <= _NEAR_SRGB else _power_profile(1 / gamma)


def _power_profile(exponent: float) -> bytes:
    """An ICC profile with the primaries of sRGB and a power for its curve."""

    def xyz(*numbers: float) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(each * 65536) for each in numbers))

    text = f"gamma {exponent:.3f}".encode("utf-16-be")
    curve = b"curv\0\0\0\0" + struct.pack(">IHxx", 1, round(exponent * 256))
    tags = {
        b"desc": b"mluc\0\0\0\0" + struct.pack(">II4sII", 1, 12, b"enUS", len(text), 28) + text,
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.43607, 0.22249, 0.01392),
        b"gXYZ": xyz(0.38515, 0.71687, 0.09708),
        b"bXYZ": xyz(0.14307, 0.06061, 0.7141),
        **{name: curve for name in (b"rTRC", b"gTRC", b"bTRC")},
    }
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    header = struct.pack(">I4xI", start + len(body), 0x04000000) + b"mntrRGB XYZ "
    header = header.ljust(36, b"\0") + b"acsp" + bytes(28) + xyz(0.9642, 1.0, 0.8249)[8:]
    return header.ljust(128, b"\0") + table + body


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
