"""Which photos come from one source, so that no split tears them apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image
from maskwright.data.decode import Limits
from maskwright.data.pairing import Example
from maskwright.data.photo import read_photo
from maskwright.data.threads import in_threads

NEAR_BITS = 4
"""Photos whose 64-bit hashes differ in at most this many bits may be near-duplicates."""

NEAR_LEVELS = 8.0
"""Near-duplicates differ, on 32 x 32 grey pixels, by at most this many grey levels on average."""

THUMBNAIL = 32
"""Side of the grey pictures by which photos are compared."""


@dataclass(frozen=True)
class Look:
    """What a photo looks like, small enough to keep for every photo.

    Attributes:
        hash: (8,) uint8, a 64-bit difference hash: each bit says whether a pixel of the photo,
            squeezed to 9 x 8 grey pixels, is darker than its right neighbour.
        thumbnail: (32, 32) uint8 grey, the photo squeezed to a square.
        aspect: width / height.
    """

    hash: NDArray[np.uint8]
    thumbnail: NDArray[np.uint8]
    aspect: float


def look(image: Image) -> Look:
    """What a photo (H, W, 3) uint8 looks like."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA).astype(np.int16)
    bits = np.packbits(small[:, :-1] < small[:, 1:])
    thumbnail = cv2.resize(grey, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
    height, width = grey.shape
    return Look(bits, np.asarray(thumbnail, np.uint8), width / height)


def near_duplicates(looks: Sequence[Look]) -> list[tuple[int, int]]:
    """Index pairs (i < j) of photos that show the same picture, resized or compressed again."""
    if not looks:
        return []
    hashes = np.stack([each.hash for each in looks])
    thumbnails = np.stack([each.thumbnail for each in looks]).astype(np.int16)
    aspects = np.array([each.aspect for each in looks])
    found = []
    for first in range(len(looks) - 1):
        rest = slice(first + 1, None)
        bits = np.unpackbits(hashes[rest] ^ hashes[first], axis=1).sum(axis=1)
        near = first + 1 + np.flatnonzero(bits <= NEAR_BITS)
        # The hash alone calls all photos of one centred thing alike: look again.
        apart = np.abs(thumbnails[near] - thumbnails[first]).mean(axis=(1, 2))
        squeezed = np.abs(np.log(aspects[near] / aspects[first]))
        found += [(first, int(i)) for i in near[(apart <= NEAR_LEVELS) & (squeezed < 0.05)]]
    return found


def joined(names: Iterable[str], links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Connected components: each name with the first name (in order) of its component."""
    leader = {name: name for name in names}

    def find(name: str) -> str:
        while leader[name] != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    for one, other in links:
        first, second = sorted((find(one), find(other)))
        leader[second] = first
    return {name: find(name) for name in leader}


def group_sources(examples: Sequence[Example], limits: Limits) -> dict[str, str]:
    """The source of each example: same group, near-duplicates, and copies with what they are of.

    Copies of one parent are of one source also when the parent itself is not among the examples.

    Raises:
        DataError: a photo cannot be read.
    """

    def look_at(example: Example) -> Look:
        photo = read_photo(example.image, limits=limits, shrink_to=4 * THUMBNAIL)
        return look(photo.pixels)

    # A changed copy belongs to its parent, whatever it looks like.
    originals = [example for example in examples if example.parent is None]
    looks = in_threads(look_at, originals)
    names = [example.name for example in examples]
    links = [(originals[i].name, originals[j].name) for i, j in near_duplicates(looks)]
    first_of: dict[tuple[str, str], str] = {}
    for example in examples:
        links.append((example.name, first_of.setdefault(("group", example.group), example.name)))
        for family in (example.name, example.parent or example.name):  # a copy may have copies
            links.append((example.name, first_of.setdefault(("family", family), example.name)))
    return joined(names, links)
