"""Decide what mask values mean: once for a whole data set, never per file.

A wrong guess here would silently train a model on wrong masks, so every uncertain case is an error
that prints its cure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np

from maskwright.core import VOID
from maskwright.data.findings import Finding
from maskwright.data.masks.decide_colours import BLACK, decide_colours
from maskwright.data.masks.encoding import (
    BINARY_NAMES,
    MaskEncoding,
    Rule,
    Source,
    levels_of,
    written_colour,
)
from maskwright.data.masks.meaning import Meaning
from maskwright.data.masks.read import EDGE_HIGH, EDGE_LOW, Counts, MaskCounts

WHITE = 0xFFFFFF

# Soft edges are a small part of a mask, spread over many values and nowhere flat. A class or an
# unknown band drawn in grey has one value, and areas of it.
_MOST_SOFT = 0.2
_MOST_AT_ONE_VALUE = 0.25
_MOST_FLAT = 0.1
_LEAST_IN_AREAS = 0.3
_FEW_PIXELS = 4  # JPEG noise may reach middle grey in so few pixels that shares say nothing
_NOISY_VALUES = 3  # on either side: more values than anybody draws with


def decide(
    masks: Mapping[str, MaskCounts], meaning: Meaning
) -> tuple[MaskEncoding | None, list[Finding]]:
    """Decide the encoding of a data set.

    Args:
        masks: what occurs in each mask, by file name.
        meaning: what the user has said about the values.

    Returns:
        The encoding, None when it is not certain; and the findings about it.
    """
    source, findings = _source(masks)
    if source is None:
        return None, findings
    coloured = [name for name, counts in masks.items() if not _is_grey(counts, source)]
    if meaning.colours or coloured:
        encoding, findings = decide_colours(masks, meaning, coloured)
    elif meaning.values:
        encoding = MaskEncoding("values", meaning.classes, meaning.rules(), source)
    else:
        encoding, findings = _decide_levels(masks, meaning, source)
    if encoding is None:
        return None, findings
    findings += unknown_values(encoding, masks)
    said = Finding("note", "encoding", encoding.describe())
    return encoding, [said, *findings]


def _source(masks: Mapping[str, MaskCounts]) -> tuple[Source | None, list[Finding]]:
    """Where a pixel's class is stored."""
    if any(counts.alpha is not None for counts in masks.values()):
        return _transparent_source(masks)
    if any(counts.stored is None for counts in masks.values()):
        return "seen", []
    palettes = [counts.palette for counts in masks.values() if counts.palette is not None]
    merged: dict[int, int] = {}
    for palette in palettes:
        for index, colour in palette.items():
            if merged.setdefault(index, colour) != colour:
                return "seen", []  # each file has its own palette: only the colours mean something
    # Editors number black and white as they please: what one sees is what was meant.
    if merged and set(merged.values()) <= {BLACK, WHITE}:
        return "seen", []
    return "stored", []


def _transparent_source(
    masks: Mapping[str, MaskCounts],
) -> tuple[Source | None, list[Finding]]:
    clear = {name: counts for name, counts in masks.items() if counts.alpha is not None}
    pictures = any(counts.seen is None for counts in clear.values())
    painted = {colour for counts in clear.values() for colour in counts.seen or ()}
    if pictures or len(painted) <= 1:  # cut-outs, or one colour painted on nothing
        others = masks.keys() - clear.keys()
        drawn = [name for name in others if len(masks[name].seen or ()) > 1]
        if not drawn:
            return "alpha", []
        problem = "some masks are drawn in the alpha channel, these are not"
        cure = "save all masks in the same way, best as 8-bit grey PNG of 0 and 255"
        return None, [Finding("error", "mixed-masks", problem, cure, tuple(sorted(drawn)))]
    if BLACK not in painted:
        return "seen", []  # colours painted on nothing: transparent is the background
    problem = "masks hold black, other colours and transparency: what transparent means is unclear"
    cure = "flatten the masks: save them without an alpha channel"
    return None, [Finding("error", "mixed-masks", problem, cure, tuple(clear))]


def _is_grey(counts: MaskCounts, source: Source) -> bool:
    if source != "seen":
        return True
    if counts.seen is None:
        return False
    return all(colour >> 8 & 255 == colour & 255 == colour >> 16 for colour in counts.seen)


