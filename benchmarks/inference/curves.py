"""Seconds and memory of prediction: a cold start, more photos, larger photos."""

from __future__ import annotations

import math
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
from PIL import Image as PilImage

from benchmarks.inference.commands import Cost, command_cost, predict_cost
from maskwright.core import Image
from maskwright.data.photo import read_photo

COUNTS = {10: 5, 100: 3, 1_000: 1, 10_000: 1}
"""Photos, and how often they are predicted."""

MEGAPIXELS = {0.1: 5, 0.3: 5, 1: 5, 3: 3, 10: 3, 30: 2, 100: 2}
"""Size of a photo, and how often it is predicted."""

_STARTS = 11
_ORIGINALS = "originals"
_BARE = {
    "Python alone": "pass",
    "NumPy, OpenCV, Pillow and ONNX Runtime imported": "import numpy, cv2, PIL.Image, onnxruntime",
}
_SAVED = {
    "mask": ("mask", False),
    "mask and cut-out": ("mask,cutout", False),
    "mask and cut-out on a photo": ("mask,cutout", True),
}
"""`--save`, and whether the photo itself is the background of the cut-out."""

_NOISE = 6
"""Standard deviation of the noise of enlarged photos. Without noise their PNG would be far smaller
than a camera's."""

_STRIP = 256

Point = dict[str, Any]


def cold_starts(photo: Path, work: Path, model: Path | None) -> dict[str, Point]:
    """One photo in a fresh process, beside the time of bare imports."""
    found = {
        name: _point([command_cost([sys.executable, "-c", code]) for _ in range(_STARTS)])
        for name, code in _BARE.items()
    }
    costs = predict_cost(photo, work / "cold", model, times=_STARTS)
    return found | {"maskwright predict, one photo": _point(costs)}


def over_counts(photos: Sequence[Path], work: Path, model: Path | None) -> dict[str, Point]:
    """Predict 10 to 10,000 photos, the given ones repeated under other names."""
    points = {}
    for count, times in COUNTS.items():
        folder = _repeated(photos, count, work / f"{count} photos")
        points[str(count)] = _point(predict_cost(folder, work / "out", model, times=times))
        shutil.rmtree(folder)
        print(f"{count} photos: {points[str(count)]}", flush=True)
    shutil.rmtree(work / _ORIGINALS)
    return points


def over_sizes(photo: Path, work: Path, model: Path | None) -> dict[str, dict[str, Point]]:
    """Predict one photo, resized to 0.1 to 100 megapixels."""
    points = {}
    for megapixels, times in MEGAPIXELS.items():
        file = _of_size(photo, megapixels, work / f"{megapixels:g}.jpg")
        points[f"{megapixels:g}"] = {
            name: _point(
                predict_cost(
                    file,
                    work / "out",
                    model,
                    save=save,
                    background=photo.resolve() if on_a_photo else None,
                    times=times,
                )
            )
            for name, (save, on_a_photo) in _SAVED.items()
        }
        file.unlink()
        print(f"{megapixels:g} megapixels: {points[f'{megapixels:g}']}", flush=True)
    return points


def _point(costs: Sequence[Cost]) -> Point:
    return {
        "seconds": median(cost.seconds for cost in costs),
        "peak_mb": median(cost.peak_mb for cost in costs),
        "runs": [asdict(cost) for cost in costs],
    }


def _repeated(photos: Sequence[Path], count: int, folder: Path) -> Path:
    """A folder of so many photos. Links, not copies: the disk is not measured."""
    shutil.rmtree(folder, ignore_errors=True)
    originals = folder.with_name(_ORIGINALS)
    originals.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True)
    for number in range(count):
        photo = photos[number % len(photos)]
        original = originals / photo.name
        if not original.exists():
            shutil.copyfile(photo, original)
        os.link(original, folder / f"{number:05d}{photo.suffix}")
    return folder


def _of_size(photo: Path, megapixels: float, path: Path) -> Path:
    """The photo with so many pixels, as JPEG, with noise where it was enlarged."""
    image = read_photo(photo).srgb()
    scale = math.sqrt(megapixels * 1e6 / (image.shape[0] * image.shape[1]))
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)
    if scale > 1:
        _add_noise(resized)
    path.parent.mkdir(parents=True, exist_ok=True)
    PilImage.fromarray(resized).save(path, quality=90)
    return path


def _add_noise(image: Image) -> None:
    rng = np.random.default_rng(0)
    for first in range(0, len(image), _STRIP):  # the whole photo as floats would take gigabytes
        rows = image[first : first + _STRIP]
        noise = rng.normal(0, _NOISE, rows.shape)
        rows[:] = np.clip(np.rint(rows + noise), 0, 255).astype(np.uint8)
