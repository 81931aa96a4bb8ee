"""The photos of the demo, and hand-drawn outlines of their objects.

The photos come with scikit-image and scikit-learn, so that nothing is downloaded.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any

import cv2
import numpy as np

from maskwright.core import Image, Mask, Pair
from maskwright.errors import UsageError

CREDIT = "Photos: scikit-image (public domain, CC0)"
"""Credit for the photos of `outlined_photos`."""

_FINE = 4  # outlines are drawn this much larger, then shrunk: soft edges


def outlined_photos() -> list[Pair]:
    """The photos whose objects the demo cuts out, with hand-drawn masks.

    Raises:
        UsageError: scikit-image is not installed.
    """
    outlines = read_outlines()
    pairs = []
    for entry in outlines["cut_out"]:
        photo = scikit_photo(entry["photo"])
        (thing,) = (one for one in outlines["objects"] if one["name"] == entry["object"])
        pairs.append(Pair(entry["object"], photo, outlined([thing], *photo.shape[:2])))
    return pairs


def read_outlines() -> dict[str, Any]:
    """Read outlines.json: the outlines, and which photos they are for."""
    text = files("maskwright.demo").joinpath("outlines.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def outlined(objects: Iterable[dict[str, Any]], height: int, width: int) -> Mask:
    """The mask of objects of outlines.json, all of one photo: (height, width) uint8, 0 or 1."""
    mask = np.zeros((height, width), np.uint8)
    for one in objects:
        mask[filled(one["outlines"], height, width) >= 128] = 1
    return mask


def filled(outlines: Sequence[Sequence[float]], height: int, width: int) -> Mask:
    """Fill outlines of x, y, x, y, ... softly: (height, width) uint8, 0 to 255."""
    fine = np.zeros((height * _FINE, width * _FINE), np.uint8)
    # An outline runs through the centres of the object's outermost pixels.
    points = [
        np.round((np.reshape(outline, (-1, 2)) + 0.5) * _FINE).astype(np.int32)
        for outline in outlines
    ]
    cv2.fillPoly(fine, points, 255)
    return np.asarray(cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def scikit_photo(name: str) -> Image:
    """Read one of the photos, (H, W, 3) uint8 sRGB.

    Raises:
        UsageError: the package that carries it is not installed.
    """
    read = _of_scikit_learn(name) if name.endswith(".jpg") else _of_scikit_image(name)
    pixels = read[0] if isinstance(read, tuple) else read  # a stereo pair: its left photo
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[:, :, None], 3, axis=2)
    return np.ascontiguousarray(pixels[:, :, :3], np.uint8)


def _of_scikit_image(name: str) -> Any:
    try:
        import skimage.data
    except ImportError as error:
        raise UsageError(
            "the demo's photos come with scikit-image, which is not installed: "
            'pip install "maskwright[demo]"'
        ) from error
    return getattr(skimage.data, name)()


def _of_scikit_learn(name: str) -> Any:
    try:
        from sklearn.datasets import load_sample_image
    except ImportError as error:
        raise UsageError(
            "some photos of the training demo come with scikit-learn, which is not installed: "
            'pip install "maskwright[demo-train]"'
        ) from error
    return load_sample_image(name)
