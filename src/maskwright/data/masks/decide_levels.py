"""Decide what grey values and palette indices of masks mean."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from maskwright.core import VOID
from maskwright.data.findings import Finding
from maskwright.data.masks.count import FILLS, Counts, MaskCounts
from maskwright.data.masks.encoding import BINARY_NAMES, MaskEncoding, Rule, Source, levels_of
from maskwright.data.masks.lossy import refuse_lossy
from maskwright.data.masks.meaning import Meaning
from maskwright.data.masks.mixed import EDGE_HIGH, EDGE_LOW, mixed_levels, two_ways
from maskwright.data.masks.objects import above_255, numbered_levels

# Soft edges are a small part of a mask, spread over many values and nowhere flat. A class or an
# unknown band drawn in grey has one value, and areas of it.
_MOST_SOFT = 0.2
_MOST_AT_ONE_VALUE = 0.25
_MOST_FLAT = 0.1
_LEAST_IN_AREAS = 0.3
_FEW_PIXELS = 4  # JPEG noise may reach middle grey in so few pixels that shares say nothing
_MOST_IN_TAILS = 0.01  # of the noise near black and white
_NOISY_VALUES = 3  # on either side: more values than anybody draws with

_MOST_SHOWN = 12  # values in one message
_APART = 24  # levels between neighbouring values that shades can lie between
_SHADES = 3  # values without areas, beside those with: soft edges


def decide_levels(
    masks: Mapping[str, MaskCounts], meaning: Meaning, source: Source
) -> tuple[MaskEncoding | None, list[Finding]]:
    """Decide the encoding of masks without colours, where the user has named no values.

    Returns:
        As `decide`.
    """
    totals = np.sum([levels_of(counts, source) for counts in masks.values()], axis=0)
    ignored = [v for low, high in meaning.ignore for v in range(low, min(high, VOID) + 1)]
    kept = np.array(totals)
    kept[ignored] = 0
    levels = {int(value) for value in np.flatnonzero(kept)}
    void = tuple(Rule(low, high, VOID) for low, high in meaning.ignore)
    names = meaning.classes

    deep = max(counts.top for counts in masks.values())
    if deep and not any(low <= deep <= high for low, high in meaning.ignore):
        return None, [above_255(masks)]
    if source == "alpha" or levels in ({0, 255}, {255}):
        if len(names) > 2:  # class indices that happen to hold no class but the background
            return _index(levels, names, void, source), []
        return _binary(names, void, source), []
    lossy = any(counts.lossy for counts in masks.values())
    numbered = None if names or lossy else numbered_levels(masks, source)
    if numbered and numbered.severity == "error":
        return None, [numbered]
    declared = len(names) >= 2 and levels - {VOID} <= set(range(len(names)))
    contiguous = levels - {VOID} == set(range(max(levels - {VOID}, default=0) + 1))
    counted = contiguous and _in_areas(kept, masks)
    mixed = None if VOID in ignored else mixed_levels(masks, source)
    # Noise near black looks like low class indices, but is less than the white beside it.
    noise = lossy and kept[EDGE_HIGH:].sum() > kept[1 : EDGE_LOW + 1].sum()
    if noise and len(names) <= 2 and not mixed and _soft(kept, masks, lossy):
        return _binary(names, void, source), []
    if declared or counted or _by_palette(masks):
        if mixed and mixed.severity == "error":
            return None, [mixed]
        if lossy:
            return None, [refuse_lossy(masks, "class indices")]
        return _index(levels, names, void, source), [one for one in (mixed, numbered) if one]
    if not mixed and _soft(kept, masks, lossy):
        return _binary(names, void, source), []
    if mixed and mixed.severity == "error":
        return None, [mixed]
    if lossy:
        ranges = _ranges(_filled(kept, masks))
        return None, [refuse_lossy(masks, "class values", ranges)]
    return None, [_undecided(kept, masks, source, bool(meaning.ignore))]


def _binary(names: tuple[str, ...], void: tuple[Rule, ...], source: Source) -> MaskEncoding:
    halves = _without(void, Rule(0, 127, 0)) + _without(void, Rule(128, 255, 1))
    return MaskEncoding("binary", names or BINARY_NAMES, (*halves, *void), source)


def _without(void: tuple[Rule, ...], rule: Rule) -> tuple[Rule, ...]:
    """What is left of a rule's span when ignored values are taken out."""
    left, low = [], rule.low
    for gap in sorted(void):
        if gap.high < low or gap.low > rule.high:
            continue
        if gap.low > low:
            left.append(Rule(low, gap.low - 1, rule.label))
        low = gap.high + 1
    return (*left, *([Rule(low, rule.high, rule.label)] if low <= rule.high else []))


