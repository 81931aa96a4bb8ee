"""How many bits the 16-bit photos of a batch have: one decision, made when the first one comes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from threading import Lock

from maskwright.data.decoding.decode import ImageSource, Limits
from maskwright.data.decoding.depth import bits_of_photos, has_open_depth, read_with

_log = logging.getLogger(__name__)


class BatchDepth:
    """Decides how the 16-bit photos of a batch are read; for several threads.

    Batches without such photos pay a look at the first bytes of each file.

    Args:
        given: what the options or the model say; None leaves it to the largest value of all.
        photos: all photos of the batch.
        limits: what a photo may cost.
    """

    def __init__(self, given: int | None, photos: Sequence[ImageSource], limits: Limits) -> None:
        self._given, self._photos, self._limits = given, photos, limits
        self._decided: int | None = None
        self._deciding = Lock()

    def bits(self, photo: ImageSource) -> int | None:
        """How many bits the values of a photo have; None for all but 16-bit photos."""
        if not has_open_depth(photo, self._limits):
            return None
        with self._deciding:
            if self._decided is None:
                self._decided = self._decide()
            return self._decided

    def _decide(self) -> int:
        if self._given is not None:
            _log.info("16-bit photos are read with %d bits", self._given)
            return self._given
        bits = bits_of_photos(self._photos, self._limits) or 16
        if bits < 16:
            _log.info("16-bit photos: %s", read_with(bits))
        return bits
