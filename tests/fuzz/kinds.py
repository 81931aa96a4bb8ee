"""The kinds of input: how a hostile one is made, and what the program is to do with it.

An attempt returns in peace or raises an error of `maskwright.errors`. Whatever else happens is a
failure. `Wrong` says that it returned something that no caller can use.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from maskwright.classical.seeds.find import find_seeds
from maskwright.classical.seeds.options import SeedOptions
from maskwright.core import Image, Probs, from_function
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.decoding.decode import DEFAULT_LIMITS, read_header
from maskwright.data.doctor.check import check
from maskwright.data.masks.count import count
from maskwright.data.masks.read import read_mask
from maskwright.data.photo import read_photo
from maskwright.data.split import read_splits, trained_on
from maskwright.outputs.batch import predict
from maskwright.outputs.manifest import read_results
from maskwright.runtime.describe import as_lines, describe
from maskwright.runtime.segmenter import load
from tests.fuzz.chance import Rng, one_of
from tests.fuzz.model_folders import write_hostile_model
from tests.fuzz.picture_mutants import mutated
from tests.fuzz.pictures import HEIGHT, WIDTH, masks, photos
from tests.fuzz.text_mutants import (
    box_text,
    csv_mutant,
    json_mutant,
    jsonl_mutant,
    yaml_mutant,
)
from tests.support.data_folders import blob, data_folder
from tests.support.photos import red_disc, write_photos


class Wrong(Exception):
    """The program gave a result that is none, and no error."""


@dataclass(frozen=True)
class Kind:
    """A kind of input.

    Attributes:
        share: how often it is drawn, beside the others.
        make: writes an input into an empty folder; returns names of which a refusal has to give
            one, empty where there is no file.
        attempt: what the program does with that folder.
    """

    share: float
    make: Callable[[Path, Rng], tuple[str, ...]]
    attempt: Callable[[Path], None]


def _picture(seeds: Callable[[], dict[str, bytes]], name: str) -> Callable[[Path, Rng], tuple[str]]:
    def make(folder: Path, rng: Rng) -> tuple[str]:
        known = list(seeds().values())
        data = one_of(rng, known)
        for _ in range(int(rng.integers(1, 4))):
            data = mutated(data, known, rng)
        (folder / name).write_bytes(data)
        return (name,)

    return make


def _read_photo(folder: Path) -> None:
    path = folder / "photo.png"
    header = read_header(path, DEFAULT_LIMITS)
    side = (None, 16)[path.stat().st_size % 2]  # one of the two ways, for the file's time is short
    photo = read_photo(path, shrink_to=side)
    pixels = photo.srgb()
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise Wrong(f"pixels of {pixels.dtype} {pixels.shape}")
    if photo.size != (header.height, header.width):
        raise Wrong(f"a photo of {photo.size}, whose header says {header}")


def _read_mask(folder: Path) -> None:
    raw = read_mask(folder / "mask.png", DEFAULT_LIMITS)
    if raw.pixels.dtype != np.uint8 or count(raw).size != raw.size:
        raise Wrong("counts of another size than the mask")


def _read_strokes(folder: Path) -> None:
    _prior(SeedOptions(scribbles=folder / "mask.png"))


def _read_probabilities(folder: Path) -> None:
    _prior(SeedOptions(prior=folder))


def _read_boxes(folder: Path) -> None:
    _prior(SeedOptions(box=folder / "boxes.json"))


def _read_box(folder: Path) -> None:
    _prior(SeedOptions(box=(folder / "box").read_text("utf-8", "surrogatepass")))


def _prior(options: SeedOptions) -> None:
    seeds = find_seeds(options, limits=DEFAULT_LIMITS, photos=["mask"])
    seeds.check("mask", HEIGHT, WIDTH)
    seeds.fingerprint("mask")
    prior = seeds.find("mask", red_disc(HEIGHT, WIDTH), HEIGHT, WIDTH)
    if prior.shape != (HEIGHT, WIDTH, 2) or not ((prior >= 0) & (prior <= 1)).all():
        raise Wrong(f"a prior of shape {prior.shape} from {prior.min()} to {prior.max()}")


def _text(
    name: str, seed: bytes, mutant: Callable[[bytes, Rng], bytes], *others: str
) -> Callable[[Path, Rng], tuple[str, ...]]:
    def make(folder: Path, rng: Rng) -> tuple[str, ...]:
        data = seed
        for _ in range(int(rng.integers(1, 3))):
            data = mutant(data, rng)
        (folder / name).write_bytes(data)
        return (name, *others)

    return make


def _make_box(folder: Path, rng: Rng) -> tuple[str, ...]:
    (folder / "box").write_text(box_text(rng), "utf-8", "surrogatepass")
    return ()


def _write_data(folder: Path) -> Path:
    return data_folder(folder, {"photo00": blob(24, 32), "photo01": blob(24, 32)})


def _open_data(folder: Path) -> None:
    _write_data(folder)
    check(folder).text()
    open_dataset(folder)


def _go_on(folder: Path) -> None:
    read_results(folder / "predict.jsonl")
    write_photos(folder / "photos", 1, height=24, width=32)
    done = predict(folder / "photos", folder, segmenter=_NOTHING, threads=1)
    if len(done.photos) != 1:
        raise Wrong(f"{len(done.photos)} results of one photo")


def _nothing(image: Image) -> Probs:
    return np.full((*image.shape[:2], 2), 0.5, np.float32)


_NOTHING = from_function(("background", "foreground"), lambda image, _prior: _nothing(image))


@cache
def _dataset() -> Dataset:
    folder = TemporaryDirectory()
    dataset = open_dataset(_write_data(Path(folder.name)))
    dataset.__dict__["folder"] = folder  # which is removed with the data set
    return dataset


def _read_splits(folder: Path) -> None:
    trained_on(folder / "splits.json", _dataset())
    read_splits(folder / "splits.json")


def _use_model(folder: Path) -> None:
    as_lines(describe(folder))
    probs = load(folder, threads=1)(red_disc(HEIGHT, WIDTH))
    if not (np.isfinite(probs).all() and probs.min() >= 0 and probs.max() <= 1 + 1e-5):
        raise Wrong(f"probabilities from {probs.min()} to {probs.max()}")
    if not np.allclose(probs.sum(axis=2), 1, atol=1e-3):
        raise Wrong(f"probabilities that sum to {probs.sum(axis=2).max()}")


_DATA = ("masks", "photo0")  # what a table says may be wrong for these
_YAML = b"classes: [background, leaf]\nvalues: {0: background, 255: leaf}\nignore: 128\n"
_CSV = (
    b"name,group,parent,technique,split,weight\n"
    b"photo00,a,,,train,1.5\nphoto01,b,photo00,rotation,val,\n"
)
_BOXES = b'{"mask": [[1, 2, 20, 30], [5.5, 6, 30, 39]], "other/photo": [[0, 0, 1, 1]]}'
_SPLITS = (
    b'{"format": 1, "splits": [{"train": ["photo00"], "val": ["photo01"]}], "names": {"photo00": '
    b'{"sha256": "00"}, "photo01": {"sha256": "11"}}}'
)
_LINE = (
    b'{"name": "000", "input": "photos/000.jpg", "sha256": "00", "model": "m", "options": {"save": '
    b'["mask"], "threshold": null}, "outputs": {"masks/000.png": "00"}, "kept": ["cutouts/000.png"]'
    b', "width": 32, "height": 24, "seconds": 0.1, "foreground": 0.5, "confidence": 0.9, '
    b'"error": null}\n'
)

KINDS: dict[str, Kind] = {
    "photo": Kind(40, _picture(photos, "photo.png"), _read_photo),
    "mask": Kind(12, _picture(lambda: photos() | masks(), "mask.png"), _read_mask),
    "strokes": Kind(4, _picture(masks, "mask.png"), _read_strokes),
    "probabilities": Kind(2, _picture(masks, "mask.png"), _read_probabilities),
    "model": Kind(20, write_hostile_model, _use_model),
    "dataset.yaml": Kind(6, _text("dataset.yaml", _YAML, yaml_mutant, *_DATA), _open_data),
    "pairs.csv": Kind(5, _text("pairs.csv", _CSV, csv_mutant, *_DATA), _open_data),
    "boxes.json": Kind(4, _text("boxes.json", _BOXES, json_mutant), _read_boxes),
    "--box": Kind(2, _make_box, _read_box),
    "predict.jsonl": Kind(4, _text("predict.jsonl", _LINE * 2, jsonl_mutant), _go_on),
    "splits.json": Kind(2, _text("splits.json", _SPLITS, json_mutant), _read_splits),
}
"""All kinds by name."""
