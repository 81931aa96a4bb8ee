"""How the program itself stores photos and masks as DATA."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

from maskwright.data.decode import Header, Limits, opened
from maskwright.data.photo import read_photo
from maskwright.errors import DataError, UsageError


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


def clean_photo(path: Path, header: Header, limits: Limits) -> tuple[str, bytes]:
    """A photo as an upright 8-bit file: byte for byte what it was where that is one, else PNG.

    Args:
        path: the photo's file.
        header: what it says of itself.
        limits: what it may cost.

    Returns:
        The ending, ".jpg" or ".png", and the file's content.

    Raises:
        DataError: the file cannot be read.
    """
    ending = _kept_as(path, header, limits)
    if ending is None:
        photo = read_photo(path, limits=limits)
        return ".png", png(photo.pixels, icc=photo.icc)
    try:
        return ending, path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be opened: {error.strerror or error}") from error


def png(pixels: NDArray[np.uint8], *, icc: bytes | None = None, level: int = 6) -> bytes:
    """(H, W) or (H, W, 3) uint8 as a PNG file.

    Args:
        pixels: what it holds.
        icc: the profile of its colours; None means sRGB.
        level: how hard to compress, 0 to 9. On photos levels above 1 take many times as long and
            save little.
    """
    buffer = io.BytesIO()
    PilImage.fromarray(pixels).save(buffer, "PNG", icc_profile=icc, compress_level=level)
    return buffer.getvalue()


def _kept_as(path: Path, header: Header, limits: Limits) -> str | None:
    """The ending under which a photo can be kept as it is, None when it must be rewritten."""
    if header.orientation != 1 or header.frames > 1:
        return None
    with opened(path, limits) as (image, _):
        if image.mode not in ("RGB", "L"):
            return None
    return {"JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png"}.get(header.format)
