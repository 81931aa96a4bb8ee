"""Photos that are there twice, and groups that a split has torn."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from maskwright.data.findings import Finding
from maskwright.data.groups import Look, joined, near_duplicates
from maskwright.data.pairing import Example
from maskwright.data.survey import Survey
from maskwright.data.threads import in_threads
from maskwright.errors import DataError

_GUARDED = ("test", "val", "train")


@dataclass(frozen=True)
class Glance:
    """What one decoded photo told: its look, the SHA-256 of its file, and notes on reading it."""

    look: Look
    digest: bytes
    notes: tuple[str, ...]


def alike(found: Survey, glances: Mapping[str, Glance]) -> Iterator[Finding]:
    """Photos that are there twice, and what follows from it."""
    by_name = {example.name: example for example in found.examples}
    names = [name for name in glances if by_name[name].parent is None]
    looks = [glances[name].look for name in names]
    same: list[tuple[str, str]] = []
    near: list[tuple[str, str]] = []
    for i, j in near_duplicates(looks):
        pair = (names[i], names[j])
        (same if glances[pair[0]].digest == glances[pair[1]].digest else near).append(pair)

    def crosses(pair: tuple[str, str]) -> bool:
        return _part(by_name[pair[0]]) != _part(by_name[pair[1]])

    torn = [pair for pair in same if crosses(pair)]
    if torn:
        problem = "the very same photos in two parts: figures would be too good to be true"
        cure = "keep each in one part; `maskwright check --fix` takes the copies out of train"
        yield Finding("error", "same-in-parts", problem, cure, _photos(found, torn))
    torn = [pair for pair in near if crosses(pair)]
    if torn:
        problem = "near-duplicate photos in two parts: figures may be too good to be true"
        yield Finding(
            "warning", "near-in-parts", problem, "move them to one part", _photos(found, torn)
        )
    within = [pair for pair in (*same, *near) if not crosses(pair)]
    if within:
        problem = "near-duplicate photos: they always stay on one side of a split"
        cure = "take one of each out, unless they are meant"
        yield Finding("warning", "near-duplicates", problem, cure, _photos(found, within))
    other = [pair for pair in same if _masks_differ(found, pair)]
    if other:
        problem = "the same photo with different masks"
        yield Finding(
            "warning", "two-truths", problem, "keep the better mask", _photos(found, other)
        )


def kept_elsewhere(examples: Sequence[Example]) -> list[Example]:
    """Examples whose very photo file is also in a part that a split guards more: test, then val.

    Raises:
        DataError: a file cannot be read.
    """
    digests = in_threads(lambda example: file_digest(example.image), examples)
    best: dict[bytes, int] = {}
    ranks = [_GUARDED.index(_part(example)) for example in examples]
    for digest, rank in zip(digests, ranks, strict=True):
        best[digest] = min(rank, best.get(digest, rank))
    together = zip(examples, digests, ranks, strict=True)
    return [example for example, digest, rank in together if rank > best[digest]]


def file_digest(path: Path) -> bytes:
    """SHA-256 of a file.

    Raises:
        DataError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise DataError(f"{path}: cannot be opened: {error.strerror or error}") from error


def _part(example: Example) -> str:
    return example.part or "train"


def _masks_differ(found: Survey, pair: tuple[str, str]) -> bool:
    one, other = (found.counts.get(name) for name in pair)
    if one is None or other is None or found.encoding is None:
        return False
    return not np.array_equal(found.encoding.tally(one)[0], found.encoding.tally(other)[0])


def _photos(found: Survey, links: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """One line for each set of photos that belong together."""
    names = {name for link in links for name in link}
    sets: dict[str, list[str]] = {}
    for name, leader in joined(sorted(names), links).items():
        sets.setdefault(leader, []).append(name)
    files = {e.name: found.file(e.image) for e in found.examples}
    return tuple(" = ".join(files[name] for name in members) for members in sets.values())


def torn_groups(found: Survey) -> Iterator[Finding]:
    """Groups whose photos lie in more than one part."""
    parts: dict[str, set[str]] = {}
    for example in found.examples:
        if example.group != example.name:
            parts.setdefault(example.group, set()).add(_part(example))
    torn = tuple(group for group, seen in sorted(parts.items()) if len(seen) > 1)
    if torn:
        problem = "groups with photos in more than one part: figures may be too good to be true"
        yield Finding("warning", "torn-groups", problem, "keep each group in one part", torn)
