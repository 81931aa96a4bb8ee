"""What a photo may be, and a photo in work: decoded once, however many engines look at it."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image, shrunk
from maskwright.data.decoding.decode import DEFAULT_LIMITS, Limits, name_of, read_file, read_header
from maskwright.data.photo import Photo, read_photo

_log = logging.getLogger(__name__)

Source: TypeAlias = str | Path | bytes | BinaryIO | Image
"""A photo: a path, the bytes of a file, an open binary file, or (H, W, 3) uint8 sRGB pixels."""

WORKING_SIDE = 2048
"""Long side, in pixels, at which photos are segmented; masks are enlarged from there."""

TILED_SIDE = 4096
"""The same for networks in tiles, which are there for what the other would leave too small."""


class OpenPhoto:
    """A photo that is read when it is first asked for; for one thread.

    Args:
        source: what the photo is. An open file is read to its end at once.
        limits: what it may cost.
        bits: as `read_photo` takes it.

    Raises:
        ValueError: an array that is not (H, W, 3) uint8.
        DataError: raised by its methods, where the photo cannot be read.
    """

    def __init__(
        self, source: Source, limits: Limits = DEFAULT_LIMITS, bits: int | None = None
    ) -> None:
        if isinstance(source, np.ndarray) and (
            source.dtype != np.uint8 or source.ndim != 3 or source.shape[2] != 3 or not source.size
        ):
            raise ValueError(
                f"a photo as an array is (H, W, 3) uint8 RGB, not {source.shape} {source.dtype}: "
                "read files with maskwright.read_photo(path).srgb()"
            )
        self._name = "photo" if isinstance(source, np.ndarray) else name_of(source)
        if not isinstance(source, str | Path | bytes | np.ndarray):
            # Twice read, for the working copy and for the whole photo: a stream cannot go back.
            source = read_file(source, limits)
        self._source = source
        self._limits = limits
        self._bits = bits
        self._said: set[str] = set()
        self._size: tuple[int, int] | None = None
        self._copies: dict[int, Photo] = {}

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the upright photo."""
        if self._size is None:
            if isinstance(self._source, np.ndarray):
                self._size = self._source.shape[0], self._source.shape[1]
            else:
                header = read_header(self._source, self._limits)
                self._size = header.height, header.width
        return self._size

    def at(self, side: int = WORKING_SIDE) -> Image:
        """The photo in sRGB, (h, w, 3) uint8, with a long side of at most `side` pixels."""
        return self._copy(side).pixels

    def alpha_at(self, side: int = WORKING_SIDE) -> NDArray[np.uint8] | None:
        """How opaque that copy is, (h, w) uint8; None where the file has no transparency."""
        return self._copy(side).alpha

    def whole(self) -> Photo:
        """The photo at its own size, in its own colours; decoded anew each time."""
        return self._read(shrink_to=None)

    def _copy(self, side: int) -> Photo:
        if side not in self._copies:
            photo = self._read(shrink_to=side)
            self._size = photo.size
            # Shrunk before its colours are converted, which would take longer than the network.
            small = replace(photo, pixels=shrunk(photo.pixels, side))
            alpha = None if photo.alpha is None else shrunk(photo.alpha, side)
            self._copies[side] = replace(small, pixels=small.srgb(), icc=None, alpha=alpha)
        return self._copies[side]

    def _read(self, shrink_to: int | None) -> Photo:
        if isinstance(self._source, np.ndarray):
            return Photo(self._source)
        photo = read_photo(self._source, limits=self._limits, shrink_to=shrink_to, bits=self._bits)
        for note in photo.notes:
            if note not in self._said:  # a photo may be read twice
                self._said.add(note)
                _log.info("%s: %s", self._name, note)
        return photo
