"""Look-alikes: how many copies are found, and how many other photos are taken for copies.

A fifth of the photos of each folder is added once more, changed in one way; a copy counts as found
when it is in one set with its original. The photos of generated series have nearly everything in
common, and none is a copy.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from benchmarks.markdown import markdown_table
from maskwright.core import Image
from maskwright.data.image_hash import ImageHash
from maskwright.data.look_alikes import look_alikes
from maskwright.data.photo import read_photo
from maskwright.data.walk import find_photos

_MOST = 300
_SIZE = 240, 320


def _encoded(photo: Image, ending: str, option: int, quality: int) -> Image:
    done, data = cv2.imencode(ending, photo, [option, quality])
    assert done, ending
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None, ending
    return np.asarray(decoded, np.uint8)


def _jpeg(photo: Image, quality: int) -> Image:
    return _encoded(photo, ".jpg", cv2.IMWRITE_JPEG_QUALITY, quality)


def _scaled(photo: Image, scale: float) -> Image:
    height, width = (max(1, round(side * scale)) for side in photo.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(photo, (width, height), interpolation=method), np.uint8)


def _levels(photo: Image, gain: float, offset: float) -> Image:
    return (photo.astype(np.float32) * gain + offset).clip(0, 255).astype(np.uint8)


def _grey(photo: Image) -> Image:
    return np.repeat(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)


def _cropped(photo: Image, share: float) -> Image:
    top, left = (int(side * share) for side in photo.shape[:2])
    return photo[top : photo.shape[0] - top, left : photo.shape[1] - left]


COPIES: dict[str, Callable[[Image], Image]] = {
    "JPEG, quality 95": lambda photo: _jpeg(photo, 95),
    "JPEG, quality 30": lambda photo: _jpeg(photo, 30),
    "WebP, quality 50": lambda photo: _encoded(photo, ".webp", cv2.IMWRITE_WEBP_QUALITY, 50),
    "half the size": lambda photo: _scaled(photo, 0.5),
    "half the size, JPEG 60": lambda photo: _jpeg(_scaled(photo, 0.5), 60),
    "twice the size": lambda photo: _scaled(photo, 2),
    "15 % darker": lambda photo: _levels(photo, 0.85, 0),
    "12 levels brighter": lambda photo: _levels(photo, 1, 12),
    "grey": _grey,
    "1 % cut off each side": lambda photo: _cropped(photo, 0.01),
    "2 % cut off each side": lambda photo: _cropped(photo, 0.02),
}


def _texture(rng: np.random.Generator, cell: int, amount: float) -> np.ndarray:
    coarse = rng.normal(size=(_SIZE[0] // cell, _SIZE[1] // cell)).astype(np.float32) * amount
    return np.asarray(cv2.resize(coarse, _SIZE[::-1], interpolation=cv2.INTER_CUBIC))


def _photo(levels: np.ndarray, rng: np.random.Generator, noise: float) -> Image:
    noisy = (levels + rng.normal(0, noise, levels.shape)).clip(0, 255).astype(np.uint8)
    return _jpeg(np.repeat(noisy[..., None], 3, axis=2), 90)


def fixed_camera(count: int, seed: int, *, radius: int = 12, daylight: float = 0.0) -> list[Image]:
    """Discs anywhere before one ground; the light changes in strength and direction."""
    rng = np.random.default_rng(seed)
    ground = 130 + _texture(rng, 16, 40) + _texture(rng, 4, 10)
    slope = np.linspace(-0.5, 0.5, _SIZE[1])
    photos = []
    for number in range(count):
        hour = 2 * np.pi * number / count
        levels = ground * (1 + daylight * (np.sin(hour) + np.cos(hour) * slope))
        for _ in range(rng.integers(1, 4)):
            thing = np.zeros(_SIZE, np.uint8)
            centre = int(rng.integers(5, 315)), int(rng.integers(5, 235))
            cv2.circle(thing, centre, radius, 1, -1)
            levels[thing > 0] -= 60
        photos.append(_photo(levels, rng, 3))
    return photos


def strips(count: int, seed: int) -> list[Image]:
    """One profile of light, with fine grain and a few dark scratches."""
    rng = np.random.default_rng(seed)
    profile = 90 + 30 * np.sin(np.linspace(0, 3, _SIZE[1]))
    photos = []
    for _ in range(count):
        levels = profile + _texture(rng, 3, 4)
        for _ in range(rng.integers(1, 4)):
            scratch = np.zeros(_SIZE, np.uint8)
            centre = int(rng.integers(0, 320)), int(rng.integers(0, 240))
            axes = int(rng.integers(3, 30)), int(rng.integers(1, 5))
            cv2.ellipse(scratch, centre, axes, rng.uniform(0, 180), 0, 360, 1, -1)
            levels[scratch > 0] -= rng.uniform(10, 40)
        photos.append(_photo(levels, rng, 1))
    return photos


SERIES: dict[str, Callable[[], list[Image]]] = {
    "fixed camera": lambda: fixed_camera(60, 1),
    "fixed camera, daylight": lambda: fixed_camera(60, 2, daylight=0.3),
    "fixed camera, small things": lambda: fixed_camera(200, 3, radius=4),
    "fixed camera, 4 photos": lambda: fixed_camera(4, 4),
    "10 fixed cameras": lambda: [photo for k in range(10) for photo in fixed_camera(10, 10 + k)],
    "30 fixed cameras": lambda: [photo for k in range(30) for photo in fixed_camera(4, 40 + k)],
    "strips": lambda: strips(200, 5),
}


def _found(photos: Sequence[Image]) -> list[list[int]]:
    return look_alikes([ImageHash.of(photo) for photo in photos]).sets()


def _of_folder(folder: Path) -> tuple[int, int, dict[str, tuple[int, int]]]:
    """The number of photos, those in sets of their own, and the copies found and made."""
    files = [photo.path for photo in find_photos([folder])]
    files = files[:: -(-len(files) // _MOST)]
    photos = [read_photo(file).srgb() for file in files]
    chosen = range(0, len(photos), 5)
    figures = {}
    for name, changed in COPIES.items():
        sets = _found([*photos, *(changed(photos[i]) for i in chosen)])
        hits = sum(
            any(i in one and len(photos) + k in one for one in sets) for k, i in enumerate(chosen)
        )
        figures[name] = hits, len(chosen)
    return len(photos), sum(len(one) for one in _found(photos)), figures


def main() -> None:
    """Print the figures as tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path, nargs="*", help="folders of photos")
    folders = [(folder, *_of_folder(folder)) for folder in parser.parse_args().photos]
    if folders:
        rows = [
            [name, f"{sum(f[name][0] for *_, f in folders)} of "
             f"{sum(f[name][1] for *_, f in folders)}"]
            for name in COPIES
        ]  # fmt: skip
        print(markdown_table(["copy", "found"], rows), "\n")
    own = [[str(folder), str(photos), str(alike)] for folder, photos, alike, _ in folders]
    for name, made in SERIES.items():
        photos_made = made()
        alike = sum(len(one) for one in _found(photos_made))
        own.append([name, str(len(photos_made)), str(alike)])
    print(markdown_table(["photos", "number", "in a set of look-alikes"], own))


if __name__ == "__main__":
    main()