def _index(
    levels: Collection[int], names: tuple[str, ...], void: tuple[Rule, ...], source: Source
) -> MaskEncoding:
    many = max(len(names), 2, max((v for v in levels if v != VOID), default=0) + 1)
    if not names:
        named = [f"class{number}" for number in range(1, many)]
        names = ("background", *named) if many > 2 else BINARY_NAMES
    rules = [Rule(value, value, value) for value in range(len(names))]
    taken = {value for gap in void for value in range(gap.low, gap.high + 1)}
    rules = [rule for rule in rules if rule.low not in taken]
    if VOID not in taken:
        rules.append(Rule(VOID, VOID, VOID))
    return MaskEncoding("index", names, (*rules, *void), source)


def _in_areas(totals: Counts, masks: Mapping[str, MaskCounts]) -> bool:
    """Whether middle values, where there are any, fill areas as classes do and photos do not."""
    middle = totals[EDGE_LOW + 1 : EDGE_HIGH].sum()
    return _flat_middle(masks) >= _LEAST_IN_AREAS * int(middle)


def _flat_middle(masks: Mapping[str, MaskCounts]) -> int:
    """Pixels of middle grey that lie in areas."""
    return sum(
        pixels
        for counts in masks.values()
        for colour, pixels in counts.areas.items()
        if EDGE_LOW < colour & 255 < EDGE_HIGH
    )


def _soft(totals: Counts, masks: Mapping[str, MaskCounts], lossy: bool) -> bool:
    """Whether these are 0/255 masks with soft edges or JPEG noise."""
    middle = totals[EDGE_LOW + 1 : EDGE_HIGH]
    near_white = int(totals[EDGE_HIGH:].sum())
    if not near_white or not totals[: EDGE_LOW + 1].any():
        return False
    if not middle.any():
        # Noise lies on both sides; values near 0 alone may be classes.
        return lossy or bool(totals[EDGE_HIGH:255].any())
    sides = (totals[1 : EDGE_LOW + 1], totals[EDGE_HIGH:255])
    noisy = lossy or all(np.count_nonzero(side) >= _NOISY_VALUES for side in sides)
    few = 0.0
    if noisy:
        # The tails of the noise reach middle grey, at few values.
        few = max(_FEW_PIXELS, _MOST_IN_TAILS * sum(int(side.sum()) for side in sides))
    return bool(
        middle.sum() <= _MOST_SOFT * totals.sum()
        and middle.max() <= max(few, _MOST_AT_ONE_VALUE * middle.sum())
        and _flat_middle(masks) <= _MOST_FLAT * middle.sum()
    )


def _by_palette(masks: Mapping[str, MaskCounts]) -> bool:
    """Whether all masks have palettes, and these do more than repeat grey values."""
    return all(counts.palette is not None for counts in masks.values()) and any(
        colour != index * 0x010101
        for counts in masks.values()
        for index, colour in (counts.palette or {}).items()
    )


