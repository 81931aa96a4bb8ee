"""The pictures on the demos' sheets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageOps
from PIL.Image import Image as Picture

WIDTH = 1198
"""Of a demo's sheet, in pixels."""

_FLAT = 3 / 4  # a picture is at most this much as high as its column is wide
_BOX = (230, 159, 0)
_SQUARE = 8  # of the chequered ground under cut-outs


def fitted(
    path: Path,
    wide: int,
    mask: Path | None = None,
    box: tuple[float, float, float, float] | None = None,
) -> Picture:
    """Read a picture, shrink it into a column and put it on a chequered ground.

    Args:
        path: its file; what is transparent shows the ground.
        wide: width of the column in pixels.
        mask: a file of 0 and 255, as large as the picture: only its foreground is shown.
        box: left, top, right, bottom in pixels of the picture: drawn on it.
    """
    with Pillow.open(path) as file:
        whole = file.convert("RGBA")
    if mask is not None:
        with Pillow.open(mask) as file:
            whole.putalpha(file.convert("L"))
    small = ImageOps.contain(whole, (wide, round(wide * _FLAT)), Pillow.Resampling.LANCZOS)
    ground = Pillow.fromarray(_chequered(small.height, small.width)).convert("RGBA")
    picture = Pillow.alpha_composite(ground, small).convert("RGB")
    if box is not None:
        scale = small.width / whole.width
        left, top, right, bottom = (round(at * scale) for at in box)
        corners = (left, top, right - 1, bottom - 1)
        ImageDraw.Draw(picture).rectangle(corners, outline=_BOX, width=2)
    return picture


def _chequered(height: int, width: int) -> NDArray[np.uint8]:
    rows, columns = np.indices((height, width)) // _SQUARE
    return np.where((rows + columns) % 2, 232, 250).astype(np.uint8)
