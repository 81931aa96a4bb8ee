"""Where the seeds of each photo of a run come from: boxes, strokes, probabilities, a model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from maskwright.classical.seeds.boxes import (
    WrittenBox,
    box_text,
    boxes_in,
    parse_box,
    read_boxes,
)
from maskwright.classical.seeds.names import SeedNames
from maskwright.classical.seeds.options import PROBABILITIES, SeedOptions
from maskwright.classical.seeds.priors import Box, as_prior, box_prior, centred_box, stroke_prior
from maskwright.classical.seeds.probabilities import read_probabilities
from maskwright.classical.seeds.strokes import read_strokes
from maskwright.core import Image, Probs, Segmenter
from maskwright.data.decode import Limits
from maskwright.data.pairing import subfolders
from maskwright.data.tables import SPLITS
from maskwright.data.walk import image_files
from maskwright.errors import DataError, UsageError

BOXES = "boxes.json"
"""The file in a data folder from which boxes are taken when nothing else is said."""


def nothing_to_check(_name: str, _height: int, _width: int) -> None:
    """The check of seeds that fit every photo."""


@dataclass(frozen=True)
class Seeds:
    """Where the seeds of each photo come from.

    Attributes:
        description: said aloud and kept with results: "boxes of mydata/boxes.json".
        find: (name, working image, height, width) -> prior (h, w, 2) float32 at the size of the
            working image. The name is the photo's relative path without ending, height and width
            are those of the whole upright photo. DataError where the photo has no seeds or wrong
            ones. May be called from several threads.
        fingerprint: name -> of what kind the photo's seeds are and what changes when they do,
            wherever they are kept; None when nothing tells. DataError as `find`.
        check: (name, height, width) of a whole photo -> nothing. DataError as `find` where that
            can be known without reading pictures; cheap enough for all photos before the work.
    """

    description: str
    find: Callable[[str, Image, int, int], Probs]
    fingerprint: Callable[[str], str | None]
    check: Callable[[str, int, int], None] = nothing_to_check


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
        data: a data folder, whose boxes.json is used when none of these is given, or those of its
            train/, val/ and test/. Where there is none, every photo gets a centred box.
        limits: what a file may cost.
        photos: names of all photos of the run, where known: seeds that would fit several of them
            are then refused.

    Raises:
        UsageError: more than one of the four, four numbers that are no box, or a model of more
            than two classes.
        DataError: a file or folder is missing or unreadable.
    """
    SeedOptions(box, scribbles, prior, None if model is None else "model").check()
    if box is not None:
        same = parse_box(box)
        return _same_box(same) if same else _boxes_of(box, read_boxes(Path(box)), photos)
    if scribbles is not None:
        return _strokes_of(scribbles, limits, photos)
    if prior is not None:
        return _probabilities_of(prior, limits, photos)
    if model is not None:
        return _found_by(model)
    return _centred() if data is None else _kept_in(data, photos)


def _kept_in(data: Path, photos: Sequence[str]) -> Seeds:
    if (data / BOXES).is_file():
        return _boxes_of(str(data / BOXES), read_boxes(data / BOXES), photos)
    parts = [part for part in subfolders(data, SPLITS) if (part / BOXES).is_file()]
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
        size = image.shape[0], image.shape[1]
        return box_prior(*size, [centred_box(*size)])

    return Seeds("a centred box", find, lambda _: "a centred box")


def _same_box(box: WrittenBox) -> Seeds:
    description = f"the box {box_text(box)}"
    return _by_boxes(description, "--box", lambda _: (box,), lambda _: description)


def _boxes_of(
    source: str, boxes: Mapping[str, Sequence[WrittenBox]], photos: Sequence[str]
) -> Seeds:
    names = SeedNames(source, boxes, photos)

    def own(name: str) -> Sequence[WrittenBox]:
        return boxes[names.find(name)]

    def fingerprint(name: str) -> str:
        return "boxes " + hashlib.sha256(" ".join(map(box_text, own(name))).encode()).hexdigest()

    return _by_boxes(f"boxes of {source}", source, own, fingerprint)


def _by_boxes(
    description: str,
    source: str,
    own: Callable[[str], Sequence[WrittenBox]],
    fingerprint: Callable[[str], str],
) -> Seeds:
    def find(name: str, image: Image, height: int, width: int) -> Probs:
        boxes = boxes_in(own(name), source, name, height, width)
        return _scaled_box_prior(image, boxes, height, width)

    def check(name: str, height: int, width: int) -> None:
        boxes_in(own(name), source, name, height, width)

    return Seeds(description, find, fingerprint, check)


def _strokes_of(path: Path, limits: Limits, photos: Sequence[str]) -> Seeds:
    files = _Files("strokes", path, photos)

    def find(name: str, image: Image, height: int, width: int) -> Probs:
        return stroke_prior(read_strokes(files.of(name), image, (height, width), limits))

    return Seeds(f"strokes of {path}", find, files.fingerprint, files.check)


def _probabilities_of(folder: Path, limits: Limits, photos: Sequence[str]) -> Seeds:
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder: name one that holds probabilities")
    inside = folder / PROBABILITIES
    files = _Files("probabilities", inside if inside.is_dir() else folder, photos)

    def find(name: str, image: Image, height: int, width: int) -> Probs:
        size = image.shape[0], image.shape[1]
        return as_prior(read_probabilities(files.of(name), size, (height, width), limits))

    return Seeds(f"probabilities of {folder}", find, files.fingerprint, files.check)


def _found_by(model: Segmenter) -> Seeds:
    if len(model.classes) != 2:
        raise UsageError(
            f"the model knows the classes {', '.join(model.classes)}: seeds need one of two "
            "classes, background and foreground"
        )
    description = "the model's probabilities"
    own = getattr(model, "fingerprint", None)  # what `load` makes says it
    known = None if own is None else f"{description} {own}"

    def find(_name: str, image: Image, _height: int, _width: int) -> Probs:
        return model(image)

    return Seeds(description, find, lambda _: known)


class _Files:
    """A picture for each photo: those of a folder by name, or one for a single photo."""

    def __init__(self, kind: str, path: Path, photos: Sequence[str]) -> None:
        if path.is_dir():
            found = list(image_files(path))
            known = [file.relative_to(path).with_suffix("").as_posix() for file in found]
        elif path.is_file():
            found = [path]
            # The only photo of a run need not share its name with its strokes.
            known = [photos[0] if len(photos) == 1 else path.stem]
        else:
            raise DataError(f"{path}: there is no such file or folder")
        self._kind = kind
        self._names = SeedNames(str(path), known, photos)
        self._files = dict(zip(known, found, strict=True))

    def of(self, photo: str) -> Path:
        return self._files[self._names.find(photo)]

    def check(self, photo: str, _height: int, _width: int) -> None:
        self.of(photo)

    def fingerprint(self, photo: str) -> str:
        path = self.of(photo)
        try:
            with path.open("rb") as file:
                return f"{self._kind} {hashlib.file_digest(file, 'sha256').hexdigest()}"
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
