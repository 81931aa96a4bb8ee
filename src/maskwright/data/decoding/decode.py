"""Open any image file without trusting it: limits first, then its pixels.

Pillow's global settings (MAX_IMAGE_PIXELS, LOAD_TRUNCATED_IMAGES, the list of plug-ins) belong to
the program that uses this library, so nothing here changes or depends on them, and every call
opens its own file: all of it may run in threads.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from numpy.typing import NDArray
from PIL import Image as PilImage
from PIL import PngImagePlugin, TiffImagePlugin

from maskwright.data.decoding import tiff
from maskwright.data.decoding.heif import refuse_heif_holes
from maskwright.data.decoding.holes import refuse_tiff_holes
from maskwright.data.decoding.jpeg import refuse_early_end
from maskwright.data.decoding.openers import opener_of
from maskwright.data.decoding.pixels import as_array
from maskwright.data.decoding.png import has_late_text, refuse_damage
from maskwright.data.decoding.webp import refuse_holes
from maskwright.errors import DataError
from maskwright.files import open_regular

ImageSource: TypeAlias = str | Path | bytes | BinaryIO
"""An image file: its path, its bytes, or the open file, which is read from its beginning."""

_ORIENTATION = 274  # the EXIF tag


@dataclass(frozen=True)
class Limits:
    """What an input may cost before it is refused.

    Attributes:
        pixels: width times height, checked before any pixel is decoded.
        bytes: size of the file.
        side: width, and height: a row costs memory however short it is.
    """

    pixels: int = 200_000_000
    bytes: int = 512 * 2**20
    side: int = 1_000_000


DEFAULT_LIMITS = Limits()
"""200 megapixels, 512 MiB a file, and a million pixels a side, as PNG files have them at most."""


@dataclass(frozen=True)
class Header:
    """What an image file says of itself before it is decoded.

    Attributes:
        format: Pillow's name, e.g. "JPEG".
        height, width: upright size in pixels.
        orientation: EXIF orientation, 1 to 8, that the stored pixels still need; 1 for formats
            that turn themselves upright (HEIC).
        frames: number of frames or pages; only the first is used.
        from_white: the decoded values count from white, and are still to be turned round.
    """

    format: str
    height: int
    width: int
    orientation: int
    frames: int
    from_white: bool = False

    @property
    def stored_size(self) -> tuple[int, int]:
        """(height, width) of the pixels in the file, before they are turned upright."""
        turned = self.orientation >= 5
        return (self.width, self.height) if turned else (self.height, self.width)


@contextmanager
def opened(source: ImageSource, limits: Limits) -> Iterator[tuple[PilImage.Image, Header]]:
    """Open an image within limits, without decoding it.

    Decode it with `load` and `convert`, which turn what Pillow raises into a DataError; errors of
    the caller's own are left as they are.

    Raises:
        DataError: missing, empty, too large, not an image, damaged, a format that needs an extra.
    """
    name = name_of(source)
    with _file(source, name, limits) as file:
        image, from_white = _open(file, name)
        # Before anything else is asked: Pillow decodes some files to answer.
        _check_dimensions(*image.size, name, limits)
        yield image, _header(image, from_white=from_white)


def load(image: PilImage.Image, name: str, *, shrink_to: int | None = None) -> None:
    """Decode an opened image.

    Args:
        image: what `opened` gave.
        name: of the image, for messages.
        shrink_to: no more than this long side is needed: JPEG files are then decoded at 1/2, 1/4
            or 1/8 where that still gives as much.

    Raises:
        DataError: it is damaged.
    """
    with _reading(name):
        if shrink_to is not None and shrink_to < max(image.size):
            scale = shrink_to / max(image.size)
            # Rounded up: Pillow then never decodes to less than was asked for.
            width, height = (math.ceil(side * scale) for side in image.size)
            image.draft(None, (width, height))
        file = getattr(image, "fp", None)
        image.load()
        if image.im.size != image.size:
            raise ValueError("it says two sizes")
    if file is not None:
        _refuse_damage(file, image, name)


def _refuse_damage(file: BinaryIO, image: PilImage.Image, name: str) -> None:
    """Refuse damage that decoders pass over."""
    if image.format in ("JPEG", "MPO"):
        refuse_early_end(file, image, name)
    elif image.format == "PNG":
        refuse_damage(file, image, name)
    elif image.format == "WEBP":
        refuse_holes(file, name)
    elif image.format in ("AVIF", "HEIF"):
        refuse_heif_holes(file, name)
    elif isinstance(image, TiffImagePlugin.TiffImageFile):
        refuse_tiff_holes(file, image, name)


def convert(image: PilImage.Image, mode: str, name: str) -> PilImage.Image:
    """Convert an image to another of Pillow's modes; raises DataError as `load` does."""
    with _reading(name):
        return image.convert(mode)


def pixels_of(image: PilImage.Image, name: str, mode: str | None = None) -> NDArray[Any]:
    """The pixels of a decoded image; see `as_array`. Raises DataError as `load` does."""
    with _reading(name):
        return as_array(image, mode)


