"""Pairs decoded once and shrunk, since training reads them hundreds of times."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from maskwright.core import Pair
from maskwright.data.dataset import Dataset, Example
from maskwright.data.threads import in_threads

MEMORY = 2 * 2**30
"""Bytes of decoded pairs that one call keeps in memory; the rest goes to disk."""

_AT_ONCE = 64


def load_pairs(
    dataset: Dataset,
    examples: Sequence[Example],
    *,
    long_side: int,
    disk: Path,
    memory: int = MEMORY,
) -> list[Pair]:
    """Decode pairs, shrink them and keep them.

    Args:
        dataset: where the examples are from.
        examples: which pairs, in the order of the result.
        long_side: photos and masks are shrunk to at most this long side in pixels.
        disk: an empty or absent folder for pairs beyond `memory`; mapped, never read whole.
        memory: bytes that the result of this call, and of no other, may take in memory.

    Raises:
        DataError: a photo or a mask cannot be read.
        OSError: the disk is full, or `disk` cannot be written.
    """
    load = partial(dataset.load, shrink_to=long_side)
    kept: list[Pair] = []
    used = 0
    for first in range(0, len(examples), _AT_ONCE):  # in parts: decoded pairs never pile up
        for pair in in_threads(load, examples[first : first + _AT_ONCE]):
            used += pair.image.nbytes + pair.mask.nbytes
            kept.append(pair if used <= memory else _mapped(pair, disk, len(kept)))
    return kept


def _mapped(pair: Pair, disk: Path, number: int) -> Pair:
    disk.mkdir(parents=True, exist_ok=True)

    def mapped(kind: str, array: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> np.memmap:
        path = disk / f"{number:06d}.{kind}.npy"
        np.save(path, array)
        loaded: np.memmap = np.load(path, mmap_mode="r")
        return loaded

    return Pair(pair.name, mapped("image", pair.image), mapped("mask", pair.mask))
