"""JPEG files that end early: libjpeg fills the rest with grey or smears, and raises nothing.

A copy that broke off leaves a file with zeros in place of the rest, or one that some program has
closed properly. Ordinary files cost one search for zeros and one look at the last pixels.
"""

from __future__ import annotations

import io
import math
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
from PIL import Image as PilImage
from PIL import JpegImagePlugin

from maskwright.errors import DataError

_END = b"\xff\xd9"
_ZEROS = bytes(64)
"""So many zeros in a row are a hole: no coded picture has them, but for flat ones (see below)."""

_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # Huffman-coded: baseline, extended, progressive
_PROGRESSIVE, _TABLES, _SCAN, _CLOSED = 0xC2, 0xC4, 0xDA, 0xD9

# Goes on with the picture where one ends early, also after a restart marker; a complete one has
# no use for it.
_NOISE = bytes(np.random.default_rng(0).integers(1, 255, 600, np.uint8))
_MORE = _NOISE + b"".join(bytes((0xFF, 0xD0 + n)) + _NOISE for n in range(8))


@dataclass
class _Layout:
    """What the markers of a file say, up to its first scan or its last.

    Attributes:
        start: where the coded data of the first scan begin.
        progressive: the picture comes in several scans that add detail.
        components: how many there are.
        coded: components that a scan has begun to code.
        left: coefficients of the first component whose last bit is still to come.
        flat_zeros: zeros mean that nothing changes, so that a flat picture may have many.
    """

    start: int = 0
    progressive: bool = False
    components: tuple[int, ...] = ()
    coded: set[int] = field(default_factory=set)
    left: set[int] = field(default_factory=lambda: set(range(64)))
    flat_zeros: bool = True

    @property
    def lacks_scans(self) -> bool:
        """Scans are missing without which the picture has no colours or no detail."""
        return not self.coded.issuperset(self.components) or (self.progressive and bool(self.left))


def refuse_early_end(file: BinaryIO, image: PilImage.Image, name: str) -> None:
    """Refuse a JPEG file that ends before its picture does.

    Args:
        file: the file, which is read from its beginning.
        image: the picture in it, decoded, perhaps at a fraction of its size.
        name: of the file, for messages.

    Raises:
        DataError: it ends early; the message says after how many rows.
    """
    file.seek(0)
    content = file.read()
    layout = _layout(content, whole=False)
    if layout is None:
        return
    if layout.progressive or not layout.coded.issuperset(layout.components):
        whole = _layout(content, whole=True)
        if whole is not None and whole.lacks_scans:
            raise DataError(
                f"{name}: ends early: the scans that give the picture its detail are missing: "
                "copy it again from its source"
            )
    end = _hole(content, layout)
    if end is not None and not layout.progressive and _is_complete(content[:end] + _END):
        return  # padding behind the picture
    if end is None and _is_grey_at_the_end(image) and _goes_on(content):
        end = content.rfind(_END)
    if end is not None:
        rows = _rows(content[:end] + _END)
        raise DataError(
            f"{name}: ends after {rows} of {_open(content).height} rows: copy it again from its "
            "source, or cut it to these rows"
        )


def _layout(content: bytes, *, whole: bool) -> _Layout | None:
    """Read the markers; None where there is no picture that is understood here."""
    found = _Layout()
    for marker, at, body in _segments(content):
        if marker in _FRAMES and len(body) >= 6:
            found.progressive = marker == _PROGRESSIVE
            found.components = tuple(body[6 : 6 + 3 * body[5] : 3])
        elif marker == _TABLES:
            found.flat_zeros &= _are_flat(body)
        elif marker == _SCAN and found.components and len(body) >= 4:
            _add_scan(found, body)
            found.start = found.start or at + len(body)
            if not whole:
                return found
    return found if found.start else None


def _segments(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The markers up to the end of the picture: number, and where its content lies and what."""
    at = 2
    while at + 4 <= len(content):
        found = _MARKER.search(content, at)
        if found is None or found.end() + 2 > len(content):
            return
        marker, at = content[found.end() - 1], found.end() + 2
        if marker == _CLOSED:
            return
        (length,) = struct.unpack_from(">H", content, at - 2)
        body = content[at : at + max(0, length - 2)]
        yield marker, at, body
        at += len(body)


def _are_flat(tables: bytes) -> bool:
    """Whether zeros mean "no change" and "end of the block" in all these Huffman tables."""
    at = 0
    while at + 17 < len(tables):
        symbols = sum(tables[at + 1 : at + 17])
        if symbols and tables[at + 17] != 0:  # the first symbol is what zeros stand for
            return False
        at += 17 + symbols
    return True


def _add_scan(found: _Layout, body: bytes) -> None:
    number = body[0]
    scanned = body[1 : 1 + 2 * number : 2]
    found.coded.update(scanned)
    if found.components[0] in scanned and len(body) >= 4 + 2 * number:
        first, last, bits = body[1 + 2 * number : 4 + 2 * number]
        if bits & 15 == 0:
            found.left -= set(range(first, last + 1))


def _hole(content: bytes, layout: _Layout) -> int | None:
    """Where zeros stand in place of the picture; None without such a place."""
    closed = content.rfind(_END)
    if closed < layout.start:
        end = len(content.rstrip(b"\0"))
        return end if end < len(content) else None
    at = content.find(_ZEROS, layout.start)
    if at < 0 or layout.progressive or layout.flat_zeros:
        return None
    # What follows the end of the picture may be anything.
    return None if 0 <= content.find(_END, layout.start) < at else at


def _is_grey_at_the_end(image: PilImage.Image) -> bool:
    """Whether the last pixel is what libjpeg puts where a picture ends early."""
    last = image.getpixel((image.width - 1, image.height - 1))
    values = last if isinstance(last, tuple) else (last,)
    return all(value in (127, 128) for value in values)


def _goes_on(content: bytes) -> bool:
    """Whether a longer file would have another picture: then this one ends early."""
    try:
        return not _is_same_with_more(content)
    except Exception:  # what Pillow does not read with more behind it is not judged
        return False


def _is_complete(content: bytes) -> bool:
    """Whether a longer file would have the same picture."""
    try:
        return _is_same_with_more(content)
    except Exception:  # damaged, or so early that there is no picture
        return False


def _is_same_with_more(content: bytes) -> bool:
    at = content.rfind(_END)
    with _open(content) as as_it_is, _open(content[:at] + _MORE + _END) as longer:
        for image in (as_it_is, longer):
            image.draft(None, (image.width // 8, image.height // 8))
        return np.array_equal(np.asarray(as_it_is), np.asarray(longer))


def _rows(content: bytes) -> int:
    """How many rows of a picture come before the grey."""
    try:
        with _open(content) as image:
            height = image.height
            # Files end at a block of 8 x 8: at an eighth of the size, one is a pixel. A few bytes
            # may claim many pixels, and the photo itself is in memory beside this.
            image.draft(None, (image.width // 8, height // 8))
            pixels = np.asarray(image)
    except Exception:  # so early that there is no picture
        return 0
    grey = ((pixels == 128) | (pixels == 127)).reshape(len(pixels), -1).all(axis=1)
    rows = 0 if grey.all() else len(pixels) - int(np.argmin(grey[::-1]))
    return min(height, rows * math.ceil(height / len(pixels)))


def _open(content: bytes) -> PilImage.Image:
    return JpegImagePlugin.JpegImageFile(io.BytesIO(content))
