"""Which photos come from one source, so that no split separates them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from maskwright.data.look_alikes import Said
from maskwright.data.pairs.pairing import Example


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


def said_of(example: Example) -> Said:
    """What a person said of a photo; it goes before what photos look like."""
    return Said(example.group if example.grouped else None, example.split or "train")


def group_sources(
    examples: Sequence[Example], look_alikes: Iterable[Sequence[str]] = ()
) -> dict[str, str]:
    """The source of each example: groups, look-alikes, and copies with their parents.

    Copies of one parent are of one source also when the parent itself is not among the examples.

    Args:
        examples: all pairs of a data set.
        look_alikes: sets of names of photos that look alike.
    """
    links = [(names[0], name) for names in look_alikes for name in names[1:]]
    first_of: dict[tuple[str, str], str] = {}
    for example in examples:
        links.append((example.name, first_of.setdefault(("group", example.group), example.name)))
        for family in (example.name, example.parent or example.name):  # a copy may have copies
            links.append((example.name, first_of.setdefault(("family", family), example.name)))
    return connected([example.name for example in examples], links)
