"""Find duplicate photos, and groups that are in more than one split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from maskwright.data.findings import Finding, about
from maskwright.data.groups import connected
from maskwright.data.image_hash import ImageHash, file_digest, near_duplicates
from maskwright.data.pairing import Example
from maskwright.data.survey import Survey
from maskwright.data.threads import in_threads

_HELD_OUT_FIRST = ("test", "val", "train")


@dataclass(frozen=True)
class Fingerprint:
    """What recognises a photo: the hash of its pixels, and the SHA-256 of its file."""

    image: ImageHash
    file: bytes


def duplicates(found: Survey, fingerprints: Mapping[str, Fingerprint]) -> Iterator[Finding]:
    """Find photos that are the same, or nearly so.

    Args:
        found: the data folder.
        fingerprints: of each photo that can be read, by name.
    """
    by_name = {example.name: example for example in found.examples}
    names = [name for name in fingerprints if by_name[name].parent is None]
    same: list[tuple[str, str]] = []
    near: list[tuple[str, str]] = []
    for i, j in near_duplicates([fingerprints[name].image for name in names]):
        pair = (names[i], names[j])
        files = [fingerprints[name].file for name in pair]
        (same if files[0] == files[1] else near).append(pair)

    def crosses(pair: tuple[str, str]) -> bool:
        return _split(by_name[pair[0]]) != _split(by_name[pair[1]])

    photos = _photos(found, [pair for pair in same if crosses(pair)])
    problem = "identical photos in two splits: scores would be too good"
    cure = "keep each in one split; `maskwright check --fix` removes them from the other"
    yield from about(photos, "error", "same-in-splits", problem, cure)

    photos = _photos(found, [pair for pair in near if crosses(pair)])
    problem = "near-duplicate photos in two splits: scores may be too good"
    yield from about(photos, "warning", "near-in-splits", problem, "move them to one split")

    photos = _photos(found, [pair for pair in (*same, *near) if not crosses(pair)])
    problem = "near-duplicate photos: a split never separates them"
    cure = "keep one of each, unless they are intended"
    yield from about(photos, "warning", "near-duplicates", problem, cure)

    photos = _photos(found, [pair for pair in same if _masks_differ(found, pair)])
    problem = "the same photo with different masks"
    yield from about(photos, "warning", "two-truths", problem, "keep the better mask")


def kept_elsewhere(examples: Sequence[Example]) -> list[Example]:
    """Examples with the same photo file in a split that is held out more: test, then val.

    Raises:
        DataError: a file cannot be read.
    """
    digests = in_threads(lambda example: file_digest(example.image), examples)
    best: dict[bytes, int] = {}
    ranks = [_HELD_OUT_FIRST.index(_split(example)) for example in examples]
    for digest, rank in zip(digests, ranks, strict=True):
        best[digest] = min(rank, best.get(digest, rank))
    together = zip(examples, digests, ranks, strict=True)
    return [example for example, digest, rank in together if rank > best[digest]]


def _split(example: Example) -> str:
    return example.split or "train"


def _masks_differ(found: Survey, pair: tuple[str, str]) -> bool:
    one, other = (found.counts.get(name) for name in pair)
    if one is None or other is None or found.encoding is None:
        return False
    return not np.array_equal(found.encoding.tally(one)[0], found.encoding.tally(other)[0])


def _photos(found: Survey, links: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """One line for each set of duplicates."""
    names = {name for link in links for name in link}
    sets: dict[str, list[str]] = {}
    for name, leader in connected(sorted(names), links).items():
        sets.setdefault(leader, []).append(name)
    files = {e.name: found.file(e.image) for e in found.examples}
    return tuple(" = ".join(files[name] for name in members) for members in sets.values())


def torn_groups(found: Survey) -> Iterator[Finding]:
    """Find groups with photos in more than one split."""
    splits: dict[str, set[str]] = {}
    for example in found.examples:
        if example.group != example.name:
            splits.setdefault(example.group, set()).add(_split(example))
    torn = [group for group, seen in sorted(splits.items()) if len(seen) > 1]
    problem = "groups with photos in more than one split: scores may be too good"
    yield from about(torn, "warning", "torn-groups", problem, "keep each group in one split")
