"""Masks of more than 8 bits: the numbers that they hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.data.masks.unusable import UnusableMask

_AT_ONCE = 2**20  # pixels: temporary arrays stay small
_CURE = "save them as 8-bit PNG of class indices"


def small_numbers(deep: NDArray[Any], name: str) -> tuple[NDArray[np.uint8], int]:
    """Read deep pixels as the numbers they are, or as those 257 times as large.

    Args:
        deep: (H, W) integers or floating point numbers.
        name: of the mask, for messages.

    Returns:
        (H, W) uint8, 255 where a number is larger than that; and the largest number if it is
        above 255, else 0.

    Raises:
        UnusableMask: numbers below 0, fractions, NaN or infinity.
    """
    if deep.dtype.kind == "f":
        _check_whole(deep, name)
    low, high = deep.min(), deep.max()
    if low < 0:
        raise UnusableMask(name, "not-a-mask", "masks with values below 0", _CURE)
    small = np.empty(deep.shape, np.uint8)
    if 255 < high <= 65535 and _divided(deep, small):
        return small, 0
    for part, out in _parts(deep, small):
        np.minimum(part, 255, out=out, casting="unsafe")
    return small, int(high) if high > 255 else 0


def _divided(deep: NDArray[Any], small: NDArray[np.uint8]) -> bool:
    """Write 1/257 of the numbers to `small`; whether all of them can be divided so."""
    for part, out in _parts(deep, small):
        whole = part // 257
        if (whole * 257 != part).any():
            return False
        out[...] = whole
    return True


def _check_whole(deep: NDArray[Any], name: str) -> None:
    for part, _ in _parts(deep, deep):
        if not np.isfinite(part).all():
            problem = "masks of floating point numbers, some of them NaN or infinite"
            raise UnusableMask(name, "not-a-mask", problem, _CURE)
        if (part != np.rint(part)).any():
            problem = "masks of fractions, such as probabilities"
            cure = f"threshold them, and {_CURE}"
            raise UnusableMask(name, "not-a-mask", problem, cure)


def _parts(
    first: NDArray[Any], second: NDArray[Any]
) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """The same rows of both, some at a time."""
    rows = max(1, _AT_ONCE // max(1, first.shape[1]))
    for start in range(0, first.shape[0], rows):
        yield first[start : start + rows], second[start : start + rows]
