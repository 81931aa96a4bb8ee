"""Decide what colours of masks mean: one class per colour that fills areas."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from maskwright.core import VOID
from maskwright.data.findings import Finding
from maskwright.data.masks.count import MaskCounts
from maskwright.data.masks.encoding import (
    BINARY_NAMES,
    MOST_CLASSES,
    MaskEncoding,
    Rule,
    written_colour,
)
from maskwright.data.masks.lossy import lossy_formats, refuse_lossy
from maskwright.data.masks.meaning import Meaning
from maskwright.data.masks.mixed import mixed_colours
from maskwright.data.masks.objects import all_others, numbered_colours
from maskwright.data.masks.shades import sort_out

BLACK = 0x000000

_MOST_SHOWN = 12  # colours in one message
_MOST_SHADES = 2**15  # of all masks together: soft edges of a dozen classes make fewer
_MOST_NAMED = 64  # in one option


def decide_colours(
    masks: Mapping[str, MaskCounts], meaning: Meaning, coloured: Sequence[str]
) -> tuple[MaskEncoding | None, list[Finding]]:
    """Decide the encoding of masks of which `coloured` hold colours; as `decide` does."""
    pictures = tuple(name for name, counts in masks.items() if counts.seen is None)
    if not pictures and not meaning.values:
        pictures = _many_shades(masks)
    if pictures:
        held = "photos, or masks saved in a lossy format or with wide soft edges"
        if formats := lossy_formats({name: masks[name] for name in pictures}):
            held = f"photos, or masks of which {formats} has changed the colours"
        problem = f"masks with hundreds of colours: {held}"
        cure = (
            "name the folder of the masks with --masks NAME, or save them as PNG without smoothing"
        )
        return None, [Finding("error", "not-a-mask", problem, cure, pictures)]
    scale = 1 if meaning.colours else 0x010101  # a grey value among colours is a grey colour
    if meaning.values:
        spread = _spread(meaning.rules(), scale)
        return MaskEncoding("colours", meaning.classes, spread, "seen"), []
    if any(counts.lossy for counts in masks.values()):
        return None, [refuse_lossy(masks, "colours")]
    void = [rule for rule in _spread(meaning.rules(), scale) if rule.label == VOID]
    shades = sort_out(masks)
    totals = {
        colour: pixels
        for colour, pixels in shades.real.items()
        if not any(rule.low <= colour <= rule.high for rule in void)
    }
    if not totals:
        problem = "all colours of the masks are void"
        return None, [Finding("error", "unknown-values", problem, "change --ignore")]
    background = BLACK if BLACK in totals else _around(masks, totals)
    ordered = [background, *(colour for colour in sorted(totals) if colour != background)]
    if fault := _fault(masks, coloured, ordered, shades.doubtful, named=bool(meaning.classes)):
        return None, [fault]
    names = meaning.classes or _colour_names(ordered)
    if len(names) < len(ordered):
        problem = f"{len(ordered)} mask colours, but {len(names)} classes are named"
        listed = ",".join(f"{written_colour(colour)}=..." for colour in ordered)
        return None, [Finding("error", "unknown-values", problem, f"--values '{listed}'")]
    rules = [Rule(colour, colour, label) for label, colour in enumerate(ordered)]
    return MaskEncoding("colours", names, (*rules, *void), "seen"), []


def _many_shades(masks: Mapping[str, MaskCounts]) -> tuple[str, ...]:
    """The masks with the most colours, if together they have more than soft edges make."""
    shades = set[int]().union(*(counts.seen or () for counts in masks.values()))
    if len(shades) <= _MOST_SHADES:
        return ()
    usual = len(shades) / len(masks)
    return tuple(name for name, counts in masks.items() if len(counts.seen or ()) >= usual)


def _around(masks: Mapping[str, MaskCounts], totals: Mapping[int, int]) -> int:
    """The colour that most of the borders show: an object may cover more than its background."""
    borders = [counts.border.seen or {} for counts in masks.values() if counts.border is not None]
    return max(totals, key=lambda c: (sum(seen.get(c, 0) for seen in borders), totals[c]))


def _fault(
    masks: Mapping[str, MaskCounts],
    coloured: Sequence[str],
    ordered: Sequence[int],
    doubtful: Collection[int],
    *,
    named: bool,
) -> Finding | None:
    """What keeps colours from being classes; the background is the first of them."""
    if not named and (numbered := numbered_colours(masks, ordered[0])):
        return numbered
    if mixed := mixed_colours(masks, ordered[0], ordered):
        return mixed
    if len(ordered) > MOST_CLASSES:
        problem = f"the masks have {len(ordered)} colours in all"
        cure = (
            "save them as PNG without smoothing, or name the colours: "
            f"--values '{written_colour(ordered[0])}=background,...'; to make one class of all: "
            f"--values '{all_others(ordered[0])}'"
        )
        return Finding("error", "too-many-colours", problem, cure, tuple(coloured))
    return _doubtful(masks, ordered, sorted(doubtful)) if doubtful else None


def _doubtful(
    masks: Mapping[str, MaskCounts], ordered: Sequence[int], doubtful: Sequence[int]
) -> Finding:
    listed = ", ".join(map(written_colour, doubtful[:_MOST_SHOWN]))
    files = tuple(name for name, counts in masks.items() if set(doubtful) & set(counts.seen or ()))
    problem = (
        f"mask colours that nowhere fill an area ({listed}): soft edges between other colours, or "
        "outlines with a meaning of their own"
    )
    cure = (
        f"for soft edges, which count as the nearest colour: {_option(ordered)}; "
        f"for classes: {_option([*ordered, *doubtful])}"
    )
    return Finding("error", "doubtful-colours", problem, cure, files)


def _option(ordered: Sequence[int]) -> str:
    """The option that makes a class of each colour; the first is the background."""
    shown = ordered[:_MOST_NAMED]
    names = ["background", *(f"class{label}" for label in range(1, len(shown)))]
    if len(ordered) == 2:
        names = list(BINARY_NAMES)
    parts = [f"{written_colour(c)}={name}" for c, name in zip(shown, names, strict=True)]
    return f"--values '{','.join(parts)}{',...' if len(ordered) > len(shown) else ''}'"


def _colour_names(ordered: Sequence[int]) -> tuple[str, ...]:
    if len(ordered) <= 2:
        return BINARY_NAMES
    return ("background", *(written_colour(colour) for colour in ordered[1:]))


def _spread(rules: tuple[Rule, ...], scale: int) -> tuple[Rule, ...]:
    """Rules over colours, of rules over colours or over grey values."""
    if scale == 1:
        return rules
    return tuple(
        Rule(value * scale, value * scale, rule.label)
        for rule in rules
        for value in range(rule.low, min(rule.high, 255) + 1)
    )
