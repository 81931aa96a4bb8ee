"""Split a data set by source: no model is scored on a photo if it has seen a near-duplicate."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from maskwright.data.dataset import Dataset
from maskwright.data.doctor.numbers import EACH_ITS_OWN
from maskwright.data.pairs.pairing import Example
from maskwright.errors import DataError, UsageError
from maskwright.files import write_json

FORMAT = 1


@dataclass(frozen=True)
class Split:
    """Names of the pairs to train on and of the pairs held out; sorted."""

    train: tuple[str, ...]
    val: tuple[str, ...]


def holdout(dataset: Dataset, *, fraction: float = 0.2, seed: int = 0) -> Split:
    """Hold out whole sources for validation.

    Where the data name a split "val" (a folder or pairs.csv), it is used. Pairs of the split
    "test" are on neither side; augmented copies follow their source and are never in val.

    Args:
        dataset: what to split.
        fraction: of the photos, in (0, 1); as near to it as whole sources allow.
        seed: which sources are drawn.

    Raises:
        UsageError: the fraction is not between 0 and 1.
        DataError: all photos are of one source or are augmented copies, or the splits that the
            data name leave one side empty.
    """
    if not 0 < fraction < 1:
        raise UsageError(f"the held-out fraction must lie between 0 and 1, not {fraction}")
    usable = _originals_among(dataset, to_train_on(dataset))
    if any(example.split == "val" for example in usable):
        return _given(dataset, usable)
    by_source = _by_source(dataset, usable)
    if len(by_source) < 2:
        raise _too_few(dataset, 2, len(by_source))
    sources = sorted(by_source)
    np.random.default_rng(seed).shuffle(sources)
    sizes = {source: _originals(by_source[source]) for source in sources}
    wanted = max(1, round(fraction * sum(sizes.values())))
    drawn: list[str] = []
    held = 0
    for source in sources:
        if 0 < sizes[source] <= wanted - held and len(drawn) < len(sources) - 1:
            drawn.append(source)
            held += sizes[source]
    if not drawn:  # every source is larger than what is wanted
        drawn = [min((s for s in sources if sizes[s]), key=lambda source: sizes[source])]
    return _split(by_source, drawn)


def folds(dataset: Dataset, k: int, *, seed: int = 0) -> list[Split]:
    """Split into k folds of whole sources, so that each photo is held out once.

    Splits "train" and "val" of the data are pooled, "test" is left out. Folds have about equally
    many photos.

    Raises:
        UsageError: k is less than 2.
        DataError: there are fewer sources than folds, or nothing but augmented copies.
    """
    if k < 2:
        raise UsageError(f"cross-validation needs 2 folds or more, not {k}")
    by_source = _by_source(dataset, _originals_among(dataset, _not_test(dataset)))
    sizes = {source: _originals(members) for source, members in by_source.items()}
    sources = sorted(source for source in by_source if sizes[source])
    if len(sources) < k:
        raise _too_few(dataset, k, len(sources))
    np.random.default_rng(seed).shuffle(sources)
    # The largest first, each into the fold that has least (the sort keeps the drawn order).
    drawn: list[list[str]] = [[] for _ in range(k)]
    held = [0] * k
    for source in sorted(sources, key=lambda source: -sizes[source]):
        fold = held.index(min(held))
        drawn[fold].append(source)
        held[fold] += sizes[source]
    return [_split(by_source, fold) for fold in drawn]


def fewer(dataset: Dataset, split: Split, share: float, *, seed: int = 0) -> Split:
    """Leave out sources from the training side, for a learning curve.

    Of two shares with one seed, the smaller one's photos are among the larger one's.

    Args:
        dataset: that the split is of.
        split: its `val` stays as it is.
        share: of the photos, in (0, 1]; as near above it as whole sources allow.
        seed: which sources stay.
    """
    names = set(split.train)
    by_source = _by_source(dataset, [e for e in dataset.examples if e.name in names])
    sources = sorted(by_source)
    np.random.default_rng(seed).shuffle(sources)
    wanted = share * sum(_originals(members) for members in by_source.values())
    kept: list[Example] = []
    for source in sources:
        if _originals(kept) < wanted:
            kept += by_source[source]
    return Split(_sorted(kept), split.val)


def write_splits(path: Path, dataset: Dataset, splits: Sequence[Split]) -> None:
    """Write splits with the source, parent and hash of each name, as JSON to read and to edit."""
    listed = {name for split in splits for name in (*split.train, *split.val)}
    sources, digests = dataset.sources, dataset.photo_digests()
    names: dict[str, Any] = {
        example.name: {
            "group": sources[example.name],
            "parent": example.parent,
            "sha256": digests[example.name],
        }
        for example in dataset.examples
        if example.name in listed
    }
    parts = [{"train": list(split.train), "val": list(split.val)} for split in splits]
    write_json(path, {"format": FORMAT, "splits": parts, "names": names})


def read_splits(path: Path) -> list[Split]:
    """Read splits that `write_splits` wrote, or a bare list of {"train": [...], "val": [...]}.

    Raises:
        DataError: the file is missing or holds something else, or a name is on both sides.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(stored, dict):
            if stored["format"] != FORMAT:
                raise ValueError(f"unknown format {stored['format']}")
            stored = stored["splits"]
        splits = [Split(_names(part["train"]), _names(part["val"])) for part in stored]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(f"{path}: not a list of splits ({error})") from error
    for split in splits:
        both = set(split.train) & set(split.val)
        if both:
            raise DataError(f"{path}: '{min(both)}' is in train and in val: remove one")
    return splits


