"""Choices that follow from one generator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.integer[Any]]
Rng = np.random.Generator
T = TypeVar("T")

EXTREMES = (0, 1, 2, 3, 7, 8, 127, 128, 255, 256, 4097, 32767, 32768, 65535, 65536, 10**6,
            2**24, 2**28, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1)  # fmt: skip
"""Numbers at which readers go wrong."""


def one_of(rng: Rng, choices: Sequence[T]) -> T:
    """One of the choices."""
    return choices[int(rng.integers(len(choices)))]


def extreme(rng: Rng, bits: int = 32) -> int:
    """An extreme number, or a random one, of so many bits."""
    if rng.random() < 0.3:
        return int.from_bytes(rng.bytes(bits // 8 + 1), "big") % 2**bits
    return one_of(rng, EXTREMES) % 2**bits


def place(rng: Rng, size: int) -> int:
    """A place in a file of so many bytes, the beginning more often than the rest."""
    if size <= 1:
        return 0
    return int(rng.integers(min(size, 64) if rng.random() < 0.3 else size))