def _undecided(
    kept: Counts, masks: Mapping[str, MaskCounts], source: Source, ignoring: bool
) -> Finding:
    ordered = [int(value) for value in np.flatnonzero(kept)]
    shown = _shown(map(str, ordered), len(ordered), ", ")
    odd = sorted(set(ordered) - {0, 255})
    files = tuple(name for name, counts in masks.items() if levels_of(counts, source)[odd].any())
    if len(ordered) == 1:
        problem = f"all masks hold the value {shown} and nothing else: there is nothing to learn"
        cure = "check the mask folder (--masks) and the meaning of mask values (--values)"
        return Finding("error", "nothing-to-learn", problem, cure, files)
    problem = f"mask values {shown}: neither class indices 0, 1, 2, ... nor only 0 and 255"
    filled = _filled(kept, masks)
    ways = []
    if two := two_ways(masks, source, set(ordered) - {0}):
        ways.append(two)
    if len(ordered) >= len(filled) + _SHADES and (ranges := _ranges(filled)):
        ways.append(f"for soft edges {ranges}")
    elif 0 in ordered:
        ways.append(_named(ordered))
    else:
        ways += _unknown_background(ordered, filled, masks, source)
    if {0, 255} <= set(ordered) and not ignoring:
        unknown = ",".join(map(str, odd)) if len(odd) <= 4 else f"{odd[0]}-{odd[-1]}"
        ways.append(f"--values 0=background,255=foreground --ignore {unknown}")
    if 0 in ordered and len(odd) > 1:
        if len(filled) < 3:
            ways.append("for soft edges --values 0-127=background,128-255=foreground")
        ways.append("for numbers of objects --values 0=background,1-255=foreground")
    cure = "say what they mean (class names of your own): " + "; or ".join(dict.fromkeys(ways))
    return Finding("error", "undecided-values", problem, cure, files)


def _named(ordered: Sequence[int]) -> str:
    """The option that makes a class of each value; the first is the background."""
    named = [f"{value}=class{label}" for label, value in enumerate(ordered)][1:]
    parts = [f"{ordered[0]}=background", *named]
    return f"--values {_shown(parts, len(parts), ',')}"


def _unknown_background(
    ordered: Sequence[int], filled: Sequence[int], masks: Mapping[str, MaskCounts], source: Source
) -> list[str]:
    """Without a 0 nothing says which value is the background: most of the border is a hint."""
    borders = [counts.border for counts in masks.values() if counts.border is not None]
    around = np.sum([levels_of(border, source) for border in borders], axis=0)
    ground = max(ordered, key=lambda value: around[value])
    others = [value for value in ordered if value != ground]
    ways = [
        "the background comes first, and no value tells which it is; "
        f"if it is {ground}, which most of the borders show: {_named([ground, *others])}"
    ]
    if len(others) > 1:
        band = next((value for value in others if value not in filled), others[-1])
        known = [ground, *(value for value in others if value != band)]
        ways.append(f"if {band} counts nowhere: {_named(known)} --ignore {band}")
    return ways


def _filled(kept: Counts, masks: Mapping[str, MaskCounts]) -> list[int]:
    """The values that fill areas."""
    areas = np.zeros(256, np.int64)
    for counts in masks.values():
        for colour, pixels in counts.areas.items():
            areas[colour & 255] += pixels
    return [int(value) for value in np.flatnonzero((kept > 0) & (areas >= FILLS * kept))]


def _ranges(filled: Sequence[int]) -> str:
    """The option that gives each value the values nearest to it; "" where that tells nothing."""
    apart = np.diff(filled)
    if not 2 <= len(filled) <= _MOST_SHOWN or apart.min() < _APART:
        return ""
    middles = [int(low + high) // 2 for low, high in pairwise(filled)]
    spans = zip([0, *(middle + 1 for middle in middles)], [*middles, VOID], strict=True)
    names = ["background", *(f"class{label}" for label in range(1, len(filled)))]
    if len(filled) == 2:
        names = list(BINARY_NAMES)
    parts = [f"{low}-{high}={name}" for (low, high), name in zip(spans, names, strict=True)]
    return f"--values {','.join(parts)}"


def _shown(values: Iterable[str], number: int, separator: str) -> str:
    text = separator.join(list(values)[:_MOST_SHOWN])
    return text if number <= _MOST_SHOWN else f"{text}{separator}..."
