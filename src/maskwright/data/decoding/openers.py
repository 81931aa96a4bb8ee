"""Tells by a file's first bytes which of Pillow's classes opens it."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, TypeAlias, cast

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL import Image as PilImage

from maskwright.data.decoding import tiff
from maskwright.errors import DataError

Opener: TypeAlias = Callable[[BinaryIO, str], PilImage.Image]
"""Opens a file, which has this name, without decoding it."""

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})

# Only formats that hold pixels and nothing that runs: Pillow would also hand PostScript to an
# interpreter. Importing the plug-ins above is what fills Pillow's table of openers.
_KINDS = (
    JpegImagePlugin.JpegImageFile,
    PngImagePlugin.PngImageFile,
    TiffImagePlugin.TiffImageFile,
    WebPImagePlugin.WebPImageFile,
    BmpImagePlugin.BmpImageFile,
    GifImagePlugin.GifImageFile,
    PpmImagePlugin.PpmImageFile,
    Jpeg2KImagePlugin.Jpeg2KImageFile,
)


def opener_of(start: bytes, name: str) -> Opener:
    """What opens a file that starts with these bytes.

    Args:
        start: the first 32 bytes, or all of a shorter file.
        name: of the file, for messages.

    Raises:
        DataError: nothing does: a camera raw file, no image, or a format that needs an extra.
    """
    if tiff.is_raw(start):
        raise DataError(f"{name}: {tiff.RAW}")
    brand = start[8:12] if start[4:8] == b"ftyp" else b""
    cure = ""
    try:
        if brand in _HEIC_BRANDS:
            cure = "HEIC photos need one more package: pip install 'maskwright[heic]'"
            from pillow_heif import HeifImageFile

            return cast(Opener, HeifImageFile)
        if brand in _AVIF_BRANDS:
            cure = "AVIF photos need a newer Pillow: pip install -U pillow"
            from PIL.AvifImagePlugin import AvifImageFile

            return AvifImageFile
    except ImportError as error:
        raise DataError(f"{name}: {cure}") from error
    for kind in _KINDS:
        # Not PIL.Image.open: its check against MAX_IMAGE_PIXELS is not ours to set.
        opener, accept = PilImage.OPEN[kind.format]
        if accept is None or accept(start):
            return opener
    raise DataError(f"{name}: this is not an image in a format that maskwright reads{_hint(start)}")


def _hint(start: bytes) -> str:
    if start.startswith(b"version https://git-lfs"):
        return ", but a Git LFS pointer: run `git lfs pull`"
    return ", whatever its name says: remove it, or save it as PNG or JPEG"