def trained_on(path: Path, dataset: Dataset) -> list[str]:
    """Names of the photos that a model was trained on, by the hashes in its splits.json.

    Args:
        path: the model's splits.json.
        dataset: the photos in question, whatever they were called in training.

    Returns:
        None of them where the file is missing or holds no hashes: nothing is known then.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        seen = {name for part in stored["splits"] for name in part["train"]}
        hashes = {stored["names"][name]["sha256"] for name in seen}
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return []
    return [name for name, digest in dataset.photo_digests().items() if digest in hashes]


def _names(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        raise ValueError("names are expected")
    return tuple(given)


def to_train_on(dataset: Dataset) -> list[Example]:
    """The examples that are not of the test part.

    Raises:
        DataError: there are none, or all are of the val part.
    """
    usable = _not_test(dataset)
    if all(example.split == "val" for example in usable):
        parts = "val and test parts"
        raise DataError(f"{dataset.root}: all photos are of the {parts}: add photos to train on")
    return usable


def _not_test(dataset: Dataset) -> list[Example]:
    usable = [example for example in dataset.examples if example.split != "test"]
    if not usable:
        raise DataError(f"{dataset.root}: all photos are of the test part: add photos to train on")
    return usable


def _originals_among(dataset: Dataset, examples: list[Example]) -> list[Example]:
    """These examples, which are not all copies."""
    if all(example.parent is not None for example in examples):
        raise DataError(
            f"{dataset.root}: all photos are augmented copies, which are never used for "
            "validation: add the originals and their masks, or name groups in pairs.csv instead "
            "of parents"
        )
    return examples


def _given(dataset: Dataset, usable: Sequence[Example]) -> Split:
    held = [example for example in usable if example.split == "val" and example.parent is None]
    train = [example for example in usable if example.split != "val"]
    if not held:
        raise DataError(f"{dataset.root}: the split val is empty: put photos into it")
    return Split(_sorted(train), _sorted(held))


def _by_source(dataset: Dataset, examples: Sequence[Example]) -> dict[str, list[Example]]:
    found: dict[str, list[Example]] = {}
    for example in examples:
        found.setdefault(dataset.sources[example.name], []).append(example)
    return found


def _originals(examples: Sequence[Example]) -> int:
    return sum(example.parent is None for example in examples)


def _split(by_source: Mapping[str, Sequence[Example]], drawn: Sequence[str]) -> Split:
    held = [e for source in drawn for e in by_source[source] if e.parent is None]
    train = [e for source in by_source.keys() - set(drawn) for e in by_source[source]]
    return Split(_sorted(train), _sorted(held))


def _sorted(examples: Sequence[Example]) -> tuple[str, ...]:
    return tuple(sorted(example.name for example in examples))


def _too_few(dataset: Dataset, wanted: int, there: int) -> DataError:
    own = f"; {EACH_ITS_OWN}" if there < len(dataset.examples) else ""
    return DataError(
        f"{dataset.root}: {wanted} sources are needed to split by source, and there are {there}: "
        f"add photos of other sources (look-alikes and copies count as one){own}"
    )
