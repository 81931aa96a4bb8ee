"""Find duplicate photos, and groups that are in more than one split."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from maskwright.data.findings import Finding, about
from maskwright.data.groups import said_of
from maskwright.data.image_hash import ImageHash, file_digest
from maskwright.data.look_alikes import look_alikes
from maskwright.data.pairs.pairing import Example
from maskwright.data.survey import Survey
from maskwright.data.threads import in_threads

_HELD_OUT_FIRST = ("test", "val", "train")


@dataclass(frozen=True)
class Fingerprint:
    """What recognises a photo: the hash of its pixels, and the SHA-256 of its file."""

    image: ImageHash
    file: bytes


@dataclass(frozen=True)
class Duplicates:
    """Photos that show the same picture, as names; augmented copies are not among them.

    Attributes:
        same: sets of two or more photos with the same file.
        alike: sets of photos in which each looks like each other one, whatever a person said.
        joined: such sets within one split and without two groups: their photos have one source.
    """

    same: tuple[tuple[str, ...], ...] = ()
    alike: tuple[tuple[str, ...], ...] = ()
    joined: tuple[tuple[str, ...], ...] = ()


def find_duplicates(found: Survey, fingerprints: Mapping[str, Fingerprint]) -> Duplicates:
    """Find photos that are the same, or nearly so.

    Args:
        found: the data folder.
        fingerprints: of each photo that can be read, by name.
    """
    originals = [e for e in found.examples if e.parent is None and e.name in fingerprints]
    by_file: dict[bytes, list[str]] = {}
    for example in originals:
        by_file.setdefault(fingerprints[example.name].file, []).append(example.name)
    looks = look_alikes([fingerprints[example.name].image for example in originals])

    def named(sets: Sequence[Sequence[int]]) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(originals[i].name for i in members) for members in sets)

    return Duplicates(
        same=tuple(tuple(names) for names in by_file.values() if len(names) > 1),
        alike=named(looks.sets()),
        joined=named(looks.sets([said_of(example) for example in originals])),
    )


def about_duplicates(found: Survey, duplicates: Duplicates) -> Iterator[Finding]:
    """Say which duplicates are in two splits or groups, and which are joined."""
    by_name = {example.name: example for example in found.examples}

    def groups(names: Sequence[str]) -> set[str | None]:
        return {said_of(by_name[name]).group for name in names}

    def splits(names: Iterable[str]) -> set[str]:
        return {said_of(by_name[name]).split for name in names}

    def lines(sets: Sequence[Sequence[str]]) -> tuple[str, ...]:
        files = (" = ".join(found.file(by_name[name].image) for name in names) for names in sets)
        return tuple(files)

    torn = [names for names in duplicates.same if len(splits(names)) > 1]
    problem = "identical photos in two splits: scores would be too good"
    cure = "keep each in one split; `maskwright check --fix` removes them from the other"
    yield from about(lines(torn), "error", "same-in-splits", problem, cure)

    known = {name for names in torn for name in names}
    near = [names for names in duplicates.alike if len(splits(set(names) - known)) > 1]
    problem = "near-duplicate photos in two splits: scores may be too good"
    cure = "if they show the same, move them to one split"
    yield from about(lines(near), "warning", "near-in-splits", problem, cure)

    apart = [names for names in duplicates.alike if len(groups(names) - {None}) > 1]
    problem = "near-duplicate photos in different groups: scores may be too good"
    cure = "if they show the same, give them one group"
    yield from about(lines(apart), "warning", "near-in-groups", problem, cure)

    joined = [names for names in duplicates.joined if None in groups(names)]
    problem = "near-duplicate photos: a split never separates them"
    cure = "keep one of each, unless they are intended"
    yield from about(lines(joined), "warning", "near-duplicates", problem, cure)

    differing = [names for names in duplicates.same if _masks_differ(found, names)]
    problem = "the same photo with different masks"
    yield from about(lines(differing), "warning", "two-truths", problem, "keep the better mask")


def kept_elsewhere(examples: Sequence[Example]) -> list[Example]:
    """Examples with the same photo file in a split that is held out more: test, then val.

    Raises:
        DataError: a file cannot be read.
    """
    digests = in_threads(lambda example: file_digest(example.image), examples)
    best: dict[bytes, int] = {}
    ranks = [_HELD_OUT_FIRST.index(said_of(example).split) for example in examples]
    for digest, rank in zip(digests, ranks, strict=True):
        best[digest] = min(rank, best.get(digest, rank))
    together = zip(examples, digests, ranks, strict=True)
    return [example for example, digest, rank in together if rank > best[digest]]


def _masks_differ(found: Survey, names: Sequence[str]) -> bool:
    if found.encoding is None:
        return False
    counts = [found.counts[name] for name in names if name in found.counts]
    tallies = [found.encoding.tally(one)[0] for one in counts]
    return any(not np.array_equal(tallies[0], tally) for tally in tallies[1:])


def torn_groups(found: Survey) -> Iterator[Finding]:
    """Find groups with photos in more than one split."""
    splits: dict[str, set[str]] = {}
    for example in found.examples:
        if example.grouped:
            splits.setdefault(example.group, set()).add(said_of(example).split)
    torn = [group for group, seen in sorted(splits.items()) if len(seen) > 1]
    problem = "groups with photos in more than one split: scores may be too good"
    yield from about(torn, "warning", "torn-groups", problem, "keep each group in one split")
