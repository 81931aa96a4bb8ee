"""What changed copies of a photo are called, and what such a name tells when no table does."""

from __future__ import annotations

import re
from collections.abc import Sequence
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

_COPY = re.compile(rf"({'|'.join(PREFIXES)})\d*_(.+)")
_KERAS = re.compile(r"\d+_\d+")  # the photo's place in a batch, and a random number


class Origin(NamedTuple):
    """What a copy was made of, a name, and how."""

    parent: str
    technique: str


def copy_name(name: str, prefix: str, number: int | None = None) -> str:
    """The name of a photo's copy: "garden/rt_rose" or, numbered, "garden/rt2_rose"."""
    folder, slash, stem = name.rpartition("/")
    return f"{folder}{slash}{prefix}{'' if number is None else number}_{stem}"


def origins_by_name(names: Sequence[str]) -> dict[str, Origin]:
    """Find photos that are called what a copy of another one is called.

    Args:
        names: of all photos of a data folder.

    Returns:
        name -> origin, of those whose origin is among the names: in the same folder, or else (a
        folder for each part, or for all copies) anywhere.
    """
    by_stem: dict[str, list[str]] = {}
    for name in sorted(names):
        by_stem.setdefault(name.rpartition("/")[2], []).append(name)
    found = {}
    for name in names:
        folder, slash, stem = name.rpartition("/")
        match = _COPY.fullmatch(stem)
        if match and match[2] in by_stem:
            beside, elsewhere = f"{folder}{slash}{match[2]}", by_stem[match[2]]
            parent = beside if beside in elsewhere else elsewhere[0]
            found[name] = Origin(parent, PREFIXES[match[1]])
    return found


def untraced(names: Sequence[str]) -> list[str]:
    """Names that only copies have, of which it cannot be told what they are copies of.

    Keras calls them `rt_0_4711`. Other copies give themselves away where their original is not
    there: the same name under two prefixes.
    """
    prefixes: dict[str, set[str]] = {}
    matches = {name: _COPY.fullmatch(name.rpartition("/")[2]) for name in names}
    known = origins_by_name(names)
    lost = {name: match for name, match in matches.items() if match and name not in known}
    for match in lost.values():
        prefixes.setdefault(match[2], set()).add(match[1])
    return sorted(
        name
        for name, match in lost.items()
        if len(prefixes[match[2]]) > 1 or _KERAS.fullmatch(match[2])
    )
