"""Open any image file without trusting it: limits first, then an upright 8-bit array.

Pillow's global settings (MAX_IMAGE_PIXELS, LOAD_TRUNCATED_IMAGES, the list of plug-ins) belong to
the program that uses this library, so nothing here changes or depends on them, and every call
opens its own file: all of it may run in threads.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
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

from maskwright.errors import DataError

_ORIENTATION = 274  # the EXIF tag
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})

# Only formats that hold pixels and nothing that runs: Pillow would also hand PostScript to an
# interpreter. Importing the plug-ins above is what fills Pillow's table of openers.
_FORMATS = tuple(
    plugin.format
    for plugin in (
        JpegImagePlugin.JpegImageFile,
        PngImagePlugin.PngImageFile,
        TiffImagePlugin.TiffImageFile,
        WebPImagePlugin.WebPImageFile,
        BmpImagePlugin.BmpImageFile,
        GifImagePlugin.GifImageFile,
        PpmImagePlugin.PpmImageFile,
        Jpeg2KImagePlugin.Jpeg2KImageFile,
    )
)


@dataclass(frozen=True)
class Limits:
    """What an input may cost before it is refused.

    Attributes:
        pixels: width times height, checked before any pixel is decoded.
        bytes: size of the file.
    """

    pixels: int = 200_000_000
    bytes: int = 512 * 2**20


DEFAULT_LIMITS = Limits()
"""200 megapixels and 512 MiB a file."""


@dataclass(frozen=True)
class Header:
    """What an image file says of itself before it is decoded.

    Attributes:
        format: Pillow's name, e.g. "JPEG".
        height, width: upright size in pixels.
        orientation: EXIF orientation, 1 to 8, that the stored pixels still need; 1 for formats
            that turn themselves upright (HEIC).
        frames: number of frames or pages; only the first is used.
    """

    format: str
    height: int
    width: int
    orientation: int
    frames: int

    @property
    def stored_size(self) -> tuple[int, int]:
        """(height, width) of the pixels in the file, before they are turned upright."""
        turned = self.orientation >= 5
        return (self.width, self.height) if turned else (self.height, self.width)


@contextmanager
def opened(path: Path, limits: Limits) -> Iterator[tuple[PilImage.Image, Header]]:
    """Open an image file within limits, without decoding it; whatever goes wrong is a DataError.

    Raises:
        DataError: missing, empty, too large, not an image, damaged, a format that needs an extra.
    """
    try:
        with path.open("rb") as file:
            image = _open(path, file, limits)
            _refuse_planar_16_bit(path, image)
            header = _header(image)
            if header.height * header.width > limits.pixels:
                raise DataError(
                    f"{path}: {header.width} x {header.height} pixels are more than the limit of "
                    f"{limits.pixels:,}: shrink the photo, or raise the limit"
                )
            yield image, header
    except DataError:
        raise
    except OSError as error:
        if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
            raise DataError(f"{path}: cannot be opened: {error.strerror or error}") from error
        raise _damaged(path, error) from error
    except Exception as error:  # decoders raise nearly anything on damaged files
        raise _damaged(path, error) from error


def read_header(path: Path, limits: Limits) -> Header:
    """What the file says of itself; raises DataError as `opened` does."""
    with opened(path, limits) as (_, header):
        return header


def upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn stored pixels (H, W) or (H, W, C) the way an EXIF orientation of 1 to 8 asks for."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)  # 5 is the transposition, 6 to 8 are that and flips
    vertical = orientation in (3, 4, 7, 8)
    horizontal = orientation in (2, 3, 6, 7)
    pixels = pixels[:: -1 if vertical else 1, :: -1 if horizontal else 1]
    return np.ascontiguousarray(pixels)


def eight_bit(image: PilImage.Image, path: Path) -> NDArray[np.uint8]:
    """The pixels of a one-channel image of any depth as (H, W) uint8: scaled, never clipped.

    16 bits become 8 by division by 257; floating point counts from 0 to 1.

    Raises:
        DataError: the range of the values is unknown.
    """
    deep = np.asarray(image)
    if deep.dtype == np.uint8:
        return deep
    if deep.dtype == np.bool_:
        return deep.astype(np.uint8) * np.uint8(255)
    if deep.dtype.kind == "f" and np.isfinite(deep).all() and 0 <= deep.min() <= deep.max() <= 1:
        return np.asarray(np.rint(deep * 255), np.uint8)
    if deep.dtype.kind in "iu" and deep.min() >= 0 and deep.max() <= 65535:
        return np.asarray((deep.astype(np.uint32) + 128) // 257, np.uint8)
    raise DataError(
        f"{path}: values from {deep.min()} to {deep.max()} have no agreed meaning as brightness: "
        "save it with 8 or 16 bits per channel"
    )


def stored_orientation(image: PilImage.Image) -> int:
    """EXIF orientation of an opened image, 1 to 8; 1 where it is missing or damaged."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # a damaged EXIF block must not cost the photo
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _open(path: Path, file: io.BufferedReader, limits: Limits) -> PilImage.Image:
    size = path.stat().st_size
    if size > limits.bytes:
        raise DataError(
            f"{path}: {size:,} bytes are more than the limit of {limits.bytes:,}: "
            "save a smaller copy, or raise the limit"
        )
    start = file.read(32)
    file.seek(0)
    if not start:
        raise DataError(f"{path}: the file is empty: copy it again from where it came")
    if start[4:8] == b"ftyp" and start[8:12] in _HEIC_BRANDS:
        return _open_heic(path, file)
    if start[4:8] == b"ftyp" and start[8:12] in _AVIF_BRANDS:
        return _open_avif(path, file)
    for name in _FORMATS:
        # Not PIL.Image.open: its check against MAX_IMAGE_PIXELS is not ours to set.
        factory, accept = PilImage.OPEN[name]
        if accept is None or accept(start):
            return factory(file, str(path))
    raise DataError(f"{path}: this is not an image in a format that maskwright reads{_hint(start)}")


