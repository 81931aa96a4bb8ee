"""Tell the colours that are classes from the shades of soft edges between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from maskwright.data.masks.blends import channels, is_blend
from maskwright.data.masks.count import FILLS, MaskCounts

_MOST_DRAWN = 3  # colours without areas among soft edges: more of them are shades too
_MOST_EXTREMES = 64
_CHANCE = 4  # pixels of a shade that may have eight like neighbours
_SHADES = 3  # fewer shades may as well be outlines that somebody drew
_FEW_PIXELS = 12
_STANDS_OUT = 3  # times as many pixels as a usual shade
_MOSTLY = 0.5
_GRADIENT = 8  # shades: a brush so soft that its faintest shades fill areas
_FAINT, _RARE = 32, 20  # levels from a colour with so many times the pixels
_SAME = 6  # levels: palettes of more than a hundred classes keep ten between any two

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
    filling = [c for c in totals if _fills(areas.get(c, 0), totals[c])]
    rest = _without(totals, filling)
    drawn = _extremes(filling, rest)
    rest = _without(rest, drawn)
    edges = [c for c in rest if between.get(c, 0.0) >= _MOSTLY]
    lines = _without(rest, edges)
    if len(edges) < _SHADES:
        real = [*filling, *drawn, *lines]
        return Shades(_only(totals, real), {}, _only(totals, edges))
    # What has no neighbours on two sides is a thin line, unless it is one of many rare shades.
    least = max(_FEW_PIXELS, _STANDS_OUT * float(np.median([totals[c] for c in edges])))
    drawn += [c for c in lines if totals[c] >= least]
    faint = _faint(totals, [*filling, *drawn]) if len(edges) >= _GRADIENT else set()
    filling, drawn = _without(filling, faint), _without(drawn, faint)
    soft = _without(totals, [*filling, *drawn])
    if len(drawn) > _MOST_DRAWN and len(edges) >= _GRADIENT:
        return Shades(_only(totals, filling), _only(totals, soft), _only(totals, drawn))
    return Shades(_only(totals, [*filling, *drawn]), _only(totals, soft), {})


def strays(
    colours: Pixels, areas: Pixels, known: Pixels, *, lossy: bool = False
) -> tuple[list[int], list[int]]:
    """Sort out colours of a mask that have no meaning, beside known ones that have.

    Args:
        colours: pixels per colour without a meaning.
        areas: per colour, pixels inside areas.
        known: pixels per colour with a meaning; 0 where the mask does not show it.
        lossy: the file keeps colours only nearly: then areas tell nothing.

    Returns:
        The shades of soft edges, and the others; of these, only the colours that fill areas,
        where the rest are their shades.
    """
    if not colours or not known:
        return [], sorted(colours)
    every, meant = np.array(sorted(colours)), np.array(sorted(known))
    filling = np.array([_fills(areas.get(int(c), 0), colours[int(c)]) for c in every])
    levels = np.abs(channels(every)[:, None] - channels(meant)).max(axis=2)
    near, same = levels <= _FAINT, levels <= _SAME
    pixels = np.array([colours[int(c)] for c in every])
    common = np.array([known[int(c)] for c in meant])
    faint = (near & (common >= _RARE * pixels[:, None])).any(axis=1)
    soft = is_blend(every, meant) | near.any(axis=1)
    if not lossy:
        soft &= ~filling | faint | same.any(axis=1)
    other = ~soft
    if (other & filling).any():
        other &= filling | ~is_blend(every, np.array([*meant, *every[other & filling]]))
    return every[soft].tolist(), every[other].tolist()


def _fills(inside: int, pixels: int) -> bool:
    """Whether a colour fills areas: more than a shade does by chance."""
    return inside > _CHANCE and inside >= FILLS * pixels


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


def _extremes(filling: list[int], rest: list[int]) -> list[int]:
    """The colours in `rest` that are no blend of others, the farthest from all others first."""
    found: list[int] = []
    outside = np.array(rest, np.int64)
    while outside.size and len(found) < _MOST_EXTREMES:
        known = np.array([*filling, *found], np.int64)
        outside = outside[~is_blend(outside, known)]
        if outside.size:
            at = 0
            if known.size:
                apart = channels(outside)[:, None] - channels(known)
                at = int(np.linalg.norm(apart, axis=2).min(axis=1).argmax())
            found.append(int(outside[at]))
    return found


def _faint(totals: Pixels, real: list[int]) -> set[int]:
    """The ends of wide gradients, and rings around outlines: nearly a far more frequent colour."""
    places = channels(np.array(real))
    found = set()
    for colour, place in zip(real, places, strict=True):
        near = np.abs(places - place).max(axis=1) <= _FAINT
        if any(totals[real[at]] >= _RARE * totals[colour] for at in np.flatnonzero(near)):
            found.add(colour)
    return found


def _without(colours: Iterable[int], others: Iterable[int]) -> list[int]:
    taken = set(others)
    return [colour for colour in colours if colour not in taken]


def _only(totals: Pixels, colours: list[int]) -> dict[int, int]:
    return {colour: totals[colour] for colour in sorted(colours)}
