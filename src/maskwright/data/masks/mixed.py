"""Masks that are stored in two ways in one data folder."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from maskwright.data.findings import Finding
from maskwright.data.masks.count import Counts, MaskCounts
from maskwright.data.masks.encoding import Source, levels_of, written_colour

EDGE_LOW, EDGE_HIGH = 32, 223
"""Grey values up to the one and from the other on are near black and near white."""

WHITE = 0xFFFFFF

KIND = "mixed-masks"
_SAME_WAY = "save all masks in the same way"
_MOST_INDICES = 64
_AREA = 0.5  # of the pixels of small values: more than noise has


def mixed_levels(masks: Mapping[str, MaskCounts], source: Source) -> Finding | None:
    """Masks of 0 and 255 among masks of class indices: 255 would be void there."""
    white, indices, highest, pure = [], [], 0, True
    for name, counts in masks.items():
        levels = levels_of(counts, source)
        if _is_white(levels, counts):
            white.append(name)
            pure &= not levels[1:255].any()
        elif small := _small(levels):
            indices.append(name)
            highest = max(highest, small)
    if not white or not indices:
        return None
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
