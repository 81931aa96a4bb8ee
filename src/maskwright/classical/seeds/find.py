"""Finds the seeds of each photo of a run: boxes, strokes, probabilities, or a model's output."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from maskwright.classical.seeds.boxes import box_text, boxes_in, parse_box, read_boxes
from maskwright.classical.seeds.names import SeedNames
from maskwright.classical.seeds.options import PROBABILITIES, SeedOptions
from maskwright.classical.seeds.priors import (
    Box,
    centred_box,
    prior_from_boxes,
    prior_from_probabilities,
    prior_from_strokes,
    unchecked_prior,
)
from maskwright.classical.seeds.probabilities import read_probabilities
from maskwright.classical.seeds.strokes import read_strokes
from maskwright.core import Image, Probs, Segmenter
from maskwright.data.decoding.decode import Limits
from maskwright.data.pairs.layout import split_folders
from maskwright.data.walk import image_files
from maskwright.errors import DataError, UsageError
from maskwright.files import sha256_of

BOXES = "boxes.json"
"""The default file of boxes in a data folder."""


def nothing_to_check(_name: str, _height: int, _width: int) -> None:
    """The check of seeds that fit every photo."""


@dataclass(frozen=True)
class Seeds:
    """The seeds of all photos of a run.

    Attributes:
        description: for logs and reports, such as "boxes of mydata/boxes.json".
        find: (name, working image, height, width) -> prior (h, w, 2) float32 at the size of the
            working image. The name is the photo's relative path without ending; height and width
            are the full upright photo's. Raises DataError if the photo has no seeds or wrong ones.
            May be called from several threads.
        fingerprint: name -> text that changes with the kind or the content of the photo's seeds,
            but not with their place; None if it is unknown. Raises DataError as `find` does.
        check: (name, height, width) of a full photo -> nothing. Raises DataError as `find` does,
            as far as it can tell without reading pictures; cheap enough for all photos of a run.
    """

    description: str
    find: Callable[[str, Image, int, int], Probs]
    fingerprint: Callable[[str], str | None]
    check: Callable[[str, int, int], None] = nothing_to_check


def find_seeds(
    options: SeedOptions,
    *,
    limits: Limits,
    data: Path | None = None,
    photos: Sequence[str] = (),
) -> Seeds:
    """Find the seeds that the options name; those of a model come from `seeds_of_model`.

    Args:
        options: where seeds come from. If they name nothing, seeds are the boxes of boxes.json in
            `data`, or in its train/, val/ and test/, else a centred box for every photo.
        limits: what a file may cost.
        data: the data folder of the photos.
        photos: names of all photos of the run, if known: seeds that would fit several of them are
            then refused.

    Raises:
        UsageError: contradictory options, or four numbers that are no box.
        DataError: a file or folder is missing or unreadable.
        ValueError: the options ask for seeds of a model.
    """
    options.check()
    if options.box is not None:
        box = parse_box(str(options.box))
        if box is not None:
            return _same_box(box)
        return _boxes_of(str(options.box), read_boxes(Path(options.box)), photos)
    if options.scribbles is not None:
        return _strokes_of(Path(options.scribbles), limits, photos)
    if options.prior is not None:
        return _probabilities_of(Path(options.prior), limits, photos)
    if options.source is not None:
        raise ValueError("seeds of a model need the model")
    return _centred() if data is None else _of_data_folder(data, photos)


def _of_data_folder(data: Path, photos: Sequence[str]) -> Seeds:
    if os.path.lexists(data / BOXES):
        return _boxes_of(str(data / BOXES), read_boxes(data / BOXES), photos)
    parts = [part for part, _ in split_folders(data) if (part / BOXES).is_file()]
    if not parts:
        return _centred()
    boxes = {
        f"{part.name.lower()}/{name}": own
        for part in parts
        for name, own in read_boxes(part / BOXES).items()
    }
    return _boxes_of(" and ".join(str(part / BOXES) for part in parts), boxes, photos)


def _centred() -> Seeds:
    def find(_name: str, image: Image, _height: int, _width: int) -> Probs:
        height, width = image.shape[:2]
        return prior_from_boxes([centred_box(height, width)], height, width)

    return Seeds("a centred box", find, lambda _: "a centred box")


def _same_box(box: Box) -> Seeds:
    description = f"the box {box_text(box)}"
    return _by_boxes(description, "--box", lambda _: (box,), lambda _: description)


def _boxes_of(source: str, boxes: Mapping[str, Sequence[Box]], photos: Sequence[str]) -> Seeds:
    own = SeedNames(source, boxes.items(), photos).find

    def fingerprint(name: str) -> str:
        return "boxes " + hashlib.sha256(" ".join(map(box_text, own(name))).encode()).hexdigest()

    return _by_boxes(f"boxes of {source}", source, own, fingerprint)


def _by_boxes(
    description: str,
    source: str,
    own: Callable[[str], Sequence[Box]],
    fingerprint: Callable[[str], str],
) -> Seeds:
    def find(name: str, image: Image, height: int, width: int) -> Probs:
        h, w = image.shape[:2]
        boxes = boxes_in(own(name), source, name, height, width)
        scaled = [
            (x0 * w / width, y0 * h / height, x1 * w / width, y1 * h / height)
            for x0, y0, x1, y1 in boxes
        ]
        return unchecked_prior(scaled, h, w)

    def check(name: str, height: int, width: int) -> None:
        boxes_in(own(name), source, name, height, width)

    return Seeds(description, find, fingerprint, check)


def _strokes_of(path: Path, limits: Limits, photos: Sequence[str]) -> Seeds:
    def read(file: Path, image: Image, size: tuple[int, int]) -> Probs:
        return prior_from_strokes(read_strokes(file, image, size, limits))

    return _by_files("strokes", path, path, photos, read)


def _probabilities_of(folder: Path, limits: Limits, photos: Sequence[str]) -> Seeds:
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder: name a folder of probabilities")
    inside = folder / PROBABILITIES

    def read(file: Path, image: Image, size: tuple[int, int]) -> Probs:
        height, width = image.shape[:2]
        return prior_from_probabilities(read_probabilities(file, (height, width), size, limits))

    return _by_files("probabilities", folder, inside if inside.is_dir() else folder, photos, read)


def _by_files(
    kind: str,
    named: Path,
    path: Path,
    photos: Sequence[str],
    read: Callable[[Path, Image, tuple[int, int]], Probs],
) -> Seeds:
    """Seeds in pictures: the files of a folder by name, or one file for a single photo."""
    if path.is_dir():
        files = [
            (file.relative_to(path).with_suffix("").as_posix(), file) for file in image_files(path)
        ]
    elif path.is_file():
        # The only photo of a run may have another name than its strokes.
        files = [(photos[0] if len(photos) == 1 else path.stem, path)]
    else:
        raise DataError(f"{path}: no such file or folder")
    own = SeedNames(str(path), files, photos).find

    def find(name: str, image: Image, height: int, width: int) -> Probs:
        return read(own(name), image, (height, width))

    def fingerprint(name: str) -> str:
        file = own(name)
        try:
            return f"{kind} {sha256_of(file)}"
        except OSError as error:
            raise DataError(f"{file}: cannot be opened: {error.strerror or error}") from error

    def check(name: str, _height: int, _width: int) -> None:
        own(name)

    return Seeds(f"{kind} of {named}", find, fingerprint, check)


def seeds_of_model(model: Segmenter, fingerprint: str) -> Seeds:
    """Let a model give the seeds.

    Args:
        model: has two classes.
        fingerprint: identifies the model, such as the sha256 of its file.

    Raises:
        UsageError: more than two classes.
    """
    if len(model.classes) != 2:
        raise UsageError(
            f"the model has the classes {', '.join(model.classes)}: seeds need a model of two "
            "classes, background and foreground"
        )
    description = "the model's probabilities"

    def find(_name: str, image: Image, _height: int, _width: int) -> Probs:
        return model(image)

    return Seeds(description, find, lambda _: f"{description} {fingerprint}")