def read_header(source: ImageSource, limits: Limits) -> Header:
    """What the image says of itself; raises DataError as `opened` does."""
    with opened(source, limits) as (_, header):
        return header


def name_of(source: ImageSource) -> str:
    """What messages call an image: its path, the name of an open file, or else "photo"."""
    if isinstance(source, str | Path):
        return str(source)
    name = getattr(source, "name", None)  # a number, of files that have no name
    return name if isinstance(name, str) and name else "photo"


def stored_orientation(image: PilImage.Image) -> int:
    """EXIF orientation of an opened image, 1 to 8; 1 where it is missing or damaged."""
    try:
        if isinstance(image, PngImagePlugin.PngImageFile) and not has_late_text(image):
            # Pillow's own method decodes the whole file to look behind the pixels.
            exif = PilImage.Image.getexif(image)
        else:
            exif = image.getexif()
        value = exif.get(_ORIENTATION, 1)
    except Exception:  # a damaged EXIF block must not cost the photo
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


@contextmanager
def _file(source: ImageSource, name: str, limits: Limits) -> Iterator[BinaryIO]:
    """The file to read, no larger than the limit."""
    if isinstance(source, str | Path):
        with ExitStack() as stack:
            try:
                file = stack.enter_context(open_regular(Path(source)))
            except OSError as error:
                raise DataError(f"{name}: cannot be opened: {error.strerror or error}") from error
            check_size(os.fstat(file.fileno()).st_size, name, limits)
            yield file
        return
    data = source if isinstance(source, bytes) else read_file(source, limits)
    check_size(len(data), name, limits)
    yield io.BytesIO(data)


def read_file(file: BinaryIO, limits: Limits) -> bytes:
    """Read an open file from its beginning, at most one byte beyond the limit."""
    if file.seekable():
        file.seek(0)
    return file.read(limits.bytes + 1)


def check_size(size: int, name: str, limits: Limits) -> None:
    """Raise a DataError if a file of so many bytes is over the limit.

    Call it before anything reads the whole file, such as a hash.
    """
    if size > limits.bytes:
        raise DataError(
            f"{name}: {size:,} bytes are more than the limit of {limits.bytes:,}: "
            "save a smaller copy, or raise the limit"
        )


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Turn what Pillow raises into a DataError.

    Surrounds calls of Pillow only: around our own code it would call a bug a damaged file.
    """
    try:
        yield
    except Exception as error:  # decoders raise nearly anything on damaged files
        raise _damaged(error, name) from error


def _damaged(error: Exception, name: str) -> DataError:
    text = str(error).strip() or type(error).__name__
    return DataError(
        f"{name}: damaged or cut short ({text}): copy it again from its source, or remove it"
    )


def _check_dimensions(width: int, height: int, name: str, limits: Limits) -> None:
    if height * width > limits.pixels:
        raise DataError(
            f"{name}: {width} x {height} pixels are more than the limit of "
            f"{limits.pixels:,}: shrink the photo, or raise the limit"
        )
    if max(width, height) > limits.side:
        raise DataError(
            f"{name}: {width} x {height} pixels: a side is longer than the limit of "
            f"{limits.side:,}: cut the photo into parts, or raise the limit"
        )


def _open(file: BinaryIO, name: str) -> tuple[PilImage.Image, bool]:
    """The image, and whether its values count from white."""
    with _reading(name):
        start = file.read(32)
        file.seek(0)
    if not start:
        raise DataError(f"{name}: the file is empty: copy it again from its source")
    opener = opener_of(start, name)
    if opener is TiffImagePlugin.TiffImageFile:
        return _open_tiff(file, name)
    with _reading(name):
        return opener(file, getattr(file, "name", "")), False  # Pillow maps some files by name


def _open_tiff(file: BinaryIO, name: str) -> tuple[PilImage.Image, bool]:
    pages = tiff.read_pages(file)
    if pages is not None:
        tiff.refuse_wrong_picture(pages, name)
        if pages.first.deep_from_white:
            file = io.BytesIO(tiff.counted_from_black(file.read(), pages.first))
    try:
        image = TiffImagePlugin.TiffImageFile(file, getattr(file, "name", ""))
    except Exception as error:
        cause = None if pages is None else tiff.explain(pages)
        if cause is None:
            raise _damaged(error, name) from error
        raise tiff.UnreadTiff(name, *cause) from error
    return image, pages is not None and pages.first.deep_from_white


def _header(image: PilImage.Image, *, from_white: bool) -> Header:
    width, height = image.size
    orientation = stored_orientation(image)
    # Pillow announces a TIFF's upright size, and of all other formats the stored one.
    if orientation >= 5 and image.format != "TIFF":
        width, height = height, width
    return Header(image.format or "", height, width, orientation, _frames(image), from_white)


def _frames(image: PilImage.Image) -> int:
    if image.format == "MPO":  # a phone's JPEG with a depth map or a preview behind it
        return 1
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception:  # damage behind the first frame must not cost the first frame
        return 1
