"""Small pictures of one photo for the report: the photo, and each mask to lay over it."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures

from maskwright.core import VOID, Image, Mask
from maskwright.fusion.decision import Decision
from maskwright.outputs.pictures import class_colour

LONG_SIDE = 480
"""Tiles have at most this many pixels on the long side; photos far smaller are magnified."""

EXTRA_COLOUR, MISSED_COLOUR, CONFUSED_COLOUR = (230, 97, 0), (26, 133, 255), (255, 225, 77)
"""Errors: foreground that is not there, foreground not found, foreground of another class.

Orange and blue stay apart with every usual kind of colour blindness, yellow by its brightness.
"""

GIVEN_COLOUR, KEPT_COLOUR = (255, 225, 77), (26, 133, 255)
"""Disputed pieces: GrabCut decided, the network kept it. To every eye yellow is the brighter."""

_QUALITY = 76
# How opaque each part of a mask is. The style sheet of the report parts outlines from interiors
# by these: interiors below a half, all else above.
_INTERIOR, _HALO, _VOID_BAND, _OUTLINE, _ERROR = 97, 140, 140, 255, 200
_PIECE = 255  # many are a pixel wide
# Palette of a mask: nothing, the dark rim that sets outlines off, void, then two for each class.
_NOTHING, _RIM, _OPEN, _FIRST = range(4)
_MOST_CLASSES = (256 - _FIRST) // 2


@dataclass(frozen=True)
class Pieces:
    """Who decided which disputed piece of one photo, to lay over the photo.

    Attributes:
        picture: palette PNG; pieces that GrabCut decided and pieces that the network kept.
        many: how many pieces there are.
        given: how many of them GrabCut decided.
        share: of the photo that GrabCut decided, 0 to 1.
    """

    picture: bytes
    many: int
    given: int
    share: float


@dataclass(frozen=True)
class Tile:
    """Pictures of one photo, all of one size. Masks are palette PNGs to lay over the photo.

    Attributes:
        name: the photo's name in its data folder.
        width, height: of the pictures.
        photo: JPEG.
        truth: PNG; each class tinted with an outline, void greyed, background transparent.
        masks: PNG by method, like `truth`.
        errors: PNG by method; what is too much, missed, and of another class.
        pieces: by method, of those that are a network and GrabCut.
    """

    name: str
    width: int
    height: int
    photo: bytes
    truth: bytes
    masks: dict[str, bytes]
    errors: dict[str, bytes]
    pieces: dict[str, Pieces] = field(default_factory=dict)


def tile(
    name: str,
    image: Image,
    truth: Mask,
    masks: Mapping[str, Mask],
    classes: Sequence[str],
    decisions: Mapping[str, Decision] = MappingProxyType({}),
) -> Tile:
    """Draw the pictures of one photo; safe to call from threads.

    Args:
        name: the photo's name.
        image: (H, W, 3) uint8 sRGB; another size than that of the masks is scaled to theirs.
        truth: (H, W) uint8 class indices, `VOID` where nothing is known.
        masks: (H, W) uint8 class indices by method.
        classes: class names, the background first.
        decisions: by method, of those that are a network and GrabCut; of any size.

    Raises:
        ValueError: a mask has another size than the truth.
    """
    for method, mask in masks.items():
        if mask.shape != truth.shape:
            raise ValueError(f"{name}: {method} is {mask.shape}, the truth {truth.shape}")
    height, width = _tile_size(*truth.shape)
    true = _scaled(truth, height, width)
    found = {method: _scaled(mask, height, width) for method, mask in masks.items()}
    palette = _mask_palette(len(classes))
    return Tile(
        name=name,
        width=width,
        height=height,
        photo=_jpeg(_fitted(image, height, width)),
        truth=_png(_drawn(true), palette),
        masks={method: _png(_drawn(mask), palette) for method, mask in found.items()},
        errors={method: _png(_errors(true, mask), _ERRORS) for method, mask in found.items()},
        pieces={method: _pieces(one, height, width) for method, one in decisions.items()},
    )


@cache
def class_colours(classes: int) -> tuple[tuple[int, int, int], ...]:
    """Colours of all classes but the background, R, G, B, no two alike.

    The first seven are those of overlays; each further one is, of many candidates, the one that
    looks least like all before it.
    """
    known = [class_colour(label) for label in range(1, min(classes, 8))]
    steps = np.arange(63, 256, 32).astype(np.uint8)  # none so dark that it is taken for a shadow
    candidates = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    looks = _looks(candidates)
    nearest = np.full(len(candidates), np.inf)
    for colour in known:
        nearest = np.minimum(nearest, _distances(looks, _looks(np.array([colour], np.uint8))[0]))
    while len(known) < classes - 1:
        best = int(nearest.argmax())
        red, green, blue = candidates[best].tolist()
        known.append((red, green, blue))
        nearest = np.minimum(nearest, _distances(looks, looks[best]))
    return tuple(known)


def _looks(colours: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(N, 3) colours as (N, 3) places in CIELAB, where distances are differences to the eye."""
    shares = colours[None].astype(np.float32) / 255
    return np.asarray(cv2.cvtColor(shares, cv2.COLOR_RGB2LAB)[0], np.float32)


