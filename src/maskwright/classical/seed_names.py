"""Which of the seeds in a file or a folder belong to a photo."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from maskwright.data.tables import same_name
from maskwright.errors import DataError


class SeedNames:
    """The names under which seeds are kept, looked up by the names of photos."""

    def __init__(self, source: str, known: Iterable[str], photos: Sequence[str]) -> None:
        """Keep the names.

        Args:
            source: what holds the seeds, for messages.
            known: paths without ending, with "/" between folders.
            photos: names of all photos of the run, where they are known: seeds that would fit
                several of them are then refused.
        """
        self._source = source
        self._known = {same_name(name): name for name in known}
        self._photos = [same_name(name) for name in photos]

    def find(self, photo: str) -> str:
        """The name of a photo's seeds: its own name, else one of which the other is the end.

        "train/a" and "a" fit each other; "train/a" and "test/a" do not.

        Raises:
            DataError: there are none, there are several, or they fit other photos as well.
        """
        name = same_name(photo)
        if name in self._known:
            return self._known[name]
        fitting = [known for known in self._known if _fit(name, known)]
        if not fitting:
            raise DataError(f"{self._source}: nothing there for '{photo}'{self._hint(name)}")
        if len(fitting) > 1:
            raise DataError(
                f"{self._source}: '{photo}' may be {' or '.join(sorted(fitting))}: "
                "name each by the photo's path without its ending"
            )
        sharing = [other for other in self._photos if _fit(other, fitting[0])]
        if len(sharing) > 1:
            raise DataError(
                f"{self._source}: '{fitting[0]}' may be {' or '.join(sorted(sharing))}: "
                "name each by the photo's path without its ending"
            )
        return self._known[fitting[0]]

    def _hint(self, name: str) -> str:
        near = difflib.get_close_matches(name, list(self._known)[:500], n=1)
        also = f" (is '{near[0]}' meant?)" if near else ""
        return f"{also}: add it, under the photo's path without its ending"


def _fit(one: str, other: str) -> bool:
    return one == other or one.endswith(f"/{other}") or other.endswith(f"/{one}")
