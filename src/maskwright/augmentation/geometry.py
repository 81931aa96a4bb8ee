"""Where pixels go: moves around a photo's centre, and photo and mask moved as one.

The paper's techniques on disk and the augmentation while training both draw moves, and `warped`
is the only place that moves anything: photo and mask cannot come apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import VOID, Image, Mask

Matrix = NDArray[np.float64]
"""(3, 3) homogeneous map of source pixels to canvas pixels."""

ROTATION = 135.0
"""The paper's largest rotation to either side, in degrees (section "Data augmentation")."""
SHIFT = 0.15
"""The paper's largest shift to either side, as a part of the width or of the height."""
ZOOM = 0.5
"""The paper's zoom: the part of the photo that is shown is 1 - ZOOM to 1 + ZOOM of its sides."""

Fill = Literal["reflect", "void", "nearest"]
FILLS: tuple[Fill, ...] = ("reflect", "void", "nearest")
"""What is drawn beyond a photo's border.

"reflect" mirrors the photo and leaves the mask void: nothing is known there. "void" has mean grey
in the photo and void in the mask. "nearest" draws out the last pixel in both, as the paper did:
then an object that touches the border is smeared, and the mask says that it is real.
"""
_GREY = (128, 128, 128)


@dataclass(frozen=True)
class Move:
    """A change of where pixels lie, around the centre: flip and scale, then turn, then shift.

    Attributes:
        scale_x: factor of the width; negative flips left and right.
        scale_y: factor of the height; negative flips up and down.
        angle: degrees, clockwise as seen.
        shift_x: to the right, in pixels of the canvas.
        shift_y: downwards, in pixels of the canvas.
    """

    scale_x: float = 1.0
    scale_y: float = 1.0
    angle: float = 0.0
    shift_x: float = 0.0
    shift_y: float = 0.0

    def scaled(self, factor: float) -> Move:
        """The same, so many times as large."""
        return replace(self, scale_x=self.scale_x * factor, scale_y=self.scale_y * factor)

    def matrix(self, height: int, width: int, canvas: tuple[int, int]) -> Matrix:
        """The map from a photo of height x width to a canvas of (height, width)."""
        angle = np.deg2rad(self.angle)
        cosine, sine = np.cos(angle), np.sin(angle)
        to_origin = np.array([[1, 0, -(width - 1) / 2], [0, 1, -(height - 1) / 2], [0, 0, 1]])
        scaled = np.diag([self.scale_x, self.scale_y, 1])
        turned = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
        middle_x, middle_y = (canvas[1] - 1) / 2, (canvas[0] - 1) / 2
        to_canvas = np.array(
            [[1, 0, middle_x + self.shift_x], [0, 1, middle_y + self.shift_y], [0, 0, 1]]
        )
        return np.asarray(to_canvas @ turned @ scaled @ to_origin)


def warped(
    image: Image, mask: Mask, move: Move, canvas: tuple[int, int], fill: Fill = "reflect"
) -> tuple[Image, Mask]:
    """Move photo and mask by the very same map, once.

    Args:
        image: (H, W, 3) uint8.
        mask: (H, W) uint8 class indices with `VOID`.
        move: what to do.
        canvas: (height, width) of the result in pixels.
        fill: one of `FILLS`.

    Returns:
        (height, width, 3) and (height, width) uint8: the photo interpolated linearly, the mask by
        the nearest pixel, so that no class appears that was not there.
    """
    matrix = move.matrix(image.shape[0], image.shape[1], canvas)[:2]
    size = (canvas[1], canvas[0])
    photo_border = {
        "reflect": cv2.BORDER_REFLECT_101,
        "void": cv2.BORDER_CONSTANT,
        "nearest": cv2.BORDER_REPLICATE,
    }[fill]
    mask_border = cv2.BORDER_REPLICATE if fill == "nearest" else cv2.BORDER_CONSTANT
    moved = cv2.warpAffine(
        image, matrix, size, flags=cv2.INTER_LINEAR, borderMode=photo_border, borderValue=_GREY
    )
    moved_mask = cv2.warpAffine(
        mask, matrix, size, flags=cv2.INTER_NEAREST, borderMode=mask_border, borderValue=(VOID,)
    )
    return np.asarray(moved, np.uint8), np.asarray(moved_mask, np.uint8)