def _distances(looks: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.linalg.norm(looks - other, axis=1), np.float32)


def _tile_size(height: int, width: int) -> tuple[int, int]:
    long = max(height, width)
    if long > LONG_SIDE:
        scale = LONG_SIDE / long
        return max(1, round(height * scale)), max(1, round(width * scale))
    # An outline of two pixels would cover a tiny photo: whole multiples keep its pixels square.
    times = max(1, LONG_SIDE // long) if long < LONG_SIDE // 2 else 1
    return height * times, width * times


def _scaled(mask: Mask, height: int, width: int) -> Mask:
    small = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(small, np.uint8).reshape(height, width)


def _fitted(image: Image, height: int, width: int) -> Image:
    if image.shape[0] == height and image.shape[1] == width:
        return image
    how = cv2.INTER_AREA if image.shape[0] >= height else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(image, (width, height), interpolation=how), np.uint8)


def _drawn(mask: Mask) -> NDArray[np.uint8]:
    """Palette indices of a mask: tinted interiors, outlines, a dark rim around, void."""
    inside = (mask > 0) & (mask != VOID)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    # The outline lies inside its class; the frame of the photo is none.
    edge = inside & (cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, disc) > 0)
    rim = cv2.dilate(inside.astype(np.uint8), cross) > 0
    # Classes beyond the palette share colours, which eyes could not tell apart anyway.
    colour = (np.maximum(mask, 1) - 1) % _MOST_CLASSES
    drawn = np.full(mask.shape, _NOTHING, np.uint8)
    drawn[mask == VOID] = _OPEN
    drawn[rim] = _RIM
    drawn[inside] = (_FIRST + 2 * colour)[inside]
    drawn[edge] += 1
    return drawn


def _errors(truth: Mask, mask: Mask) -> NDArray[np.uint8]:
    """Palette indices of errors: 1 too much, 2 missed, 3 another class; void is never wrong."""
    wrong = (truth != mask) & (truth != VOID)
    drawn = np.zeros(mask.shape, np.uint8)
    drawn[wrong & (truth == 0)] = 1
    drawn[wrong & (mask == 0)] = 2
    drawn[wrong & (truth > 0) & (mask > 0)] = 3
    return drawn


def _pieces(decision: Decision, height: int, width: int) -> Pieces:
    """Draw who decided which piece."""
    drawn = np.zeros(decision.accepted_mask.shape, np.uint8)
    drawn[decision.accepted_mask] = 1
    drawn[decision.rejected_mask] = 2
    return Pieces(
        picture=_png(_scaled(drawn, height, width), _PIECES),
        many=len(decision.regions),
        given=int(np.count_nonzero(decision.accepted)),
        share=float(decision.accepted_mask.mean()),
    )


def _mask_palette(classes: int) -> list[tuple[int, int, int, int]]:
    palette = [(0, 0, 0, 0), (0, 0, 0, _HALO), (236, 236, 236, _VOID_BAND)]
    for colour in class_colours(classes)[:_MOST_CLASSES]:
        palette += [(*colour, _INTERIOR), (*colour, _OUTLINE)]
    return palette


_ERRORS = [
    (0, 0, 0, 0),
    *((*colour, _ERROR) for colour in (EXTRA_COLOUR, MISSED_COLOUR, CONFUSED_COLOUR)),
]
_PIECES = [(0, 0, 0, 0), (*GIVEN_COLOUR, _PIECE), (*KEPT_COLOUR, _PIECE)]


def _jpeg(pixels: Image) -> bytes:
    buffer = io.BytesIO()
    Pictures.fromarray(pixels).save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    return buffer.getvalue()


def _png(indices: NDArray[np.uint8], palette: Sequence[tuple[int, int, int, int]]) -> bytes:
    # Pillow, because OpenCV cannot write palettes.
    picture = Pictures.fromarray(indices)
    picture.putpalette([part for *colour, _ in palette for part in colour])
    buffer = io.BytesIO()
    opacity = bytes(alpha for *_, alpha in palette)
    picture.save(buffer, "PNG", transparency=opacity, compress_level=6)
    return buffer.getvalue()
