"""How many bits the 16-bit photos of a batch have: one decision, made when the first one comes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

from maskwright.data.decoding.decode import ImageSource, Limits
from maskwright.data.decoding.depth import bits_of_photos, has_open_depth, read_with

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BatchDepth:
    """Decides how the 16-bit photos of a batch are read; for several threads.

    Batches without such photos pay a look at the first bytes of each file.

    Attributes:
        given: what the options or the model say; None leaves it to the largest value of all.
        photos: all photos of the batch.
        limits: what a photo may cost.
    """

    given: int | None
    photos: Sequence[ImageSource]
    limits: Limits

    def __post_init__(self) -> None:
        object.__setattr__(self, "_lock", Lock())

    def bits(self, photo: ImageSource) -> int | None:
        """How many bits the values of a photo have; None for all but 16-bit photos."""
        if not has_open_depth(photo, self.limits):
            return None
        with self.__dict__["_lock"]:
            return self._decided

    @cached_property
    def _decided(self) -> int:
        if self.given is not None:
            _log.info("16-bit photos are read with %d bits", self.given)
            return self.given
        bits = bits_of_photos(self.photos, self.limits) or 16
        if bits < 16:
            _log.info("16-bit photos: %s", read_with(bits))
        return bits
