"""Masks spoilt on purpose, as they get spoilt by accident."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from maskwright.core import VOID, Mask, Pair

KINDS = (*4 * ("swapped",), *2 * ("shifted",), *2 * ("inverted",), *2 * ("half painted",))
"""Corruptions of ten masks; swapped masks change places in pairs."""

_SHIFT = 0.15  # of the width and of the height


def spoilt(pairs: Sequence[Pair], draw: int) -> tuple[list[Pair], dict[str, str]]:
    """Spoil ten masks.

    Args:
        pairs: more than ten, sorted by name, their masks 0, 1 or `VOID`.
        draw: which masks, and how: the same draw spoils the same ones the same way.

    Returns:
        All pairs in the same order, and what was done to the spoilt ones by name.
    """
    rng = np.random.default_rng(draw)
    drawn = rng.permutation(len(pairs))[: len(KINDS)]
    result = list(pairs)
    for place, (kind, index) in enumerate(zip(KINDS, drawn, strict=True)):
        pair = pairs[index]
        other = pairs[drawn[place ^ 1]]  # the neighbour: 0 and 1, 2 and 3
        result[index] = replace(pair, mask=_spoilt(pair, other, kind, rng))
    return result, {pairs[i].name: kind for i, kind in zip(drawn, KINDS, strict=True)}


def _spoilt(pair: Pair, other: Pair, kind: str, rng: np.random.Generator) -> Mask:
    if kind == "swapped":
        size = pair.mask.shape[::-1]
        taken = cv2.resize(other.mask, size, interpolation=cv2.INTER_NEAREST_EXACT)
        return np.asarray(taken, np.uint8)
    if kind == "shifted":
        signs = rng.choice([-1, 1], 2)
        return _shifted(pair.mask, *(np.array(pair.mask.shape) * _SHIFT * signs).astype(int))
    if kind == "inverted":
        return np.where(pair.mask == VOID, VOID, 1 - pair.mask).astype(np.uint8)
    return _half(pair.mask, int(rng.integers(4)))


def _shifted(mask: Mask, down: int, right: int) -> Mask:
    by = np.array([[1, 0, right], [0, 1, down]], np.float32)
    moved = cv2.warpAffine(mask, by, mask.shape[::-1], flags=cv2.INTER_NEAREST)
    return np.asarray(moved, np.uint8)


def _half(mask: Mask, turns: int) -> Mask:
    """Wipe the half of the foreground that lies on one side."""
    turned = np.rot90(mask, turns).copy()
    rows = np.nonzero(turned == 1)[0]
    if rows.size:
        turned[: int(np.median(rows))] = 0
    return np.ascontiguousarray(np.rot90(turned, -turns))
