"""Small pictures of one photo for the report: the photo, and overlays of each mask."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures

from maskwright.core import VOID, Image, Mask
from maskwright.fusion.decision import Decision
from maskwright.outputs.pictures import class_colour

Colour: TypeAlias = tuple[int, int, int]

LONG_SIDE = 480
"""Most pixels on the long side of a tile; photos of less than half of that are enlarged."""

EXTRA_COLOUR, MISSED_COLOUR, CONFUSED_COLOUR = (230, 97, 0), (26, 133, 255), (255, 225, 77)
"""Colours of false foreground, missed foreground, and foreground of another class.

Orange and blue differ with all common kinds of colour blindness. Yellow differs by its brightness.
"""

ACCEPTED_COLOUR, REJECTED_COLOUR = (255, 225, 77), (26, 133, 255)
"""Colours of disputed regions, where GrabCut's change was accepted and where it was rejected."""

_QUALITY = 76
# Opacities of the parts of a mask. The report's style sheet separates outlines from interiors by
# these: interiors are below one half, everything else is above.
_INTERIOR, _HALO, _VOID_BAND, _OUTLINE, _ERROR = 97, 140, 140, 255, 200
# Palette of a mask: nothing, a dark rim around outlines, void, then two entries for each class.
_NOTHING, _RIM, _VOID, _FIRST = range(4)
_MOST_CLASSES = (256 - _FIRST) // 2


@dataclass(frozen=True)
class DisputeMap:
    """Disputed regions of one photo: where GrabCut's change was accepted, and where rejected.

    Attributes:
        picture: palette PNG, an overlay of the photo.
        regions: number of disputed regions.
        accepted: number of regions where GrabCut's change was accepted.
        area: of the accepted regions, as a fraction of the photo.
    """

    picture: bytes
    regions: int
    accepted: int
    area: float


@dataclass(frozen=True)
class Tile:
    """Pictures of one photo, all of one size. Overlays are palette PNGs.

    Attributes:
        name: the photo's name in its data folder.
        width, height: of the pictures, in pixels.
        photo: JPEG.
        truth: PNG; each class tinted with an outline, void grey, background transparent.
        masks: PNG by method, like `truth`.
        errors: PNG by method: false foreground, missed foreground, foreground of another class.
        disputes: by method, for fused methods.
    """

    name: str
    width: int
    height: int
    photo: bytes
    truth: bytes
    masks: dict[str, bytes]
    errors: dict[str, bytes]
    disputes: dict[str, DisputeMap] = field(default_factory=dict)


def tile(
    name: str,
    image: Image,
    truth: Mask,
    masks: Mapping[str, Mask],
    classes: Sequence[str],
    decisions: Mapping[str, Decision] = MappingProxyType({}),
) -> Tile:
    """Draw the pictures of one photo; thread-safe.

    Args:
        name: the photo's name.
        image: (H, W, 3) uint8 sRGB; scaled to the size of the masks if it differs.
        truth: (H, W) uint8 class indices, `VOID` where nothing is known.
        masks: (H, W) uint8 class indices by method.
        classes: class names, the background first.
        decisions: by method, for fused methods; of any size.

    Raises:
        ValueError: a mask and the truth differ in size.
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
        errors={
            method: _png(_errors(true, mask), _ERROR_PALETTE) for method, mask in found.items()
        },
        disputes={method: _dispute_map(one, height, width) for method, one in decisions.items()},
    )


@cache
def class_colours(classes: int) -> tuple[Colour, ...]:
    """Colours of all classes but the background, R, G, B, all different.

    The first seven are the colours of overlays. Each further one is the candidate farthest from all
    colours before it, in CIELAB.
    """
    known = [class_colour(label) for label in range(1, min(classes, 8))]
    steps = np.arange(63, 256, 32).astype(np.uint8)  # not so dark as to look like a shadow
    candidates = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    lab = _lab(candidates)
    distances = np.linalg.norm(lab[:, None] - _lab(np.array(known, np.uint8)), axis=2)
    nearest = distances.min(axis=1)
    while len(known) < classes - 1:
        best = int(nearest.argmax())
        red, green, blue = candidates[best].tolist()
        known.append((red, green, blue))
        nearest = np.minimum(nearest, np.linalg.norm(lab - lab[best], axis=1))
    return tuple(known)


def _lab(colours: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Convert (N, 3) colours to CIELAB, where distances follow perceived differences."""
    scaled = colours[None].astype(np.float32) / 255
    return np.asarray(cv2.cvtColor(scaled, cv2.COLOR_RGB2LAB)[0], np.float32)


