"""Which photos come from one source, so that no split separates them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from maskwright.data.decode import Limits
from maskwright.data.image_hash import ENOUGH, ImageHash, near_duplicates
from maskwright.data.pairing import Example
from maskwright.data.photo import read_photo
from maskwright.data.threads import in_threads


def connected(names: Iterable[str], links: Iterable[tuple[str, str]]) -> dict[str, str]:
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
    """The source of each example: groups, near-duplicates, and copies with their parents.

    Copies of one parent are of one source also when the parent itself is not among the examples.

    Raises:
        DataError: a photo cannot be read.
    """

    def hashed(example: Example) -> ImageHash:
        return ImageHash.of(read_photo(example.image, limits=limits, shrink_to=ENOUGH).pixels)

    # An augmented copy belongs to its parent, whatever it looks like.
    originals = [example for example in examples if example.parent is None]
    near = near_duplicates(in_threads(hashed, originals))
    links = [(originals[i].name, originals[j].name) for i, j in near]
    first_of: dict[tuple[str, str], str] = {}
    for example in examples:
        links.append((example.name, first_of.setdefault(("group", example.group), example.name)))
        for family in (example.name, example.parent or example.name):  # a copy may have copies
            links.append((example.name, first_of.setdefault(("family", family), example.name)))
    return connected([example.name for example in examples], links)
