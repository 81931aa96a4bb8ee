"""The paper's augmenter: what Keras's ImageDataGenerator really does.

Written after `get_random_transform`, `apply_affine_transform` and `array_to_img` of
keras-preprocessing 1.1.1 and later, whose `transform_matrix_offset_center` turns about
size / 2 - 0.5. Earlier ones turn about size / 2 + 0.5, a point one pixel off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from PIL import Image as PilImage

from maskwright.augmentation.geometry import ROTATION, SHIFT, ZOOM
from maskwright.augmentation.techniques import Technique
from maskwright.core import Image, Mask, Pair
from maskwright.data.masks.encoding import BINARY_NAMES
from maskwright.errors import DataError

SIDE = 256
"""Photos and masks are resized to this many pixels before they are moved."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class KerasMove:
    """What Keras draws for one picture, rows before columns.

    Attributes:
        theta: degrees.
        shift: of rows and of columns, in pixels.
        zoom: of rows and of columns: the part of the picture that is shown.
        flip: axes that are turned round, 0 for rows and 1 for columns.
    """

    theta: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    zoom: tuple[float, float] = (1.0, 1.0)
    flip: tuple[int, ...] = ()

    def matrix(self, height: int, width: int) -> NDArray[np.float64]:
        """(3, 3): where each pixel (row, column, 1) of the result comes from."""
        cosine, sine = np.cos(np.deg2rad(self.theta)), np.sin(np.deg2rad(self.theta))
        turned = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
        shifted = np.array([[1, 0, self.shift[0]], [0, 1, self.shift[1]], [0, 0, 1]])
        zoomed = np.diag([*self.zoom, 1])
        middle_row, middle_column = height / 2 - 0.5, width / 2 - 0.5
        back = np.array([[1, 0, middle_row], [0, 1, middle_column], [0, 0, 1]])
        to_origin = np.array([[1, 0, -middle_row], [0, 1, -middle_column], [0, 0, 1]])
        return np.asarray(back @ turned @ shifted @ zoomed @ to_origin)


def drawn(technique: Technique, rng: np.random.Generator) -> KerasMove:
    """Draw a move from the paper's ranges, for a picture of `SIDE` pixels."""
    if technique.prefix == "rt":
        return KerasMove(theta=rng.uniform(-ROTATION, ROTATION))
    if technique.prefix == "ws":
        return KerasMove(shift=(0.0, rng.uniform(-SHIFT, SHIFT) * SIDE))
    if technique.prefix == "hs":
        return KerasMove(shift=(rng.uniform(-SHIFT, SHIFT) * SIDE, 0.0))
    if technique.prefix == "zr":
        rows, columns = rng.uniform(1 - ZOOM, 1 + ZOOM, 2)
        return KerasMove(zoom=(rows, columns))
    axis = 0 if technique.prefix == "vf" else 1
    return KerasMove(flip=(axis,) if rng.random() < 0.5 else ())


def moved(picture: Floats, move: KerasMove) -> Floats:
    """Move a picture, (H, W, C): linear between pixels, the last pixel beyond the border."""
    height, width = picture.shape[:2]
    matrix = move.matrix(height, width)
    rows, columns = np.mgrid[:height, :width]
    places = np.stack([rows.ravel(), columns.ravel(), np.ones(rows.size)])
    from_rows, from_columns = (matrix @ places)[:2].reshape(2, height, width)
    result = _interpolated(picture, from_rows, from_columns)
    for axis in move.flip:
        result = np.flip(result, axis)
    return result


def saved(picture: Floats) -> NDArray[np.uint8]:
    """What Keras writes of a picture, (H, W, C): stretched so that it holds 0 and 255."""
    above = picture - picture.min()
    largest = above.max()
    if largest != 0:
        above = above / largest * np.float32(255)
    return np.asarray(above, np.uint8)  # cut off, not rounded


@dataclass(frozen=True)
class KerasLike:
    """Makes copies of 256 x 256 pixels with all of Keras's oddities; two classes only.

    Masks are treated like photos. They start as 0 and 255, with void as background, since Keras
    has no void. Interpolation adds values in between, which count as foreground from 128 on. A
    mask of foreground only becomes background only, because stretching subtracts its smallest
    value.
    """

    may_be_jpeg: bool = False  # PNG is what Keras saves
    notes: tuple[str, ...] = (
        "as Keras does it: masks have no void, it becomes background, also in those of originals",
    )

    @property
    def options(self) -> Mapping[str, Any]:
        return {"fill": "nearest", "like_keras": True}

    def check(self, classes: tuple[str, ...]) -> None:
        if len(classes) != len(BINARY_NAMES):
            raise DataError(
                f"--like-keras blends mask values, and blends of {len(classes)} classes mean "
                "nothing: augment without it"
            )

    def repeats(self, technique: Technique) -> bool:
        return False

    def copied(
        self, pair: Pair, technique: Technique, rng: np.random.Generator
    ) -> tuple[Image, NDArray[np.uint8]]:
        move = drawn(technique, rng)
        mask = _resized(self.stored(pair.mask))[:, :, None]
        # Keras reads masks as RGB: what is done to one channel is done to all three.
        moved_mask = np.repeat(saved(moved(mask, move)), 3, axis=2)
        return saved(moved(_resized(pair.image), move)), moved_mask

    def stored(self, mask: Mask) -> NDArray[np.uint8]:
        return np.where(mask == 1, np.uint8(255), np.uint8(0))

    def meant(self, stored: NDArray[np.uint8]) -> Mask:
        return (stored.reshape(*stored.shape[:2], -1)[:, :, 0] >= 128).astype(np.uint8)

    def dataset_yaml(self, classes: tuple[str, ...]) -> str:
        body = {"values": {"0-127": classes[0], "128-255": classes[1]}}
        header = "# Masks as Keras makes them: blended, and without void.\n"
        return header + yaml.safe_dump(body, sort_keys=False, allow_unicode=True)


def _resized(picture: NDArray[np.uint8]) -> Floats:
    small = PilImage.fromarray(picture).resize((SIDE, SIDE), PilImage.Resampling.NEAREST)
    return np.asarray(small, np.float32)


def _interpolated(
    picture: Floats, rows: NDArray[np.float64], columns: NDArray[np.float64]
) -> Floats:
    """Values at places between pixels; not by OpenCV, which rounds places to 1/32 of a pixel."""
    height, width = picture.shape[:2]
    rows, columns = np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    bottom, right = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    down = (rows - top).astype(np.float32)[:, :, None]
    across = (columns - left).astype(np.float32)[:, :, None]
    # In this form even rounding leaves the middle of a mask at 255: 254.99 would be saved as 254.
    above = picture[top, left]
    above += (picture[top, right] - above) * across
    below = picture[bottom, left]
    below += (picture[bottom, right] - below) * across
    above += (below - above) * down
    return np.asarray(above, np.float32)