def _hint(start: bytes) -> str:
    if start.startswith(b"version https://git-lfs"):
        return ", but a Git LFS pointer: run `git lfs pull`"
    return ", whatever its name says: take it out, or save it as PNG or JPEG"


def _open_heic(path: Path, file: io.BufferedReader) -> PilImage.Image:
    try:
        from pillow_heif import HeifImageFile
    except ImportError as error:
        raise DataError(
            f"{path}: HEIC photos need one more package: pip install 'maskwright[heic]'"
        ) from error
    image: PilImage.Image = HeifImageFile(file)  # type: ignore[no-untyped-call]
    return image


def _open_avif(path: Path, file: io.BufferedReader) -> PilImage.Image:
    try:
        from PIL.AvifImagePlugin import AvifImageFile
    except ImportError as error:
        raise DataError(
            f"{path}: AVIF photos need a newer Pillow: pip install -U pillow"
        ) from error
    return AvifImageFile(file)


def _header(image: PilImage.Image) -> Header:
    width, height = image.size
    orientation = stored_orientation(image)
    # Pillow announces a TIFF's upright size, and of all other formats the stored one.
    if orientation >= 5 and image.format != "TIFF":
        width, height = height, width
    return Header(image.format or "", height, width, orientation, _frames(image))


def _frames(image: PilImage.Image) -> int:
    if image.format == "MPO":  # a phone's JPEG with a depth map or a preview behind it
        return 1
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception:  # damage behind the first frame must not cost the first frame
        return 1


def _refuse_planar_16_bit(path: Path, image: PilImage.Image) -> None:
    # Pillow reads such files as if they had 8 bits: wrong pixels without an error.
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return
    planes, bits = image.tag_v2.get(284, 1), image.tag_v2.get(258, (8,))
    if planes == 2 and max(bits) > 8:
        raise DataError(
            f"{path}: a 16-bit TIFF with its colours in separate planes: save it with "
            "interleaved colours, or as PNG"
        )


def _damaged(path: Path, error: Exception) -> DataError:
    text = str(error).strip() or type(error).__name__
    return DataError(
        f"{path}: damaged or cut short ({text}): copy it again from where it came, or take it out"
    )
