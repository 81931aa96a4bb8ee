"""Decide what mask values mean: once for a whole data set, never per file.

A wrong guess here would silently train a model on wrong masks, so every uncertain case is an error
that prints its cure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from maskwright.core import VOID
from maskwright.data.findings import Finding
from maskwright.data.masks.count import MaskCounts
from maskwright.data.masks.decide_colours import BLACK, decide_colours
from maskwright.data.masks.decide_levels import decide_levels
from maskwright.data.masks.encoding import MaskEncoding, Source, written_colour
from maskwright.data.masks.meaning import Meaning
from maskwright.data.masks.mixed import WHITE, mixed_alpha
from maskwright.data.masks.shades import sort_out

_SOFT_PALETTE = 6  # shades of soft edges among the colours of a palette
_SHOWN = 12  # values in one finding


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
        encoding, findings = decide_levels(masks, meaning, source)
    if encoding is None:
        return None, findings
    findings += judge_values(encoding, masks)
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
    return "seen" if merged and _soft_palette(masks) else "stored", []


def _soft_palette(masks: Mapping[str, MaskCounts]) -> bool:
    """Whether most colours of palettes are shades of soft edges, and their numbers no classes."""
    shades = sort_out(masks)
    return len(shades.soft) >= max(_SOFT_PALETTE, len(shades.real))


def _transparent_source(
    masks: Mapping[str, MaskCounts],
) -> tuple[Source | None, list[Finding]]:
    clear = {name: counts for name, counts in masks.items() if counts.alpha is not None}
    pictures = any(counts.seen is None for counts in clear.values())
    soft = {} if pictures else sort_out(clear).soft
    painted = {c for counts in clear.values() for c in counts.seen or () if c not in soft}
    if pictures or len(painted) <= 1:  # cut-outs, or one colour painted on nothing
        others = masks.keys() - clear.keys()
        drawn = [name for name in others if len(masks[name].seen or ()) > 1]
        if not drawn:
            return "alpha", []
        return None, [mixed_alpha(masks, drawn)]
    if all(_numbers_transparent_zero(counts) for counts in masks.values()):
        return "stored", []  # a palette of classes in which the background is transparent
    if BLACK not in painted:
        return "seen", []  # colours painted on nothing: transparent is the background
    problem = "masks hold black, other colours and transparency: what transparent means is unclear"
    cure = "flatten the masks: save them without an alpha channel"
    return None, [Finding("error", "mixed-masks", problem, cure, tuple(clear))]


def _numbers_transparent_zero(counts: MaskCounts) -> bool:
    if counts.palette is None or counts.stored is None:
        return False
    if counts.alpha is None:
        return True
    clear = counts.alpha[:128].sum()
    return bool(counts.alpha[0] == clear == counts.stored[0])


def _is_grey(counts: MaskCounts, source: Source) -> bool:
    if source != "seen":
        return True
    if counts.seen is None:
        return False
    return all(colour >> 8 & 255 == colour & 255 == colour >> 16 for colour in counts.seen)


def judge_values(encoding: MaskEncoding, masks: Mapping[str, MaskCounts]) -> Iterator[Finding]:
    """What masks hold beside the values that an encoding names.

    Values without a meaning are errors, one finding each, or one in all where there are many. How
    much of the masks counts as soft edges of colours is a note.
    """
    files: dict[int, list[str]] = {}
    soft: dict[str, int] = {}
    total = 0
    for name, counts in masks.items():
        for value in encoding.tally(counts)[1]:
            files.setdefault(value, []).append(name)
        present = encoding.present(counts)
        total += sum(present.values())
        if edges := encoding.soft_edges(counts):
            soft[name] = sum(present[value] for value in edges)
    yield from _unknown(encoding, files)
    if soft:
        pixels = sum(soft.values())
        problem = (
            f"soft edges: {pixels:,} pixels in {len(soft)} masks ({pixels / total:.1%} of all) "
            "have shades between the colours of classes, and count as the nearest of these"
        )
        yield Finding("note", "soft-edges", problem, "", tuple(soft))


def _unknown(encoding: MaskEncoding, files: Mapping[int, list[str]]) -> Iterator[Finding]:
    def written(value: int) -> str:
        return written_colour(value) if encoding.kind == "colours" else str(value)

    deep = [value for value in files if value > VOID and encoding.kind != "colours"]
    if deep:
        names = tuple(sorted({name for value in deep for name in files[value]}))
        problem = f"mask values up to {max(deep)} have no meaning ({encoding.describe()})"
        cure = "let the last range of --values end higher, as in 1-65535=foreground"
        yield Finding("error", "unknown-values", problem, cure, names)
        files = {value: found for value, found in files.items() if value not in deep}
    if len(files) > _SHOWN:
        names = tuple(sorted({name for found in files.values() for name in found}))
        shown = ", ".join(written(value) for value in sorted(files)[:_SHOWN])
        problem = f"{len(files)} mask values have no meaning: {shown}, ... ({encoding.describe()})"
        cure = "save the masks as PNG without smoothing, or give the values a class in --values"
        yield Finding("error", "unknown-values", problem, cure, names)
        return
    for value, names_of_value in sorted(files.items()):
        text = written(value)
        problem = f"mask value {text} has no meaning ({encoding.describe()})"
        quoted = f"'{text}'" if encoding.kind == "colours" else text  # a # starts a comment
        cure = f"make it void with --ignore {quoted}, or give it a class in --values"
        yield Finding("error", "unknown-values", problem, cure, tuple(names_of_value))
