"""Zeros in place of the rest of a file, in formats whose decoders take them for values."""

from __future__ import annotations

import zlib
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage
from PIL import TiffImagePlugin

from maskwright.errors import DataError

_COMPRESSION, _STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES = 259, 273, 279, 324, 325
_RAW, _LZW, _PACKBITS, _DEFLATE = 1, 5, 32773, frozenset({8, 32946})

_ZEROS, _MANY_ZEROS = bytes(64), bytes(256)
"""So many zeros in a row are rare in deflated data; no encoder writes them in LZW and PackBits."""

_ROWS = 256
"""Rows that are looked at together."""

_FULL = 0.9
"""Share of the pixels of a row that are more than 0, where the zeros begin by accident."""

_LEAST = 8
"""Pixels of a row that must be missing: a photo may end in a dark corner above a black border."""


def refuse_tiff_holes(file: BinaryIO, image: TiffImagePlugin.TiffImageFile, name: str) -> None:
    """Refuse a compressed TIFF picture with zeros that no encoder has written.

    Args:
        file: the file.
        image: the picture in it.
        name: of the file, for messages.

    Raises:
        DataError: there are such zeros.
    """
    tags = image.tag_v2
    compression = tags.get(_COMPRESSION, _RAW)
    if compression not in {_LZW, _PACKBITS, *_DEFLATE}:
        return
    kind = (_STRIPS, _STRIP_BYTES) if _STRIPS in tags else (_TILES, _TILE_BYTES)
    for at, length in zip(*(tags.get(tag, ()) for tag in kind), strict=False):
        file.seek(at)
        coded = file.read(length)
        if _is_sound_deflate(coded) if compression in _DEFLATE else _MANY_ZEROS not in coded:
            continue
        raise DataError(
            f"{name}: zeros stand in place of a part of the picture: copy it again from its "
            "source, or remove it"
        )


def zero_tail(image: PilImage.Image) -> str | None:
    """What to say of an uncompressed picture that is black from the middle of a row on.

    A turned picture may have such a border too, so it is no error.

    Args:
        image: decoded, as stored.
    """
    height = image.height
    if not _is_uncompressed(image) or _filled(image, height - 1, height).any():
        return None
    for end in range(height, 0, -_ROWS):
        rows = range(max(0, end - _ROWS), end)
        filled = _filled(image, rows.start, rows.stop)
        there = np.flatnonzero(filled.any(axis=1))
        if not len(there):
            continue
        last = rows.start + int(there[-1])
        if last == 0:
            return None
        pair = _filled(image, last - 1, last + 1)
        begin = int(np.flatnonzero(pair[1])[-1]) + 1
        above, before = pair[0, begin:], pair[1, :begin]
        if len(above) >= _LEAST and min(above.mean(), before.mean()) >= _FULL:
            return (
                f"{height - 1 - last} of {height} rows are zero, and a part of the row before: "
                "where they are not meant to be black, copy the file again from its source"
            )
        return None
    return None


def _is_sound_deflate(coded: bytes) -> bool:
    if _ZEROS not in coded:
        return True
    decoder = zlib.decompressobj()
    try:
        decoder.decompress(coded)  # as large as the strip, which was decoded before
    except zlib.error:
        return False
    return decoder.eof


def _is_uncompressed(image: PilImage.Image) -> bool:
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return bool(image.tag_v2.get(_COMPRESSION, _RAW) == _RAW)
    return image.format in ("BMP", "PPM")


def _filled(image: PilImage.Image, start: int, stop: int) -> NDArray[np.bool_]:
    """Which pixels of some rows, counted as the file has them, are more than 0."""
    if image.format == "BMP":  # from the bottom
        start, stop = image.height - stop, image.height - start
    pixels = np.asarray(image.crop((0, start, image.width, stop)))
    filled = np.asarray(pixels > 0 if pixels.ndim == 2 else (pixels > 0).any(axis=2), np.bool_)
    return filled[::-1] if image.format == "BMP" else filled
