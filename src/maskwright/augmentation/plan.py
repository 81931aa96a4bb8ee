"""Plan which copies are made of which photos, and their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from maskwright.augmentation.augmenter import Augmenter
from maskwright.augmentation.techniques import Technique
from maskwright.data.dataset import Dataset, Example
from maskwright.data.pairs.copy_names import copy_name
from maskwright.data.pairs.tables import PairRow, same_name
from maskwright.errors import DataError, UsageError


@dataclass(frozen=True)
class Copy:
    """One copy: its name, how it is made, and which one of its kind it is, from 1."""

    name: str
    technique: Technique
    number: int


@dataclass(frozen=True)
class Source:
    """A pair of the data and the copies that are made of it."""

    example: Example
    copies: tuple[Copy, ...]

    @property
    def names(self) -> list[str]:
        """The names of its pairs, its own first."""
        return [self.example.name, *(copy.name for copy in self.copies)]

    def rows(self) -> list[PairRow]:
        """Its lines of pairs.csv."""
        one = self.example
        own = one.row()
        copies = (
            replace(own, name=copy.name, parent=one.name, technique=copy.technique.name)
            for copy in self.copies
        )
        return [own, *copies]


def plan(
    dataset: Dataset, techniques: Sequence[Technique], copies: int, augmenter: Augmenter
) -> tuple[Source, ...]:
    """Plan the copies of each pair.

    Only originals that may be trained on are copied: copies of copies would be twice as far from
    any real photo, and copies of photos in val or test could not be used.

    Raises:
        DataError: there is no such original.
        UsageError: a copy would have the name of an existing photo.
    """
    sources = tuple(
        Source(example, _copies(example, techniques, copies, augmenter))
        if example.parent is None and example.split in (None, "train")
        else Source(example, ())
        for example in dataset.examples
    )
    if not any(source.copies for source in sources):
        raise DataError(
            f"{dataset.root}: nothing to augment: all photos are copies, or in val or test"
        )
    # Some file systems see no difference between upper and lower case.
    taken = {_key(example.name): example for example in dataset.examples}
    for source in sources:
        for copy in source.copies:
            if _key(copy.name) in taken:
                raise _name_taken(taken[_key(copy.name)], source.example, copy)
    return sources


def _copies(
    example: Example, techniques: Sequence[Technique], copies: int, augmenter: Augmenter
) -> tuple[Copy, ...]:
    made = []
    for technique in techniques:
        numbered = copies > 1 and not augmenter.repeats(technique)
        for number in range(1, (copies if numbered else 1) + 1):
            name = copy_name(example.name, technique.prefix, number if numbered else None)
            made.append(Copy(name, technique, number))
    return tuple(made)


def _key(name: str) -> str:
    return same_name(name).casefold()


def _name_taken(there: Example, of: Example, copy: Copy) -> UsageError:
    what = f"already a copy of '{there.parent}'" if there.parent else "another photo"
    return UsageError(
        f"{there.image}: is {what}, and the copy of '{of.name}' by {copy.technique.name} would "
        f"have its name: remove or rename it, or leave out {copy.technique.prefix} with "
        "--techniques"
    )
