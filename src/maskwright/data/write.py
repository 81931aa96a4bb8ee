"""The one writer of data folders: photos and masks as files, and where they may go."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

from maskwright.core import Image
from maskwright.data.decoding.decode import Limits, opened
from maskwright.data.photo import read_photo
from maskwright.errors import DataError, UsageError
from maskwright.files import open_regular, write_bytes


class PhotoFile(NamedTuple):
    """A photo as it is stored: the ending, such as ".jpg", and the content."""

    ending: str
    content: bytes


def write_pair(
    folder: Path,
    name: str,
    photo: PhotoFile,
    mask: NDArray[np.uint8],
    *,
    durable: bool = True,
) -> None:
    """Write one pair into a data folder; may be called from several threads.

    Args:
        folder: the data folder; missing folders are made.
        name: of the pair, which may hold slashes.
        photo: goes into images/.
        mask: (H, W) uint8 class indices with 255 for void, or what dataset.yaml says; goes into
            masks/ as a PNG.
        durable: wait until the disk holds the files.
    """
    image_path = folder / "images" / f"{name}{photo.ending}"
    write_bytes(image_path, photo.content, durable=durable)
    write_bytes(folder / "masks" / f"{name}.png", png(mask), durable=durable)


def write_tables(folder: Path, tables: Mapping[str, str]) -> None:
    """Write pairs.csv and dataset.yaml, given as text by file name."""
    for name, text in tables.items():
        write_bytes(folder / name, table_bytes(text))


def table_bytes(text: str) -> bytes:
    """A table as it is stored: UTF-8, but for bytes in names of files that are not UTF-8."""
    return text.encode(errors="surrogateescape")


def check_place(root: Path, out: Path) -> None:
    """Refuse to write new data inside the data that they are made of, or around them.

    Raises:
        UsageError: one of the folders lies in the other, or is the other.
    """
    inside, outside = out.resolve(), root.resolve()
    if inside.is_relative_to(outside) or outside.is_relative_to(inside):
        raise UsageError(f"{out}: a copy of {root} cannot lie inside it or around it")


def is_free(out: Path) -> bool:
    """Whether a new folder may lie here: nothing is there, or an empty folder."""
    if out.is_dir() and not out.is_symlink():
        return not any(out.iterdir())
    return not (out.exists() or out.is_symlink())


def clean_photo(path: Path, limits: Limits, bits: int | None = None) -> PhotoFile:
    """A photo as an upright 8-bit file: byte for byte what it was where that is one, else PNG.

    Args:
        path: of the photo.
        limits: what it may cost.
        bits: as `read_photo` takes it.

    Raises:
        DataError: the file cannot be read.
    """
    with opened(path, limits) as (image, header):
        upright = header.orientation == 1 and header.frames == 1 and image.mode in ("RGB", "L")
        ending = {"JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png"}.get(header.format)
    if ending is None or not upright:
        photo = read_photo(path, limits=limits, bits=bits)
        return PhotoFile(".png", png(photo.pixels, icc=photo.icc))
    try:
        with open_regular(path) as file:
            return PhotoFile(ending, file.read())
    except OSError as error:
        raise DataError(f"{path}: cannot be opened: {error.strerror or error}") from error


def png(pixels: NDArray[np.uint8], *, icc: bytes | None = None, level: int = 6) -> bytes:
    """(H, W), (H, W, 3) or (H, W, 4) uint8 as a PNG file, by Pillow: OpenCV keeps no profile.

    Args:
        pixels: what it holds.
        icc: the profile of its colours; None means sRGB.
        level: how hard to compress, 0 to 9. On photos levels above 1 take many times as long and
            save little.
    """
    buffer = io.BytesIO()
    PilImage.fromarray(pixels).save(buffer, "PNG", icc_profile=icc, compress_level=level)
    return buffer.getvalue()


def jpeg(pixels: Image, *, quality: int, subsampling: str | int = -1) -> bytes:
    """(H, W, 3) uint8 as a JPEG file.

    Args:
        pixels: what it holds.
        quality: 1 to 95.
        subsampling: of the colours, as Pillow takes it [default: Pillow's].
    """
    buffer = io.BytesIO()
    PilImage.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling=subsampling)
    return buffer.getvalue()
