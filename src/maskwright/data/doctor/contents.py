"""Check what masks show, class by class: empty, full, rare, void or inverted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from maskwright.core import VOID
from maskwright.data.findings import Finding, about
from maskwright.data.masks.encoding import MaskEncoding
from maskwright.data.masks.read import Counts
from maskwright.data.survey import Survey

FEW_PHOTOS = 3
"""A class in fewer photos than this is memorised, if learned at all."""


def contents(found: Survey, encoding: MaskEncoding) -> Iterator[Finding]:
    """Find what is unusual about the classes in the masks of a surveyed folder."""
    # Masks of augmented copies are made from the others, so only those are checked.
    copies = {example.name for example in found.examples if example.parent is not None}
    judged = found.counts.keys() - copies or found.counts.keys()
    tallies = {name: encoding.tally(found.counts[name])[0] for name in sorted(judged)}
    files = {e.name: found.file(e.mask) for e in found.examples}
    known = {name: tally[:VOID] for name, tally in tallies.items()}
    empty = tuple(files[name] for name, tally in known.items() if not tally[1:].any())
    if empty and len(empty) == len(known):
        problem = "no mask shows anything but background: there is nothing to learn"
        cure = "check the mask folder (--masks) and the meaning of mask values (--values)"
        yield Finding("error", "nothing-to-learn", problem, cure, empty)
    else:
        problem = "masks with nothing but background"
        cure = "correct if these photos show none of the classes; otherwise draw their masks"
        yield from about(empty, "warning", "empty-masks", problem, cure)
    full = tuple(files[n] for n, tally in known.items() if not tally[0] and tally[1:].any())
    problem = "masks without any background"
    cure = "correct if the class fills these photos; otherwise draw their masks again"
    yield from about(full, "warning", "full-masks", problem, cure)
    yield from _rare_classes(encoding, list(known.values()))
    yield from _too_much_void(list(tallies.values()))
    yield from _inverted(found, encoding, known, files)


def _rare_classes(encoding: MaskEncoding, tallies: Sequence[Counts]) -> Iterator[Finding]:
    photos = {
        name: sum(bool(tally[label]) for tally in tallies)
        for label, name in enumerate(encoding.classes)
    }
    absent = [name for name, number in photos.items() if not number]
    if absent:
        yield Finding("note", "absent-classes", f"classes in no mask: {', '.join(absent)}")
    few = min(FEW_PHOTOS, len(tallies))
    rare = [f"{name} in {number}" for name, number in photos.items() if 0 < number < few]
    if rare:
        problem = f"classes in fewer than {FEW_PHOTOS} photos: {', '.join(rare)}"
        yield Finding("warning", "rare-classes", problem, "label more photos that show them")


def _too_much_void(tallies: Sequence[Counts]) -> Iterator[Finding]:
    total = np.sum(tallies, axis=0)
    if total[VOID] > total[1:VOID].sum() > 0:
        problem = "void covers more pixels than all classes but the background together"
        cure = "if 255 is a class and not void, name it: --values 0=background,1=...,255=..."
        yield Finding("warning", "much-void", problem, cure)


def _inverted(
    found: Survey,
    encoding: MaskEncoding,
    tallies: Mapping[str, Counts],
    files: Mapping[str, str],
) -> Iterator[Finding]:
    """Masks with foreground along the whole border and in most of the photo."""
    if len(encoding.classes) != 2 or encoding.kind == "colours" or not tallies:
        return
    suspects = []
    for name, tally in tallies.items():
        border = found.counts[name].border if encoding.source == "stored" else None
        around = tally if border is None else encoding.tally_levels(border)
        if tally[1] > tally[0] > 0 and around[1] > 4 * around[0]:
            suspects.append(files[name])
    shown = "all masks" if len(suspects) == len(tallies) else "these masks"
    problem = f"{shown} may be inverted: foreground fills the border and most of the photo"
    cure = "if so, invert them, or swap the classes: --values 255=background,0=foreground"
    yield from about(suspects, "warning", "inverted", problem, cure)