def _decide_levels(
    masks: Mapping[str, MaskCounts], meaning: Meaning, source: Source
) -> tuple[MaskEncoding | None, list[Finding]]:
    totals = np.sum([levels_of(counts, source) for counts in masks.values()], axis=0)
    ignored = [value for low, high in meaning.ignore for value in range(low, high + 1)]
    kept = np.array(totals)
    kept[ignored] = 0
    levels = {int(value) for value in np.flatnonzero(kept)}
    void = tuple(Rule(low, high, VOID) for low, high in meaning.ignore)
    names = meaning.classes

    if source == "alpha" or levels in ({0, 255}, {255}):
        if len(names) > 2:  # class indices that happen to hold no class but the background
            return _index(levels, names, void, source), []
        return _binary(names, void, source), []
    declared = len(names) >= 2 and levels - {VOID} <= set(range(len(names)))
    lossy = tuple(name for name, counts in masks.items() if counts.lossy)
    contiguous = levels - {VOID} == set(range(max(levels - {VOID}, default=0) + 1))
    counted = contiguous and _in_areas(kept, masks)
    if declared or counted or _by_palette(masks):
        mixed = _black_and_white_among_others(masks, source)
        if mixed or lossy:
            return None, [mixed or _lossy_indices(lossy)]
        return _index(levels, names, void, source), []
    if _soft(kept, masks, bool(lossy)):
        return _binary(names, void, source), []
    if mixed := _black_and_white_among_others(masks, source):
        return None, [mixed]
    return None, [_undecided(levels, masks, source, bool(meaning.ignore))]


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
    return bool(sum(counts.flat for counts in masks.values()) >= _LEAST_IN_AREAS * middle)


def _soft(totals: Counts, masks: Mapping[str, MaskCounts], lossy: bool) -> bool:
    """Whether these are 0/255 masks with soft edges or JPEG noise."""
    middle = totals[EDGE_LOW + 1 : EDGE_HIGH]
    near_white = int(totals[EDGE_HIGH:].sum())
    if not near_white or not totals[: EDGE_LOW + 1].any():
        return False
    if not middle.any():
        # Noise lies on both sides; values near 0 alone may be classes.
        return lossy or bool(totals[EDGE_HIGH:255].any())
    flat = sum(counts.flat for counts in masks.values())
    sides = (totals[1 : EDGE_LOW + 1], totals[EDGE_HIGH:255])
    noisy = lossy or all(np.count_nonzero(side) >= _NOISY_VALUES for side in sides)
    few = _FEW_PIXELS if noisy else 0
    return bool(
        middle.sum() <= _MOST_SOFT * totals.sum()
        and middle.max() <= max(few, _MOST_AT_ONE_VALUE * middle.sum())
        and flat <= _MOST_FLAT * middle.sum()
    )


def _by_palette(masks: Mapping[str, MaskCounts]) -> bool:
    """Whether all masks have palettes, and these do more than repeat grey values."""
    return all(counts.palette is not None for counts in masks.values()) and any(
        colour != index * 0x010101
        for counts in masks.values()
        for index, colour in (counts.palette or {}).items()
    )


def unknown_values(encoding: MaskEncoding, masks: Mapping[str, MaskCounts]) -> Iterator[Finding]:
    """Values that occur in masks and have no meaning, one finding each."""
    files: dict[int, list[str]] = {}
    for name, counts in masks.items():
        for value in encoding.tally(counts)[1]:
            files.setdefault(value, []).append(name)
    for value, names in sorted(files.items()):
        text = written_colour(value) if encoding.kind == "colours" else str(value)
        problem = f"mask value {text} has no meaning ({encoding.describe()})"
        cure = f"make it void with --ignore {text}, or give it a class in --values"
        yield Finding("error", "unknown-values", problem, cure, tuple(names))


def _black_and_white_among_others(
    masks: Mapping[str, MaskCounts], source: Source
) -> Finding | None:
    """1-bit and black-and-white palette masks show 0 and 255: 255 would be void among indices."""
    files = tuple(
        name
        for name, counts in masks.items()
        if counts.bilevel or (source == "seen" and counts.palette is not None)
    )
    if not files or len(files) == len(masks):
        return None
    problem = "black-and-white masks, which show 0 and 255, among masks with other values"
    return Finding("error", "mixed-masks", problem, "save all masks in the same way", files)


def _lossy_indices(files: tuple[str, ...]) -> Finding:
    problem = "class indices in JPEG files: JPEG changes values, and with them classes"
    return Finding("error", "lossy-mask", problem, "save the masks as PNG", files)


def _undecided(
    levels: Collection[int], masks: Mapping[str, MaskCounts], source: Source, ignoring: bool
) -> Finding:
    ordered = sorted(levels)
    shown = ", ".join(map(str, ordered[:12])) + (", ..." if len(ordered) > 12 else "")
    odd = sorted(set(ordered) - {0, 255})
    files = tuple(name for name, counts in masks.items() if levels_of(counts, source)[odd].any())
    problem = f"mask values {shown}: neither class indices 0, 1, 2, ... nor only 0 and 255"
    named = [f"{value}=class{label}" for label, value in enumerate(ordered[:12])][1:]
    classes = ",".join([f"{ordered[0]}=background", *named])
    ways = [f"--values {classes}" + (",..." if len(ordered) > 12 else "")]
    if {0, 255} <= set(ordered) and not ignoring:
        unknown = ",".join(map(str, odd)) if len(odd) <= 4 else f"{odd[0]}-{odd[-1]}"
        ways.append(f"--values 0=background,255=foreground --ignore {unknown}")
    if len(odd) > 1:
        ways.append("for soft edges --values 0-127=background,128-255=foreground")
    cure = "say what they mean (class names of your own): " + "; or ".join(ways)
    return Finding("error", "undecided-values", problem, cure, files)
