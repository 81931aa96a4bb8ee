"""The demo's photos, and the outlines drawn on them: what is cut out, and what it is put on.

The photos are those that scikit-image and scikit-learn carry, so that no download is needed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image, Mask, Pair
from maskwright.errors import UsageError

_CUT_OFF = 20  # pixels of an object on the photo's border from which it was cut off there
_FINE = 4  # outlines are drawn this much larger, then shrunk: soft edges


@dataclass(frozen=True)
class Cutout:
    """An object cut out of a photo.

    Attributes:
        name: what it is.
        group: objects of one kind, which never part between training and validation.
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
    """What one part of the demo's data, training or test, is made of.

    Attributes:
        cutouts: objects to put on backgrounds.
        backgrounds: what to put them on.
        whole: photos as they are, every object outlined, named like their objects' group.
    """

    cutouts: tuple[Cutout, ...]
    backgrounds: tuple[Background, ...]
    whole: tuple[Pair, ...]


def read_album(part: str) -> Album:
    """Read the photos and outlines of one part.

    Args:
        part: "train" or "test"; they share no object and no background.

    Raises:
        UsageError: scikit-image or scikit-learn is not installed.
    """
    outlines = json.loads(files("maskwright.demo").joinpath("outlines.json").read_text("utf-8"))
    photos = _Photos()
    objects = [entry for entry in outlines["objects"] if entry["part"] == part]
    backgrounds = [entry for entry in outlines["backgrounds"] if entry["part"] == part]
    whole = [entry for entry in outlines["whole_photos"] if entry["part"] == part]
    return Album(
        cutouts=tuple(_cutout(entry, photos[entry["photo"]]) for entry in objects),
        backgrounds=tuple(_background(entry, photos[entry["photo"]]) for entry in backgrounds),
        whole=tuple(_whole(entry, photos[entry["photo"]], objects) for entry in whole),
    )


class _Photos:
    """Photos by name, (H, W, 3) uint8 sRGB, each read once."""

    def __init__(self) -> None:
        self._read: dict[str, Image] = {}

    def __getitem__(self, name: str) -> Image:
        if name not in self._read:
            self._read[name] = _read_photo(name)
        return self._read[name]


def _read_photo(name: str) -> Image:
    try:
        import skimage.data
        from sklearn.datasets import load_sample_image
    except ImportError as error:
        raise UsageError(
            "the demo's photos come with scikit-image, which is not installed: "
            'pip install "maskwright[demo]"'
        ) from error
    read = load_sample_image(name) if name.endswith(".jpg") else getattr(skimage.data, name)()
    pixels = read[0] if isinstance(read, tuple) else read  # a stereo pair: its left photo
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[:, :, None], 3, axis=2)
    return np.ascontiguousarray(pixels[:, :, :3], np.uint8)


def _cutout(entry: dict[str, Any], photo: Image) -> Cutout:
    alpha = _filled(entry["outlines"], *photo.shape[:2])
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
    mask = np.zeros(photo.shape[:2], np.uint8)
    for shown in objects:
        if shown["photo"] == entry["photo"]:
            mask[_filled(shown["outlines"], *photo.shape[:2]) >= 128] = 1
    box = _box(entry)
    return Pair(entry["group"], photo[box], mask[box])


def _box(entry: dict[str, Any]) -> tuple[slice, slice]:
    x, y, width, height = entry["box"]
    return np.s_[y : y + height, x : x + width]


def _filled(outlines: Sequence[Sequence[float]], height: int, width: int) -> Mask:
    """Fill outlines of x, y, x, y, ... softly: (height, width) uint8, 0 to 255."""
    fine = np.zeros((height * _FINE, width * _FINE), np.uint8)
    # An outline runs through the centres of the object's outermost pixels.
    points = [
        np.round((np.reshape(outline, (-1, 2)) + 0.5) * _FINE).astype(np.int32)
        for outline in outlines
    ]
    cv2.fillPoly(fine, points, 255)
    return np.asarray(cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _is_grey(photo: Image) -> bool:
    return bool((photo[:, :, 0] == photo[:, :, 2]).all())
