"""Tell the colours that are classes from the shades of soft edges between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from maskwright.data.masks.blends import channels, is_blend
from maskwright.data.masks.count import FILLS, MaskCounts

_SHADES = 3  # fewer shades may as well be outlines that somebody drew
_FEW_PIXELS = 12
_STANDS_OUT = 3  # times as many pixels as a usual shade
_MOSTLY = 0.5
_GRADIENT = 8  # shades: a brush so soft that its faintest shades fill areas
_FAINT, _RARE = 32, 20  # levels from a colour with so many times the pixels

Pixels = Mapping[int, int]


@dataclass(frozen=True)
class Shades:
    """The colours of a data set, sorted out.

    Attributes:
        real: pixels per colour that fills areas, or cannot be a blend of others.
        soft: pixels per shade of a soft edge.
        doubtful: pixels per colour that is one or the other: nowhere an area, and between two
            others, but there are too few of its kind to be a gradient.
    """

    real: Pixels
    soft: Pixels
    doubtful: Pixels


def sort_out(masks: Mapping[str, MaskCounts]) -> Shades:
    """Sort out the colours of all masks of a data set together."""
    totals, areas, between = _summed(masks)
    real = [colour for colour in totals if areas.get(colour, 0) >= FILLS * totals[colour]]
    rest = [colour for colour in totals if colour not in set(real)]
    _add_extremes(real, rest)
    edges = [c for c in rest if between.get(c, 0.0) >= _MOSTLY]
    usual = float(np.median([totals[c] for c in edges])) if edges else 0.0
    lines = [c for c in rest if c not in set(edges)]
    # What has no neighbours on two sides is a thin line, unless it is one of many rare shades.
    least = max(_FEW_PIXELS, _STANDS_OUT * usual) if len(edges) >= _SHADES else 0
    drawn = {c for c in lines if totals[c] >= least}
    real += sorted(drawn)
    soft = [c for c in rest if c not in drawn]
    if len(edges) < _SHADES:
        return Shades(_only(totals, real), {}, _only(totals, soft))
    if len(edges) >= _GRADIENT:
        faint = _faint(totals, real)
        real, soft = [c for c in real if c not in faint], [*soft, *sorted(faint)]
    return Shades(_only(totals, real), _only(totals, soft), {})


def strays(
    colours: Pixels, areas: Pixels, known: list[int], *, lossy: bool = False
) -> tuple[list[int], list[int]]:
    """Sort out colours that have no meaning, beside known ones that have.

    Args:
        colours: pixels per colour without a meaning.
        areas: per colour, pixels inside areas.
        known: colours with a meaning.
        lossy: the file keeps colours only nearly: then areas tell nothing.

    Returns:
        The shades of soft edges, and the others; of these, only the colours that fill areas,
        where the rest are their shades.
    """
    if not colours or not known:
        return [], sorted(colours)
    every = np.array(sorted(colours))
    filling = np.array([areas.get(int(c), 0) >= FILLS * colours[int(c)] for c in every])
    soft = is_blend(every, np.array(known))
    if not lossy:
        soft &= ~filling
    other = ~soft
    if (other & filling).any():
        other &= filling | ~is_blend(every, np.array([*known, *every[other & filling]]))
    return every[soft].tolist(), every[other].tolist()


def _summed(masks: Mapping[str, MaskCounts]) -> tuple[dict[int, int], Pixels, Mapping[int, float]]:
    totals: dict[int, int] = {}
    areas: dict[int, int] = {}
    lying: dict[int, float] = {}
    for counts in masks.values():
        for colour, pixels in (counts.seen or {}).items():
            totals[colour] = totals.get(colour, 0) + pixels
            share = counts.between.get(colour, 0.0)
            lying[colour] = lying.get(colour, 0.0) + share * pixels
        for colour, pixels in counts.areas.items():
            areas[colour] = areas.get(colour, 0) + pixels
        if counts.alpha is not None and (clear := int(counts.alpha[:128].sum())):
            totals[0] = totals.get(0, 0) + clear  # transparent counts as black
            areas[0] = areas.get(0, 0) + clear
    return totals, areas, {colour: lying[colour] / totals[colour] for colour in lying}


def _add_extremes(real: list[int], rest: list[int]) -> None:
    """Move colours that are no blend of others from `rest` to `real`, the farthest first."""
    while rest:
        outside = np.array(rest)[~is_blend(np.array(rest), np.array(real, np.int64))]
        if not outside.size:
            return
        farthest = int(outside[0])
        if real:
            apart = channels(outside)[:, None] - channels(np.array(real))
            farthest = int(outside[np.linalg.norm(apart, axis=2).min(axis=1).argmax()])
        real.append(farthest)
        rest.remove(farthest)


def _faint(totals: Pixels, real: list[int]) -> set[int]:
    """The ends of wide gradients, and rings around outlines: nearly a far more frequent colour."""
    places = channels(np.array(real))
    found = set()
    for colour, place in zip(real, places, strict=True):
        near = np.abs(places - place).max(axis=1) <= _FAINT
        if any(totals[real[at]] >= _RARE * totals[colour] for at in np.flatnonzero(near)):
            found.add(colour)
    return found


def _only(totals: Pixels, colours: list[int]) -> dict[int, int]:
    return {colour: totals[colour] for colour in sorted(colours)}
