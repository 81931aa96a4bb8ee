"""Names of augmented copies, and what they tell of data without a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

PREFIXES = {
    "rt": "rotation",
    "ws": "width-shift",
    "hs": "height-shift",
    "zr": "zoom",
    "vf": "vertical-flip",
    "hf": "horizontal-flip",
}
"""Prefix of a copy's name -> the technique that made it; both are the paper's."""

_COPY = re.compile(rf"(?:{'|'.join(PREFIXES)})\d*_(.+)", re.IGNORECASE)
_KERAS = re.compile(r"\d+_\d+")  # the photo's place in a batch, and a random number
# Roboflow: rose_jpg.rf.HASH, and each augmented version of the photo has another hash.
_EXPORTED = re.compile(r"(.+)\.rf\.[0-9A-Za-z]{8,}")


class Origin(NamedTuple):
    """What a copy was made of, a name, and how."""

    parent: str
    technique: str


def copy_name(name: str, prefix: str, number: int | None = None) -> str:
    """The name of a photo's copy: "garden/rt_rose" or, numbered, "garden/rt2_rose"."""
    folder, slash, stem = name.rpartition("/")
    return f"{folder}{slash}{prefix}{'' if number is None else number}_{stem}"


def origins_by_name(names: Sequence[str]) -> dict[str, Origin]:
    """Find photos with the name of a copy of another one.

    Args:
        names: of all photos of a data folder.

    Returns:
        name -> origin, of those whose origin is among the names: in the same folder, or else (a
        folder for each part, or for all copies) the one elsewhere that it can be. A copy of a copy
        that is not there is one of the photo itself.
    """
    by_stem = _by_stem(names)
    found = {}
    for name in names:
        stem = _stem(name)
        original = next((rest for rest in _rests(stem) if rest in by_stem), None)
        parent = _parent(name, by_stem[original]) if original is not None else None
        if parent is not None:
            found[name] = Origin(parent, PREFIXES[stem[:2].lower()])
    return found


def exported_from(name: str) -> str | None:
    """What all versions of one photo are called alike, in exports that tell; None for others."""
    found = _EXPORTED.fullmatch(name)
    return found[1] if found else None


def untraced(names: Sequence[str]) -> list[str]:
    """Names that only copies have, without a known original.

    Keras calls them `rt_0_4711`. Other copies give themselves away where their original is not
    there, by the same name under two prefixes, or where several photos may be the original.
    """
    by_stem, known = _by_stem(names), origins_by_name(names)
    rests = {name: list(_rests(_stem(name))) for name in names if name not in known}
    prefixes: dict[str, set[str]] = {}
    for name, found in rests.items():
        if found:
            prefixes.setdefault(found[0], set()).add(_stem(name)[:2].lower())
    return sorted(
        name
        for name, found in rests.items()
        if any(rest in by_stem or _KERAS.fullmatch(rest) for rest in found)
        or (found and len(prefixes[found[0]]) > 1)
    )


def _stem(name: str) -> str:
    return name.rpartition("/")[2]


def _by_stem(names: Sequence[str]) -> dict[str, list[str]]:
    by_stem: dict[str, list[str]] = {}
    for name in names:
        by_stem.setdefault(_stem(name), []).append(name)
    return by_stem


def _rests(stem: str) -> Iterator[str]:
    """What is left of "rt_hf_rose" without its first prefix, without its second, and so on."""
    while match := _COPY.fullmatch(stem):
        stem = match[1]
        yield stem


def _parent(copy: str, candidates: Sequence[str]) -> str | None:
    """The one whose folders end most as the copy's do; None when there are several.

    A wrong parent would let the copy be trained on while its photo judges.
    """
    folders = copy.split("/")[:-1]
    shared = {name: _common_tail(folders, name.split("/")[:-1]) for name in candidates}
    beside = [name for name in candidates if name.split("/")[:-1] == folders]
    best = [name for name in candidates if shared[name] == max(shared.values())]
    (first, *others) = beside or best
    return None if others else first


def _common_tail(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = zip(reversed(one), reversed(other), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
