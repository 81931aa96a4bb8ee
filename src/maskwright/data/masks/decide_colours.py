"""Decide what colours of masks mean: one class per colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from maskwright.core import VOID
from maskwright.data.findings import Finding
from maskwright.data.masks.encoding import (
    BINARY_NAMES,
    MOST_CLASSES,
    MaskEncoding,
    Rule,
    written_colour,
)
from maskwright.data.masks.meaning import Meaning
from maskwright.data.masks.read import MaskCounts

BLACK = 0x000000


def decide_colours(
    masks: Mapping[str, MaskCounts], meaning: Meaning, coloured: Sequence[str]
) -> tuple[MaskEncoding | None, list[Finding]]:
    """Decide the encoding of masks of which `coloured` hold colours; as `decide` does."""
    pictures = tuple(name for name, counts in masks.items() if counts.seen is None)
    if pictures:
        problem = (
            "masks with hundreds of colours: photos, or masks saved as JPEG or with soft edges"
        )
        cure = (
            "name the folder of the masks with --masks NAME, or save them as PNG without smoothing"
        )
        return None, [Finding("error", "not-a-mask", problem, cure, pictures)]
    scale = 1 if meaning.colours else 0x010101  # a grey value among colours is a grey colour
    if meaning.values:
        spread = _spread(meaning.rules(), scale)
        return MaskEncoding("colours", meaning.classes, spread, "seen"), []
    ignored = {rule.low for rule in _spread(meaning.rules(), scale)}
    unsorted = MaskEncoding("colours", (), (), "seen")
    totals: dict[int, int] = {}
    for counts in masks.values():
        for colour, pixels in unsorted.present(counts).items():
            totals[colour] = totals.get(colour, 0) + pixels
    colours = sorted(set(totals) - ignored)
    if len(colours) > MOST_CLASSES:
        problem = f"the masks have {len(colours)} colours in all"
        named = "--values '#000000=background,...'"
        cure = f"save them as PNG without smoothing, or name the colours: {named}"
        return None, [Finding("error", "too-many-colours", problem, cure, tuple(coloured))]
    # Black is the background; without any black the colour of the most pixels is.
    background = BLACK if BLACK in colours else max(colours, key=lambda c: totals[c])
    ordered = [background, *(colour for colour in colours if colour != background)]
    names = meaning.classes or _colour_names(ordered)
    if len(names) < len(ordered):
        problem = f"{len(ordered)} mask colours, but {len(names)} classes are named"
        listed = ",".join(f"{written_colour(colour)}=..." for colour in ordered)
        return None, [Finding("error", "unknown-values", problem, f"--values '{listed}'")]
    rules = [Rule(colour, colour, label) for label, colour in enumerate(ordered)]
    void = [Rule(colour, colour, VOID) for colour in sorted(ignored)]
    return MaskEncoding("colours", names, (*rules, *void), "seen"), []


def _colour_names(ordered: list[int]) -> tuple[str, ...]:
    if len(ordered) <= 2:
        return BINARY_NAMES
    return ("background", *(written_colour(colour) for colour in ordered[1:]))


def _spread(rules: tuple[Rule, ...], scale: int) -> tuple[Rule, ...]:
    return tuple(
        Rule(value * scale, value * scale, rule.label)
        for rule in rules
        for value in range(rule.low, rule.high + 1)
    )
