"""Label images: masks in which values number the objects of a photo and are no classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from maskwright.core import VOID
from maskwright.data.findings import Finding
from maskwright.data.masks.count import MaskCounts
from maskwright.data.masks.encoding import Source, levels_of, written_colour

_LEAST_MASKS = 3
_CROWD = 12  # objects in a photo that tell enough alone
_ONE_PIECE = 0.7  # of the objects: others hide behind something
_REGULAR = 0.9  # of the masks
_USUAL = 0.7  # a number of objects in more masks than this hardly varies
_ALWAYS = 2  # pairs of neighbours in order that tell classes from objects
_MANY, _SEVERAL = 4, 6  # objects in one photo; different numbers in all photos
_REUSED = 1.1  # photos per number, if each object of the data set has its own
_COMPARED, _EITHER_WAY = 6, 0.2  # masks with two objects, either of which may be the larger

KIND = "object-numbers"


def numbered_levels(masks: Mapping[str, MaskCounts], source: Source) -> Finding | None:
    """An error where grey values or palette indices number objects; a warning where they may."""
    levels: dict[str, dict[int, int]] = {}
    single = several = 0
    on_ground = True
    for name, counts in masks.items():
        found = levels_of(counts, source)
        levels[name] = {v: int(found[v]) for v in range(1, VOID) if found[v]}
        on_ground &= found[0] > found[1:VOID].max()
        palette = counts.palette or {}
        ground = {palette.get(0, 0), palette.get(VOID, 0xFFFFFF)}
        pieces = [n for colour, n in counts.pieces.items() if colour not in ground]
        several += len(pieces)
        single += pieces.count(1)
    severity = _judged(levels, single, several, crowds=on_ground)
    if severity is None:
        return None
    highest = max(max(values, default=0) for values in levels.values())
    void = any(levels_of(counts, source)[VOID] for counts in masks.values())
    problem = (
        f"mask values (up to {highest}) number the objects of each photo, as label images do: "
        "nearly each is one connected piece, and photos hold different numbers of them"
    )
    one_class = "--values 0=background,1-254=foreground" + (" --ignore 255" if void else "")
    cure = f"to make one class of all objects: {one_class}; "
    if severity == "warning":
        problem = "mask values are taken as classes, but they may number the objects of each photo"
        return Finding("warning", KIND, problem, f"if so, {cure.removesuffix('; ')}")
    cure += "if they are classes, name them: --values 0=background,1=class1,2=class2,..."
    return Finding("error", KIND, problem, cure, tuple(masks))


def numbered_colours(masks: Mapping[str, MaskCounts], background: int) -> Finding | None:
    """An error where each object has a colour of its own."""
    colours: dict[str, dict[int, int]] = {}
    single = several = 0
    for name, counts in masks.items():
        found = counts.pieces or counts.seen or {}
        seen = counts.seen or {}
        colours[name] = {colour: seen.get(colour, 0) for colour in found if colour != background}
        pieces = [n for colour, n in counts.pieces.items() if colour != background]
        several += len(pieces)
        single += pieces.count(1)
    if _judged(colours, single, several, crowds=False) != "error":
        return None
    problem = (
        "mask colours number the objects of each photo: nearly each is one connected piece, and "
        "photos hold different numbers of them"
    )
    cure = (
        f"to make one class of all objects: --values '{all_others(background)}'; if they are "
        f"classes, name them: --values '{written_colour(background)}=background,...'"
    )
    return Finding("error", KIND, problem, cure, tuple(masks))


def all_others(background: int) -> str:
    """What `--values` says to make one class of all colours but one."""
    parts = [f"{written_colour(background)}=background"]
    for low, high in ((0, background - 1), (background + 1, 0xFFFFFF)):
        if low <= high:
            ends = dict.fromkeys((written_colour(low), written_colour(high)))
            parts.append(f"{'-'.join(ends)}=foreground")
    return ",".join(parts)


def above_255(masks: Mapping[str, MaskCounts]) -> Finding:
    """The error about numbers above 255, of which some masks have some."""
    top = max(counts.top for counts in masks.values())
    highest = 65535 if top <= 65535 else 2**32 - 1
    files = tuple(name for name, counts in masks.items() if counts.top)
    problem = f"mask values up to {top}: classes have numbers from 0 to 254"
    numbers = [
        np.flatnonzero(counts.stored) for counts in masks.values() if counts.stored is not None
    ]
    below = {int(number) for found in numbers for number in found} - {VOID}
    cure = (
        "if it is void: --ignore 255-65535; "
        if below == set(range(len(below))) and top == 65535
        else ""
    )
    cure += (
        "to make one class of all numbers but 0: "
        f"--values 0=background,1-{highest}=foreground; otherwise save the masks as 8-bit PNG of "
        "class indices"
    )
    return Finding("error", KIND, problem, cure, files)


def _judged(
    found: Mapping[str, Mapping[int, int]], single: int, several: int, *, crowds: bool
) -> str | None:
    """Whether values number objects: "error" for certainly, "warning" for perhaps, None.

    Args:
        found: pixels per value of each mask, without the background.
        single: how many values are one connected piece, in all masks together.
        several: of how many.
        crowds: in too few masks to compare, many values in one mask tell enough.
    """
    drawn = [values for values in found.values() if values]
    if not several or single < _ONE_PIECE * several:
        return None
    if len(drawn) < _LEAST_MASKS:
        crowded = max(map(len, drawn), default=0) >= _CROWD and single >= _REGULAR * several
        return "error" if crowds and crowded else None
    photos = Counter(value for values in drawn for value in values)
    if len(photos) >= _SEVERAL and photos.total() <= _REUSED * len(photos):
        return "error"
    # Numbers start anew in each photo: any two masks with as many objects have the same ones.
    order = [value for value, n in sorted(photos.items(), key=lambda one: (-one[1], one[0]))]
    regular = sum(set(values) == set(order[: len(values)]) for values in drawn)
    numbers = Counter(len(values) for values in drawn)
    varies = numbers.most_common(1)[0][1] <= _USUAL * len(drawn)
    if regular < _REGULAR * len(drawn):
        return None
    shares = _shares_larger(drawn, order)
    either = [_EITHER_WAY <= share <= 1 - _EITHER_WAY for share in shares]
    if not varies:  # as many objects in each photo, or classes that every photo shows
        return "warning" if len(either) >= _ALWAYS and all(either) else None
    if max(numbers) >= _CROWD:
        return "error"
    if max(numbers) >= _MANY:
        # Classes inside each other, or along a line, have their order of sizes.
        return "error" if any(either) or not either else "warning"
    return "warning" if regular == len(drawn) and any(either[:1]) else None


def _shares_larger(drawn: list[Mapping[int, int]], order: list[int]) -> list[float]:
    """How often an object is larger than the next one: sizes of classes have an order.

    Returns:
        A share in 0..1 for each two neighbours that enough masks show.
    """
    shares = []
    for first, second in pairwise(order):
        both = [values for values in drawn if first in values and second in values]
        if len(both) >= _COMPARED:
            shares.append(sum(values[first] > values[second] for values in both) / len(both))
    return shares
