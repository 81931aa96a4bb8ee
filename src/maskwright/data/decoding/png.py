"""PNG files: what lies behind the pixels, found without decoding them."""

from __future__ import annotations

import struct

from PIL import PngImagePlugin

_SIGNATURE = 8
_TEXT = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt"})
_MOST_CHUNKS = 200_000


def has_late_text(image: PngImagePlugin.PngImageFile) -> bool:
    """Whether EXIF data or text, which may hold the orientation, follow the pixels of a file.

    Args:
        image: an image whose pixels are not decoded yet; False for one that is.
    """
    file = image.fp
    if file is None:
        return False
    before = file.tell()
    try:
        file.seek(_SIGNATURE)
        behind = False
        for _ in range(_MOST_CHUNKS):
            head = file.read(8)
            if len(head) < 8:
                return False
            length, kind = struct.unpack(">I4s", head)
            if behind and kind in _TEXT:
                return True
            behind |= kind == b"IDAT"
            if kind == b"IEND":
                return False
            file.seek(length + 4, 1)
        return False
    finally:
        file.seek(before)
