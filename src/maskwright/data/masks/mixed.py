"""Masks that are stored in two ways in one data folder."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from maskwright.core import VOID
from maskwright.data.findings import Finding
from maskwright.data.masks.blends import channels
from maskwright.data.masks.count import Counts, MaskCounts
from maskwright.data.masks.encoding import MOST_CLASSES, Source, levels_of, written_colour

EDGE_LOW, EDGE_HIGH = 32, 223
"""Grey values up to the one and from the other on are near black and near white."""

WHITE = 0xFFFFFF

KIND = "mixed-masks"
_SAME_WAY = "save all masks in the same way"
_MOST_INDICES = 64
_MOST_NAMED = 6  # values of either way
_HARDLY = 6  # levels: palettes of many classes keep ten between any two
_BRIGHT = 64  # levels: darker colours are numbers, not paint
_AREA = 0.5  # of the pixels of small values: more than noise has


def mixed_levels(masks: Mapping[str, MaskCounts], source: Source) -> Finding | None:
    """Masks of 0 and 255 among masks of class indices: 255 would be void there.

    A warning where most masks of class indices show void beside them, as borders of objects do.
    """
    white, indices, highest, pure, banded = [], [], 0, True, 0
    for name, counts in masks.items():
        levels = levels_of(counts, source)
        if _is_white(levels, counts):
            white.append(name)
            pure &= not levels[1:255].any()
        elif small := _small(levels):
            indices.append(name)
            highest = max(highest, small)
            banded += bool(levels[VOID])
    if not white or not indices:
        return None
    if 2 * banded >= len(indices) and len(white) < banded:
        problem = "masks of 0 and 255 alone are taken as background and void, as in the other masks"
        cure = "if 255 is an object in these masks, save all masks in the same way"
        return Finding("warning", KIND, problem, cure, tuple(white))
    problem = (
        f"black-and-white masks of 0 and 255 (such as {white[0]}) among masks of class indices "
        f"0 to {highest} (such as {indices[0]}): 255 would mean void"
    )
    cure = _SAME_WAY
    if highest == 1 and pure:
        both = "--values 0=background,1=foreground,255=foreground"
        cure += f"; to read both kinds as they are: {both}"
    cure += "; if 255 means void: --ignore 255"
    fewer = white if len(white) <= len(indices) else indices
    return Finding("error", KIND, problem, cure, tuple(fewer))


def two_ways(
    masks: Mapping[str, MaskCounts], source: Source, foreground: Collection[int]
) -> str | None:
    """The option for masks of which some hold other values than the rest, as many of them.

    Args:
        masks: of a data set.
        source: where their values are stored.
        foreground: values that are no background.

    Returns:
        None where the values are not in two such ways.
    """
    ways: list[tuple[set[int], str]] = []
    for name, counts in masks.items():
        levels = levels_of(counts, source)
        held = {value for value in foreground if levels[value]}
        if not held:
            continue
        same = [way for way in ways if way[0] & held]
        first = same[0][1] if same else name
        joined = held.union(*(way[0] for way in same))
        ways = [*(way for way in ways if way not in same), (joined, first)]
    ways.sort(key=lambda way: min(way[0]))
    if len(ways) != 2 or len(ways[0][0]) != len(ways[1][0]) or len(ways[0][0]) > _MOST_NAMED:
        return None
    both = list(zip(sorted(ways[0][0]), sorted(ways[1][0]), strict=True))
    named = [f"{value}=class{label}" for label, pair in enumerate(both, 1) for value in pair]
    held_by = [f"{', '.join(map(str, sorted(way[0])))} (such as {way[1]})" for way in ways]
    return (
        f"if some masks hold {held_by[0]} and others {held_by[1]} for the same: "
        f"--values 0=background,{','.join(named)}"
    )


def mixed_colours(
    masks: Mapping[str, MaskCounts], background: int, real: Collection[int]
) -> Finding | None:
    """White masks or class indices among masks painted in colours."""
    painted: dict[str, set[int]] = {}
    grey: dict[str, set[int]] = {}
    for name, counts in masks.items():
        shown = {c for c in counts.seen or () if c in real and c != background}
        if shown:
            (grey if all(map(_is_grey, shown)) else painted)[name] = shown
    if len(painted) > 1 and not grey and (twins := _twins(painted)):
        return _nearly_equal(*twins, painted, background)
    if not grey or not painted:
        return None
    colours, greys = set[int]().union(*painted.values()), set[int]().union(*grey.values())
    if colours & greys:
        return None
    single = len(colours) == 1 and len(greys) == 1
    if not single and not all(value & 255 <= EDGE_LOW for value in greys):
        return None
    of = {
        "grey": ", ".join(map(written_colour, sorted(greys)[:4])),
        "painted": ", ".join(map(written_colour, sorted(colours)[:4])),
    }
    problem = (
        f"masks in {of['grey']} (such as {next(iter(grey))}) among masks painted in "
        f"{of['painted']} (such as {next(iter(painted))})"
    )
    cure = _SAME_WAY
    if single:
        first, second = written_colour(min(greys)), written_colour(min(colours))
        ground = f"{written_colour(background)}=background"
        cure += (
            f"; if both mean the same: --values '{ground},{first}=foreground,"
            f"{second}=foreground'; if they are two classes: --values '{ground},"
            f"{first}=class1,{second}=class2'"
        )
    fewer = grey if len(grey) <= len(painted) else painted
    return Finding("error", KIND, problem, cure, tuple(fewer))


def _twins(painted: Mapping[str, set[int]]) -> tuple[int, int] | None:
    """Two colours that hardly differ and are in no mask together: one class in two shades."""
    every = np.array(sorted(set[int]().union(*painted.values())))
    if len(every) > MOST_CLASSES:
        return None
    apart = np.abs(channels(every)[:, None] - channels(every)).max(axis=2)
    near = np.argwhere(np.triu(apart <= _HARDLY, k=1))
    # Where many colours are close, as in numbers stored as colours, they are meant to be.
    if len(near) != 1 or channels(every[near[0]]).max() < _BRIGHT:
        return None
    first, second = (int(colour) for colour in every[near[0]])
    together = any({first, second} <= shown for shown in painted.values())
    return None if together else (first, second)


def _nearly_equal(
    first: int, second: int, painted: Mapping[str, set[int]], background: int
) -> Finding:
    one, two = written_colour(first), written_colour(second)
    where = [next(name for name, seen in painted.items() if c in seen) for c in (first, second)]
    problem = (
        f"masks painted in {one} (such as {where[0]}) among masks painted in {two} (such as "
        f"{where[1]}): nearly the same colour would make two classes"
    )
    rest = sorted(set[int]().union(*painted.values()) - {first, second})
    ground = f"{written_colour(background)}=background"
    others = "".join(f",{written_colour(c)}=class{at}" for at, c in enumerate(rest, 3))
    cure = (
        f"{_SAME_WAY}; if both mean the same: --values '{ground},{one}=class1,{two}=class1"
        f"{others}'; if they are two classes: --values '{ground},{one}=class1,{two}=class2{others}'"
    )
    return Finding("error", KIND, problem, cure, tuple(n for n, s in painted.items() if first in s))


def mixed_alpha(masks: Mapping[str, MaskCounts], drawn: Collection[str]) -> Finding:
    """Masks drawn in black and white among masks drawn in the alpha channel."""
    clear = next(name for name, counts in masks.items() if counts.alpha is not None)
    problem = f"some masks are drawn in the alpha channel (such as {clear}), these are not"
    cure = "save all masks in the same way, best as 8-bit grey PNG of 0 and 255"
    return Finding("error", KIND, problem, cure, tuple(sorted(drawn)))


def _is_white(levels: Counts, counts: MaskCounts) -> bool:
    """Whether a mask holds black and white alone, perhaps with noise or soft edges."""
    if not levels[EDGE_HIGH:].any() or (counts.palette or {}).get(255, WHITE) != WHITE:
        return False
    if not levels[1:EDGE_HIGH].any():
        return True
    low = range(1, EDGE_LOW + 1)
    filled = sum(counts.areas.get(value * 0x010101, 0) for value in low)
    noise = counts.lossy is not None or filled < _AREA * levels[1 : EDGE_LOW + 1].sum()
    many = np.count_nonzero(levels[1:EDGE_HIGH]) > 2
    return bool(many and noise and levels[EDGE_HIGH:].sum() > levels[1:EDGE_HIGH].sum())


def _small(levels: Counts) -> int:
    """The highest class index of a mask; 0 where it holds none, or values that are none."""
    highest = int(max(np.flatnonzero(levels[:255]), default=0))
    return highest if highest <= _MOST_INDICES else 0


def _is_grey(colour: int) -> bool:
    return colour >> 16 == colour >> 8 & 255 == colour & 255
