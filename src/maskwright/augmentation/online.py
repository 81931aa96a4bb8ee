"""The augmentation used while training: parts that are switched by name.

Every part of `GEOMETRY` changes one move, which is then applied once, so that nothing is resampled
twice. Beyond its border the photo is mirrored and the mask is void.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from maskwright.augmentation.colour import ColourPart, blur, grey, light, noise, tint
from maskwright.augmentation.geometry import ROTATION, SHIFT, ZOOM, Move, warped
from maskwright.augmentation.paste import pasted
from maskwright.core import Image, Mask, Pair

_PASTED_SHARE = 0.5


@dataclass(frozen=True)
class Frame:
    """Height and width of a photo, and the side of the square canvas it goes onto, in pixels."""

    height: int
    width: int
    canvas: int

    @property
    def scale(self) -> float:
        """At which the photo's area equals the canvas, as when predicting."""
        return float(self.canvas / np.sqrt(self.height * self.width))


def _horizontal_flip(move: Move, frame: Frame, rng: np.random.Generator) -> Move:
    return replace(move, scale_x=-move.scale_x) if rng.random() < 0.5 else move


def _vertical_flip(move: Move, frame: Frame, rng: np.random.Generator) -> Move:
    return replace(move, scale_y=-move.scale_y) if rng.random() < 0.5 else move


def _rotation(move: Move, frame: Frame, rng: np.random.Generator) -> Move:
    return replace(move, angle=move.angle + rng.uniform(-ROTATION, ROTATION))


def _zoom(move: Move, frame: Frame, rng: np.random.Generator) -> Move:
    return move.scaled(1 / rng.uniform(1 - ZOOM, 1 + ZOOM))


def _width_shift(move: Move, frame: Frame, rng: np.random.Generator) -> Move:
    reach = SHIFT * abs(move.scale_x) * frame.width
    return replace(move, shift_x=move.shift_x + rng.uniform(-reach, reach))


def _height_shift(move: Move, frame: Frame, rng: np.random.Generator) -> Move:
    reach = SHIFT * abs(move.scale_y) * frame.height
    return replace(move, shift_y=move.shift_y + rng.uniform(-reach, reach))


def _scale(move: Move, frame: Frame, rng: np.random.Generator) -> Move:
    """A milder zoom, as often to the large side as to the small one."""
    return move.scaled(float(np.exp(rng.uniform(np.log(0.7), np.log(1.6)))))


def _stretch(move: Move, frame: Frame, rng: np.random.Generator) -> Move:
    """Change the aspect."""
    factor = float(np.exp(rng.uniform(-0.15, 0.15)))
    return replace(move, scale_x=move.scale_x * factor, scale_y=move.scale_y / factor)


def _tilt(move: Move, frame: Frame, rng: np.random.Generator) -> Move:
    """Rotate by no more than a hand-held camera."""
    return replace(move, angle=move.angle + rng.uniform(-20, 20))


def _shift(move: Move, frame: Frame, rng: np.random.Generator) -> Move:
    """Shift within the photo, and a tenth of the canvas further: a random crop."""
    spare_x = max(abs(move.scale_x) * frame.width - frame.canvas, 0) / 2
    spare_y = max(abs(move.scale_y) * frame.height - frame.canvas, 0) / 2
    reach = np.array([spare_x, spare_y]) + 0.1 * frame.canvas
    shift_x, shift_y = rng.uniform(-reach, reach)
    return replace(move, shift_x=move.shift_x + shift_x, shift_y=move.shift_y + shift_y)


PAPER_SIX: dict[str, Callable[[Move, Frame, np.random.Generator], Move]] = {
    "rotation": _rotation,
    "zoom": _zoom,
    "width-shift": _width_shift,
    "height-shift": _height_shift,
    "vertical-flip": _vertical_flip,
    "horizontal-flip": _horizontal_flip,
}
"""The paper's six techniques with its ranges, all in one sample; flips by chance."""

GEOMETRY: dict[str, Callable[[Move, Frame, np.random.Generator], Move]] = {
    **PAPER_SIX,
    "scale": _scale,
    "stretch": _stretch,
    "tilt": _tilt,
    "shift": _shift,  # after all that scales: it depends on the photo's size on the canvas
}

COLOUR: dict[str, ColourPart] = {
    "light": light,
    "tint": tint,
    "grey": grey,
    "blur": blur,
    "noise": noise,
}

PASTE = "paste"
"""Objects of another pair on this one's background, in every second sample."""

PARTS = (*GEOMETRY, *COLOUR, PASTE)


def draw_sample(
    pairs: Sequence[Pair],
    index: int,
    size: int,
    parts: Sequence[str],
    rng: np.random.Generator,
    *,
    stretched: bool = False,
) -> tuple[Image, Mask]:
    """Draw one training sample.

    Args:
        pairs: all training pairs: any of them may give objects to paste.
        index: of the pair to augment.
        size: side of the square canvas in pixels.
        parts: which of `PARTS` take part.
        rng: all randomness comes from here.
        stretched: fit photos to the canvas whatever their aspect, as a recipe that predicts so.

    Returns:
        (size, size, 3) and (size, size) uint8.
    """

    def changed(pair: Pair) -> tuple[Image, Mask]:
        return augmented(pair.image, pair.mask, size, rng, parts, stretched=stretched)

    image, mask = changed(pairs[index])
    if PASTE in parts and rng.random() < _PASTED_SHARE:
        return pasted(image, mask, *changed(pairs[int(rng.integers(len(pairs)))]))
    return image, mask


def augmented(
    image: Image,
    mask: Mask,
    size: int,
    rng: np.random.Generator,
    parts: Sequence[str],
    *,
    stretched: bool = False,
) -> tuple[Image, Mask]:
    """Apply the parts that need one pair only.

    Args:
        image: (H, W, 3) uint8.
        mask: (H, W) uint8 class indices with `VOID`.
        size: side of the square canvas in pixels.
        rng: all randomness comes from here.
        parts: which of `PARTS` take part; without any, the photo is centred on the canvas at the
            scale at which its area equals the canvas.
        stretched: fit the photo to the canvas instead, whatever its aspect.

    Returns:
        (size, size, 3) and (size, size) uint8.
    """
    frame = Frame(image.shape[0], image.shape[1], size)
    move = Move(frame.scale, frame.scale)
    if stretched:
        move = Move(size / frame.width, size / frame.height)
    for name, draw in GEOMETRY.items():
        if name in parts:
            move = draw(move, frame, rng)
    image, mask = warped(image, mask, move, (size, size))
    for name, change in COLOUR.items():
        if name in parts:
            image = change(image, rng)
    return image, mask
