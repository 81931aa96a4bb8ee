"""Finds the seeds of a photo by its name, in a file or a folder of seeds."""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from os.path import splitext
from typing import Generic, TypeVar

from maskwright.data.pairs.tables import same_name
from maskwright.data.walk import is_image_name
from maskwright.errors import DataError

_Item = TypeVar("_Item")

_NAMED = 4  # names in one message


class SeedNames(Generic[_Item]):
    """Looks up stored seeds by the names of photos."""

    def __init__(
        self, source: str, items: Iterable[tuple[str, _Item]], photos: Sequence[str]
    ) -> None:
        """Keep the items by their names.

        Args:
            source: the file or folder of the seeds, for messages.
            items: (name, seeds); names are paths with "/" between folders, with or without the
                photo's ending.
            photos: names of all photos of the run, if known: seeds that would fit several of them
                are then refused.

        Raises:
            DataError: two names are the same, perhaps except for how an accent is encoded.
        """
        self._source = source
        self._known: dict[str, _Item] = {}
        for name, item in items:
            if same_name(name) in self._known:
                raise DataError(f"{source}: '{name}' is there twice: keep one of the two")
            self._known[same_name(name)] = item
        with_ending = [name for name in self._known if is_image_name(name.rpartition("/")[2])]
        shared = Counter(splitext(name)[0] for name in with_ending)
        for name in with_ending:
            bare = splitext(name)[0]
            if shared[bare] == 1:
                self._known.setdefault(bare, self._known[name])
        self._seeds = _Fitting(self._known)
        self._photos = _Fitting(map(same_name, photos))

    def find(self, photo: str) -> _Item:
        """Return a photo's seeds: those with the photo's own name, else with a name that fits it.

        Two names fit if one is the end of the other: "train/a" and "a" do, "train/a" and "test/a"
        do not.

        Raises:
            DataError: no seeds, several, or seeds that fit other photos too.
        """
        name = same_name(photo)
        if name in self._known:
            return self._known[name]
        fitting = self._seeds.to(name)
        if not fitting:
            raise DataError(f"{self._source}: no seeds for '{photo}'{self._hint(name)}")
        if len(fitting) > 1:
            raise self._either(photo, fitting)
        sharing = self._photos.to(fitting[0])
        if len(sharing) > 1:
            raise self._either(fitting[0], sharing)
        return self._known[fitting[0]]

    def _either(self, name: str, fitting: Sequence[str]) -> DataError:
        return DataError(
            f"{self._source}: '{name}' may be {' or '.join(fitting[:_NAMED])}: "
            "use the photo's path without its ending as the name"
        )

    def _hint(self, name: str) -> str:
        near = difflib.get_close_matches(name, list(self._known)[:500], n=1)
        also = f" (did you mean '{near[0]}'?)" if near else ""
        return f"{also}: add them, named by the photo's path without its ending"


class _Fitting:
    """Finds names that are the end of another name, without comparing all pairs."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = set(names)
        self._ending: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self._names):
            for end in _ends(name):
                if len(self._ending[end]) < _NAMED:  # more would only fill a message
                    self._ending[end].append(name)

    def to(self, name: str) -> list[str]:
        """Return the names that fit a name, sorted; only the first few if there are many."""
        shorter = {end for end in _ends(name) if end in self._names}
        return sorted(shorter.union(self._ending.get(name, ())))


def _ends(name: str) -> Iterator[str]:
    """Yield a path, then the path without its first folder, without its first two, and so on."""
    yield name
    while "/" in name:
        name = name.partition("/")[2]
        yield name
