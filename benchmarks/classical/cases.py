"""Photos with their true masks and the seeds that a method gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from maskwright.classical.seeds.find import find_seeds
from maskwright.classical.seeds.options import SeedOptions
from maskwright.classical.seeds.priors import Box, prior_from_boxes
from maskwright.core import Image, Mask, Probs
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.decoding.decode import DEFAULT_LIMITS
from maskwright.data.folder import DataFolder

MARGIN = 0.05
"""A box is larger than the object by this fraction of its width and height, on each side."""


@dataclass(frozen=True)
class Case:
    """One photo with the seeds of a method, and its true mask."""

    name: str
    image: Image
    truth: Mask
    prior: Probs


def tight_boxes(dataset: Dataset) -> list[Case]:
    """Seeds as in the GrabCut paper: the box of the true object, a little enlarged."""
    cases = []
    for example in dataset.examples:
        pair = dataset.load(example)
        box = box_of(pair.mask)
        assert box is not None
        prior = prior_from_boxes([_enlarged(box, *pair.mask.shape)], *pair.mask.shape)
        cases.append(Case(example.name, pair.image, pair.mask, prior))
    return cases


def seeded(dataset: Dataset, scribbles: Path | None = None) -> list[Case]:
    """Seeds from a folder of strokes, else from the data folder's own boxes.json."""
    options = SeedOptions(scribbles=scribbles)
    seeds = find_seeds(options, data=dataset.root, limits=DEFAULT_LIMITS)
    cases = []
    for example in dataset.examples:
        pair = dataset.load(example)
        prior = seeds.find(example.name, pair.image, *pair.mask.shape)
        cases.append(Case(example.name, pair.image, pair.mask, prior))
    return cases


def grabcut_sets(root: Path) -> dict[str, list[Case]]:
    """The GrabCut photos by kind of seeds; pixels that their annotators left open are void."""
    dataset = open_dataset(DataFolder(root, values="0=background,255=foreground", ignore="128"))
    found = {"boxes": tight_boxes(dataset)}
    for folder in sorted(root.glob("scribbles*")):
        found[folder.name] = seeded(dataset, folder)
    return found


def box_of(truth: Mask) -> Box | None:
    """The tight box around the foreground, ends excluded; None where there is no foreground."""
    rows, columns = np.nonzero(truth == 1)
    if not len(rows):
        return None
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def _enlarged(box: Box, height: int, width: int) -> Box:
    left, top, right, bottom = box
    wider, taller = round(MARGIN * (right - left)), round(MARGIN * (bottom - top))
    return (
        max(0, left - wider),
        max(0, top - taller),
        min(width, right + wider),
        min(height, bottom + taller),
    )


def _noisy(image: Image, sigma: float) -> Image:
    noise = np.random.default_rng(0).normal(0, sigma, image.shape)
    return np.clip(np.rint(image + noise), 0, 255).astype(np.uint8)


def _tinted(image: Image) -> Image:
    return np.rint(image * np.array([1.0, 0.75, 0.45])).astype(np.uint8)


CHANGES: Mapping[str, Callable[[Image], Image]] = {
    "as it is": lambda image: image,
    "noise, sigma 10": lambda image: _noisy(image, 10),
    "noise, sigma 25": lambda image: _noisy(image, 25),
    "noise, sigma 50": lambda image: _noisy(image, 50),
    "dark, a quarter of the light": lambda image: (image // 4).astype(np.uint8),
    "tinted, as by a lamp": _tinted,
}
"""Changes of a photo by light and sensor, by name."""


def changed(cases: Sequence[Case], change: Callable[[Image], Image]) -> list[Case]:
    """The same photos with their pixels changed."""
    return [replace(case, image=change(case.image)) for case in cases]