def _tile_size(height: int, width: int) -> tuple[int, int]:
    long = max(height, width)
    if long > LONG_SIDE:
        scale = LONG_SIDE / long
        return max(1, round(height * scale)), max(1, round(width * scale))
    # A two-pixel outline would cover a tiny photo. Whole multiples keep its pixels square.
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
    """Palette indices of a mask: tinted interiors, outlines with a dark rim, void."""
    inside = (mask > 0) & (mask != VOID)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    # The outline lies inside its class. The photo's frame is not an outline.
    edge = inside & (cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, disc) > 0)
    rim = cv2.dilate(inside.astype(np.uint8), cross) > 0
    # Classes beyond the palette share colours; nobody could tell so many apart.
    colour = (np.maximum(mask, 1) - 1) % _MOST_CLASSES
    drawn = np.full(mask.shape, _NOTHING, np.uint8)
    drawn[mask == VOID] = _VOID
    drawn[rim] = _RIM
    drawn[inside] = (_FIRST + 2 * colour)[inside]
    drawn[edge] += 1
    return drawn


def _errors(truth: Mask, mask: Mask) -> NDArray[np.uint8]:
    """Palette indices of errors: 1 false foreground, 2 missed, 3 another class; none in void."""
    wrong = (truth != mask) & (truth != VOID)
    drawn = np.zeros(mask.shape, np.uint8)
    drawn[wrong & (truth == 0)] = 1
    drawn[wrong & (mask == 0)] = 2
    drawn[wrong & (truth > 0) & (mask > 0)] = 3
    return drawn


def _dispute_map(decision: Decision, height: int, width: int) -> DisputeMap:
    drawn = np.zeros(decision.accepted_mask.shape, np.uint8)
    drawn[decision.accepted_mask] = 1
    drawn[decision.rejected_mask] = 2
    return DisputeMap(
        picture=_png(_scaled(drawn, height, width), _DISPUTE_PALETTE),
        regions=len(decision.regions),
        accepted=int(np.count_nonzero(decision.accepted)),
        area=float(decision.accepted_mask.mean()),
    )


def _mask_palette(classes: int) -> list[tuple[int, int, int, int]]:
    palette = [(0, 0, 0, 0), (0, 0, 0, _HALO), (236, 236, 236, _VOID_BAND)]
    for colour in class_colours(classes)[:_MOST_CLASSES]:
        palette += [(*colour, _INTERIOR), (*colour, _OUTLINE)]
    return palette


def _plain_palette(opacity: int, *colours: Colour) -> list[tuple[int, int, int, int]]:
    return [(0, 0, 0, 0), *((*colour, opacity) for colour in colours)]


# Disputed regions are opaque, because many are one pixel wide.
_ERROR_PALETTE = _plain_palette(_ERROR, EXTRA_COLOUR, MISSED_COLOUR, CONFUSED_COLOUR)
_DISPUTE_PALETTE = _plain_palette(255, ACCEPTED_COLOUR, REJECTED_COLOUR)


def _jpeg(pixels: Image) -> bytes:
    buffer = io.BytesIO()
    Pictures.fromarray(pixels).save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    return buffer.getvalue()


def _png(indices: NDArray[np.uint8], palette: Sequence[tuple[int, int, int, int]]) -> bytes:
    # With Pillow, because OpenCV cannot write palettes.
    picture = Pictures.fromarray(indices)
    picture.putpalette([part for *colour, _ in palette for part in colour])
    buffer = io.BytesIO()
    opacity = bytes(alpha for *_, alpha in palette)
    picture.save(buffer, "PNG", transparency=opacity, compress_level=6)
    return buffer.getvalue()
