"""The rows of the experiment: their training photos, validation photos and lengths.

Numbers of photos and steps follow from the size of the data in the paper's proportions: of its 74
photos 65 were trained on; of its 518 augmented ones 52 batches of 8, which is 80 per cent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from maskwright.data.dataset import Dataset
from maskwright.data.split import Split, holdout
from maskwright.training.recipes import FAST, PAPER, Recipe
from maskwright.training.start.weights import with_start

_FIRST_RUN_HELD_OUT = 9 / 74
_TRAINED_SHARE = 0.8
_FIRST_EPOCHS, _SECOND_EPOCHS = 20, 40
_FAST_STEPS, _FAST_EVERY = 600, 25
_TRIAL_STEPS, _TRIAL_SIZE = 4, 64


@dataclass(frozen=True)
class Row:
    """One way to train.

    Attributes:
        title: what it is, in a few words.
        recipe: how it trains.
        start: "imagenet" or "scratch".
    """

    title: str
    recipe: Recipe
    start: str = "imagenet"


ROWS = {
    "a": Row("the paper's first run: no augmentation", PAPER),
    "b": Row("its second run as it very likely was: augmented, then split", PAPER),
    "c": Row("the same, split by source, then augmented", PAPER),
    "d": Row("`fast`, from ImageNet", FAST),
    "e": Row("`fast`, from scratch", with_start(FAST, "scratch", classes=2), "scratch"),
}


@dataclass(frozen=True)
class Plan:
    """All that a training of a row needs to know.

    Attributes:
        recipe: how.
        start: "imagenet" or "scratch".
        split: photos to train on, and photos held out.
        steps: how many.
        every: steps between two points of the curve.
    """

    recipe: Recipe
    start: str
    split: Split
    steps: int
    every: int


def recipe_of(row: str, *, trial: bool = False) -> Recipe:
    """How a row trains; in a trial on small photos."""
    recipe = ROWS[row].recipe
    return replace(recipe, size=_TRIAL_SIZE) if trial else recipe


def plan(row: str, dataset: Dataset, seed: int, *, trial: bool = False) -> Plan:
    """Plan one training.

    Args:
        row: a name in `ROWS`.
        dataset: the augmented folder: originals and copies.
        seed: of the split.
        trial: a few steps on small photos, to see that all works.
    """
    split = _split(row, dataset, seed)
    if ROWS[row].recipe is PAPER:
        photos = len(split.train) if row == "a" else len(_usable(dataset))
        every = _batches(photos if row == "a" else _TRAINED_SHARE * photos)
        steps = every * (_FIRST_EPOCHS if row == "a" else _SECOND_EPOCHS)
    else:
        steps, every = _FAST_STEPS, _FAST_EVERY
    if trial:
        steps, every = _TRIAL_STEPS, _TRIAL_STEPS // 2
    return Plan(recipe_of(row, trial=trial), ROWS[row].start, split, steps, every)


def twins(dataset: Dataset, split: Split) -> int:
    """How many photos held out have their source, or another copy of it, among the trained."""
    seen = {dataset.sources[name] for name in split.train}
    return sum(dataset.sources[name] in seen for name in split.val)


def with_copies(dataset: Dataset, names: tuple[str, ...]) -> tuple[str, ...]:
    """The photos named, and all others of their sources."""
    sources = {dataset.sources[name] for name in names}
    return tuple(name for name in _usable(dataset) if dataset.sources[name] in sources)


def _split(row: str, dataset: Dataset, seed: int) -> Split:
    if row == "a":
        originals = tuple(one for one in dataset.examples if one.parent is None)
        alone = replace(dataset, examples=originals)
        return holdout(alone, fraction=_FIRST_RUN_HELD_OUT, seed=seed)
    if row == "b":
        return _at_random(_usable(dataset), seed)
    by_source = holdout(dataset, fraction=1 - _TRAINED_SHARE, seed=seed)
    if row == "c":
        return by_source
    copies = {one.name for one in dataset.examples if one.parent is not None}
    return Split(tuple(name for name in by_source.train if name not in copies), by_source.val)


def _at_random(names: tuple[str, ...], seed: int) -> Split:
    """Split copies as if they were photos: this is the leak, made on purpose."""
    trained = min(PAPER.batch * _batches(_TRAINED_SHARE * len(names)), len(names) - 1)
    drawn = np.random.default_rng(seed).permutation(names).tolist()
    return Split(tuple(sorted(drawn[:trained])), tuple(sorted(drawn[trained:])))


def _usable(dataset: Dataset) -> tuple[str, ...]:
    return tuple(one.name for one in dataset.examples if one.split != "test")


def _batches(photos: float) -> int:
    """Whole batches nearest to a number of photos: the steps of an epoch."""
    return max(1, round(photos / PAPER.batch))
