"""Where the seeds of each photo of a run come from: boxes, strokes, probabilities, a model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from maskwright.classical.boxes import check_boxes, parse_box, read_boxes
from maskwright.classical.priors import Box, as_prior, box_prior, centred_box, stroke_prior
from maskwright.classical.seed_names import SeedNames
from maskwright.classical.strokes import read_strokes
from maskwright.core import Image, Probs, Segmenter, resized
from maskwright.data.decode import Limits, opened
from maskwright.data.walk import image_files
from maskwright.errors import DataError, UsageError
from maskwright.runtime.segmenter import OnnxSegmenter

BOXES = "boxes.json"
"""The file in a data folder from which boxes are taken when nothing else is said."""

Plane: TypeAlias = NDArray[np.float32]

_PROBS = "probs"  # the folder of probabilities among what `maskwright predict` writes


@dataclass(frozen=True)
class Seeds:
    """Where the seeds of each photo come from.

    Attributes:
        description: said aloud and kept with results: "boxes of mydata/boxes.json".
        find: (name, working image, height, width) -> prior (h, w, 2) float32 at the size of the
            working image. The name is the photo's relative path without ending, height and width
            are those of the whole upright photo. DataError where the photo has no seeds or wrong
            ones. May be called from several threads.
        fingerprint: name -> what changes when the photo's seeds change; None when nothing tells.
            DataError as `find`.
    """

    description: str
    find: Callable[[str, Image, int, int], Probs]
    fingerprint: Callable[[str], str | None]


def find_seeds(
    *,
    box: str | None = None,
    scribbles: Path | None = None,
    prior: Path | None = None,
    model: Segmenter | None = None,
    data: Path | None = None,
    limits: Limits,
    photos: Sequence[str] = (),
) -> Seeds:
    """Say where seeds come from.

    Args:
        box: "x0,y0,x1,y1" for every photo, or a JSON file `{"photo": [[x0, y0, x1, y1], ...]}`;
            from 0, x1 and y1 just outside, in pixels of the full upright photo.
        scribbles: a picture of strokes, or a folder of them named as the photos are.
        prior: a folder of probabilities of foreground, as `maskwright predict --save prob` writes.
        model: takes the seeds from its own probabilities.
        data: a data folder, whose boxes.json is used when none of these is given. Where there is
            no such file, every photo gets a centred box.
        limits: what a file may cost.
        photos: names of all photos of the run, where known: seeds that would fit several of them
            are then refused.

    Raises:
        UsageError: more than one of the four, four numbers that are no box, or a model of more
            than two classes.
        DataError: a file or folder is missing or unreadable.
    """
    given = {"--box": box, "--scribbles": scribbles, "--prior": prior, "--seeds model": model}
    named = [option for option, value in given.items() if value is not None]
    if len(named) > 1:
        raise UsageError(f"{' and '.join(named)}: seeds come from one place, so leave one out")
    if box is not None:
        same = parse_box(box)
        return _same_box(same) if same else _boxes_of(Path(box), photos)
    if scribbles is not None:
        return _strokes_of(scribbles, limits, photos)
    if prior is not None:
        return _probabilities_of(prior, limits, photos)
    if model is not None:
        return _found_by(model)
    if data is not None and (data / BOXES).is_file():
        return _boxes_of(data / BOXES, photos)
    return _centred()


def _centred() -> Seeds:
    def find(_name: str, image: Image, _height: int, _width: int) -> Probs:
        size = image.shape[0], image.shape[1]
        return box_prior(*size, [centred_box(*size)])

    return Seeds("a centred box", find, lambda _: "centred")


def _same_box(box: Box) -> Seeds:
    text = ",".join(map(str, box))

    def find(name: str, image: Image, height: int, width: int) -> Probs:
        check_boxes([box], "--box", name, height, width)
        return _scaled_box_prior(image, [box], height, width)

    return Seeds(f"the box {text}", find, lambda _: text)


def _boxes_of(path: Path, photos: Sequence[str]) -> Seeds:
    boxes = read_boxes(path)
    names = SeedNames(str(path), boxes, photos)

    def find(name: str, image: Image, height: int, width: int) -> Probs:
        own = boxes[names.find(name)]
        check_boxes(own, str(path), name, height, width)
        return _scaled_box_prior(image, own, height, width)

    def fingerprint(name: str) -> str:
        return _sha256(repr(boxes[names.find(name)]).encode())

    return Seeds(f"boxes of {path}", find, fingerprint)


def _strokes_of(path: Path, limits: Limits, photos: Sequence[str]) -> Seeds:
    files = _Files(path, photos)

    def find(name: str, image: Image, height: int, width: int) -> Probs:
        return stroke_prior(read_strokes(files.of(name), image, (height, width), limits))

    return Seeds(f"strokes of {path}", find, files.fingerprint)


def _probabilities_of(folder: Path, limits: Limits, photos: Sequence[str]) -> Seeds:
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder: name one that holds probabilities")
    inside = folder / _PROBS
    files = _Files(inside if inside.is_dir() else folder, photos)

    def find(name: str, image: Image, height: int, width: int) -> Probs:
        foreground = _read_probabilities(files.of(name), height, width, limits)
        return as_prior(_resized(foreground, *image.shape[:2]))

    return Seeds(f"probabilities of {folder}", find, files.fingerprint)


def _found_by(model: Segmenter) -> Seeds:
    if len(model.classes) != 2:
        raise UsageError(
            f"the model knows the classes {', '.join(model.classes)}: seeds need one of two "
            "classes, background and foreground"
        )
    sha256 = model.fingerprint if isinstance(model, OnnxSegmenter) else None

    def find(_name: str, image: Image, _height: int, _width: int) -> Probs:
        return model(image)

    return Seeds("the model's probabilities", find, lambda _: sha256)


class _Files:
    """A picture for each photo: those of a folder by name, or one for a single photo."""

    def __init__(self, path: Path, photos: Sequence[str]) -> None:
        if path.is_dir():
            found = list(image_files(path))
            known = [file.relative_to(path).with_suffix("").as_posix() for file in found]
        elif path.is_file():
            found = [path]
            # The only photo of a run need not share its name with its strokes.
            known = [photos[0] if len(photos) == 1 else path.stem]
        else:
            raise DataError(f"{path}: there is no such file or folder")
        self._files = dict(zip(known, found, strict=True))
        twice = [file for name, file in zip(known, found, strict=True) if self._files[name] != file]
        if twice:
            raise DataError(
                f"{twice[0]}: another file there has this name too: keep one of the two"
            )
        self._names = SeedNames(str(path), known, photos)

    def of(self, photo: str) -> Path:
        return self._files[self._names.find(photo)]

    def fingerprint(self, photo: str) -> str:
        path = self.of(photo)
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise DataError(f"{path}: cannot be opened: {error.strerror or error}") from error


def _scaled_box_prior(image: Image, boxes: Sequence[Box], height: int, width: int) -> Probs:
    """Boxes of the full photo on its working copy, rounded outwards: outside is certain."""
    h, w = image.shape[:2]
    scaled = [
        (x0 * w // width, y0 * h // height, -(-x1 * w // width), -(-y1 * h // height))
        for x0, y0, x1, y1 in boxes
    ]
    return box_prior(h, w, scaled)


def _read_probabilities(path: Path, height: int, width: int, limits: Limits) -> Plane:
    with opened(path, limits) as (image, _):
        plane = np.asarray(image)
    top = 255 if plane.dtype == np.uint8 else 65535
    if plane.ndim != 2 or plane.dtype.kind not in "ui" or plane.min() < 0 or plane.max() > top:
        raise DataError(f"{path}: not a grey picture of 8 or 16 bits: write it with --save prob")
    rows, columns = plane.shape
    if abs(rows * width - columns * height) > max(rows, columns, width, height):
        raise DataError(
            f"{path}: {columns} x {rows} pixels are no copy of a photo of {width} x {height}: "
            "predict the photo again with --save prob"
        )
    foreground = plane.astype(np.float32) / np.float32(top)
    # One half, which says that nothing is known, has no whole number of its own.
    foreground[np.abs(foreground - 0.5) * top < 0.75] = 0.5
    return foreground


def _resized(foreground: Plane, height: int, width: int) -> Plane:
    small = resized(foreground[..., None], height, width)[..., 0]
    for certain in (0, 0.5, 1):  # what the weights of a resize leave just short of it
        small[np.abs(small - certain) < 1e-5] = certain
    return small


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
