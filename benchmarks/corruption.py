"""Masks spoilt on purpose, as they get spoilt by accident."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from maskwright.core import VOID, Mask, Pair

KINDS = ("swapped", "swapped", "swapped", "swapped", "shifted", "shifted")
KINDS += ("inverted", "inverted", "half painted", "half painted")
"""What happens to ten masks; those swapped take each other's places in pairs."""

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
    moved = np.roll(mask, (down, right), (0, 1))
    moved[: max(down, 0)] = 0
    moved[mask.shape[0] + min(down, 0) :] = 0
    moved[:, : max(right, 0)] = 0
    moved[:, mask.shape[1] + min(right, 0) :] = 0
    return moved


def _half(mask: Mask, turns: int) -> Mask:
    """Wipe the half of the foreground that lies on one side."""
    turned = np.rot90(mask, turns).copy()
    rows = np.nonzero(turned == 1)[0]
    if rows.size:
        turned[: int(np.median(rows))] = 0
    return np.ascontiguousarray(np.rot90(turned, -turns))
