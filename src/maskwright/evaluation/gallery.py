"""Pictures of the worst photos, collected while photos are scored."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from threading import RLock

from maskwright.evaluation.scores import badness
from maskwright.evaluation.tiles import Tile
from maskwright.metrics.photo import PhotoScores


class Gallery:
    """Keeps pictures of the worst photos, in whatever order photos are scored; thread-safe.

    Args:
        most: how many photos to keep; 0 for none.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: list[tuple[tuple[float, float, str], Tile]] = []
        self._lock = RLock()

    def wants(self, row: PhotoScores) -> bool:
        """Whether a photo is among the worst so far. If not, it will not be later either."""
        with self._lock:
            if len(self._kept) < self._most:
                return True
            return self._most > 0 and badness(row) < self._kept[-1][0]

    def add(self, row: PhotoScores, draw: Callable[[], Tile]) -> None:
        """Draw and keep a photo's pictures, unless enough photos are worse by now."""
        if not self.wants(row):
            return
        drawn = draw()
        with self._lock:
            if self.wants(row):
                insort(self._kept, (badness(row), drawn), key=lambda kept: kept[0])
                del self._kept[self._most :]

    def tiles(self) -> tuple[Tile, ...]:
        """The kept pictures, worst photo first."""
        return tuple(tile for _, tile in self._kept)
