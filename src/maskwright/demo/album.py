"""The training demo's material: objects cut out of photos, and backgrounds from other photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image, Pair
from maskwright.demo.photos import filled, outlined, read_outlines, scikit_photo

_CUT_OFF = 20  # pixels of an object on the photo's border from which it was cut off there


@dataclass(frozen=True)
class Cutout:
    """An object cut out of a photo.

    Attributes:
        name: what it is.
        group: objects of one kind, which a split never separates.
        pixels: (h, w, 4) uint8 RGBA, cropped to the object.
        grey: the photo has no colours.
        cut_off: the sides at which the photo ends the object: "left", "top", "right", "bottom".
    """

    name: str
    group: str
    pixels: NDArray[np.uint8]
    grey: bool
    cut_off: frozenset[str]


@dataclass(frozen=True)
class Background:
    """A piece of a photo without any of the objects.

    Attributes:
        name: what it shows.
        pixels: (h, w, 3) uint8 RGB.
        grey: the photo has no colours.
    """

    name: str
    pixels: Image
    grey: bool


@dataclass(frozen=True)
class Album:
    """The material of one split of the demo's data, training or test.

    Attributes:
        cutouts: objects to put on backgrounds.
        backgrounds: what to put them on.
        whole: photos as they are, every object outlined, named like their objects' group.
    """

    cutouts: tuple[Cutout, ...]
    backgrounds: tuple[Background, ...]
    whole: tuple[Pair, ...]


def read_album(split: str) -> Album:
    """Read the photos and outlines of one split.

    Args:
        split: "train" or "test"; they share no object and no background.

    Raises:
        UsageError: scikit-image or scikit-learn is not installed.
    """
    outlines, photo = read_outlines(), cache(scikit_photo)  # many entries are of one photo
    objects = [entry for entry in outlines["objects"] if entry["split"] == split]
    backgrounds = [entry for entry in outlines["backgrounds"] if entry["split"] == split]
    whole = [entry for entry in outlines["whole_photos"] if entry["split"] == split]
    return Album(
        cutouts=tuple(_cutout(entry, photo(entry["photo"])) for entry in objects),
        backgrounds=tuple(_background(entry, photo(entry["photo"])) for entry in backgrounds),
        whole=tuple(_whole(entry, photo(entry["photo"]), objects) for entry in whole),
    )


def _cutout(entry: dict[str, Any], photo: Image) -> Cutout:
    alpha = filled(entry["outlines"], *photo.shape[:2])
    solid = alpha >= 128
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    borders = {
        "left": solid[:, 0],
        "top": solid[0],
        "right": solid[:, -1],
        "bottom": solid[-1],
    }
    return Cutout(
        name=entry["name"],
        group=entry["group"],
        pixels=np.dstack([photo[box], alpha[box]]),
        grey=_is_grey(photo),
        cut_off=frozenset(side for side, line in borders.items() if line.sum() >= _CUT_OFF),
    )


def _background(entry: dict[str, Any], photo: Image) -> Background:
    return Background(entry["name"], photo[_box(entry)], _is_grey(photo))


def _whole(entry: dict[str, Any], photo: Image, objects: Sequence[dict[str, Any]]) -> Pair:
    there = [one for one in objects if one["photo"] == entry["photo"]]
    mask = outlined(there, *photo.shape[:2])
    box = _box(entry)
    return Pair(entry["group"], photo[box], mask[box])


def _box(entry: dict[str, Any]) -> tuple[slice, slice]:
    x, y, width, height = entry["box"]
    return np.s_[y : y + height, x : x + width]


def _is_grey(photo: Image) -> bool:
    return bool((photo[:, :, 0] == photo[:, :, 2]).all())
