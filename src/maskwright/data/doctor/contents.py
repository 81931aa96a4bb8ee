"""Check what masks show, class by class: empty, full, rare, void or inverted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from maskwright.core import VOID
from maskwright.data.findings import Finding, about
from maskwright.data.masks.count import FILLS, Counts
from maskwright.data.masks.encoding import MaskEncoding, Rule, written_colour
from maskwright.data.masks.lossy import lossy_formats
from maskwright.data.survey import Survey

FEW_PHOTOS = 3
"""A class in fewer photos than this is memorised, if learned at all."""

_VOC_VOID = 0xE0E0C0
_SPECKS = 16  # pixels
_SPECK_SHARE = 1e-4  # of a photo


def contents(found: Survey, encoding: MaskEncoding) -> Iterator[Finding]:
    """Find what is unusual about the classes in the masks of a surveyed folder."""
    # Masks of augmented copies are made from the others, so only those are checked.
    copies = {example.name for example in found.examples if example.parent is not None}
    judged = found.counts.keys() - copies or found.counts.keys()
    tallies = {name: encoding.tally(found.counts[name])[0] for name in sorted(judged)}
    files = {e.name: found.file(e.mask) for e in found.examples}
    known = {name: tally[:VOID] for name, tally in tallies.items()}
    empty = tuple(files[name] for name, tally in known.items() if not tally[1:].any())
    shown = sorted({int(label) for tally in known.values() for label in np.flatnonzero(tally)})
    if known and len(shown) < 2:
        what = encoding.classes[shown[0]] if shown else "void"
        problem = f"all masks show {what} and nothing else: there is nothing to learn"
        cure = "check the mask folder (--masks) and the meaning of mask values (--values)"
        if encoding.source == "alpha" and encoding.kind == "binary":
            cure += (
                "; if the masks are drawn half transparent: --values 0=background,1-255=foreground "
                "takes all that is not fully transparent, in one class"
            )
        yield Finding("error", "nothing-to-learn", problem, cure, tuple(files[n] for n in known))
        return
    yield from _untrained(found, encoding, known, shown)
    problem = "masks with nothing but background"
    cure = "correct if these photos show none of the classes; otherwise draw their masks"
    yield from about(empty, "warning", "empty-masks", problem, cure)
    full = tuple(files[n] for n, tally in known.items() if not tally[0] and tally[1:].any())
    problem = "masks without any background"
    cure = "correct if the class fills these photos; otherwise draw their masks again"
    yield from about(full, "warning", "full-masks", problem, cure)
    yield from _rare_classes(encoding, list(known.values()))
    yield from _specks(encoding, list(known.values()))
    yield from _outlines(found, encoding)
    yield from _drawn_void(found, encoding)
    yield from _too_much_void(list(tallies.values()))
    yield from _inverted(found, encoding, known, files)
    yield from _lossy(found, files)


def _untrained(
    found: Survey, encoding: MaskEncoding, tallies: Mapping[str, Counts], shown: Sequence[int]
) -> Iterator[Finding]:
    """What masks show, but none of those to train on."""
    splits = {example.name: example.split for example in found.examples}
    trained = [tally for name, tally in tallies.items() if splits[name] in (None, "train")]
    if not trained or len(trained) == len(tallies):
        return
    learned = np.flatnonzero(np.sum(trained, axis=0))
    cure = "move photos that show them into the part to train on, or check the masks there"
    if len(learned) < 2:
        what = encoding.classes[learned[0]] if learned.size else "void"
        problem = f"all masks to train on show {what} and nothing else: there is nothing to learn"
        yield Finding("error", "nothing-to-train-on", problem, cure)
    elif missing := [encoding.classes[label] for label in shown if label not in learned]:
        problem = f"classes that no photo to train on shows: {', '.join(missing)}"
        yield Finding("warning", "untrained-classes", problem, cure)


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


def _specks(encoding: MaskEncoding, tallies: Sequence[Counts]) -> Iterator[Finding]:
    """Classes that cover next to nothing in every photo: strays of a brush, or a mistake."""
    if not tallies:
        return
    sizes = np.array([max(1, int(tally.sum())) for tally in tallies])
    small = []
    for label, name in enumerate(encoding.classes):
        pixels = np.array([int(tally[label]) for tally in tallies])
        if pixels.any() and (pixels < np.maximum(_SPECKS, _SPECK_SHARE * sizes)).all():
            small.append(f"{name} ({pixels.sum():,} pixels in {np.count_nonzero(pixels)} photos)")
    if small:
        problem = f"classes that cover almost nothing in every photo: {', '.join(small)}"
        cure = (
            "if they are strays of drawing or saving, give them the meaning of what is around "
            "them, or make them void with --ignore"
        )
        yield Finding("warning", "specks", problem, cure)


def _outlines(found: Survey, encoding: MaskEncoding) -> Iterator[Finding]:
    """Class indices between others that are nowhere an area: resizing may have made them."""
    if encoding.kind != "index" or len(encoding.classes) < 3 or encoding.source != "stored":
        return
    totals = np.zeros(256, np.int64)
    areas = np.zeros(256, np.int64)
    for counts in found.counts.values():
        if counts.palette is not None or counts.stored is None:
            return
        totals += counts.stored
        for colour, pixels in counts.areas.items():
            areas[colour & 255] += pixels
    last = len(encoding.classes) - 1
    thin = [
        f"{encoding.classes[label]} ({totals[label]:,} pixels)"
        for label in range(1, last)
        if totals[label] and areas[label] < FILLS * totals[label]
    ]
    if thin:
        problem = f"classes that nowhere fill an area: {', '.join(thin)}"
        cure = (
            "correct for thin things; if the masks were resized with interpolation, export them "
            "again, or resize them with nearest-neighbour interpolation"
        )
        yield Finding("warning", "thin-classes", problem, cure)


def _drawn_void(found: Survey, encoding: MaskEncoding) -> Iterator[Finding]:
    """Pascal VOC and the tools that write its format paint borders and doubt in one colour."""
    if encoding.kind == "colours" and encoding.label_of(_VOC_VOID) not in (None, VOID):
        drawn = any(_VOC_VOID in (counts.seen or {}) for counts in found.counts.values())
        written = written_colour(_VOC_VOID)
        problem = f"{written} is taken as a class, and is what Pascal VOC paints void in"
        cure = f"if so: --ignore '{written}'"
        yield from about([written] if drawn else [], "warning", "void-colour", problem, cure)


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
    if len(encoding.classes) != 2 or not tallies:
        return
    suspects = []
    for name, tally in tallies.items():
        border = found.counts[name].border
        around = tally if border is None else encoding.tally(border)[0]
        if tally[1] > tally[0] > 0 and around[1] > 4 * around[0]:
            suspects.append(files[name])
    shown = "all masks" if len(suspects) == len(tallies) else "these masks"
    problem = f"{shown} may be inverted: foreground fills the border and most of the photo"
    cure = f"if so, invert them, or swap the classes: {_swapped(encoding)}"
    yield from about(suspects, "warning", "inverted", problem, cure)


def _swapped(encoding: MaskEncoding) -> str:
    """The option that gives each of two classes the values of the other, void left as it is."""
    background, foreground = encoding.classes

    def parts(label: int) -> list[str]:
        return [_written(rule, encoding) for rule in encoding.rules if rule.label == label]

    values = [f"{part}={background}" for part in parts(1)]
    values += [f"{part}={foreground}" for part in parts(0)]
    quote = "'" if encoding.kind == "colours" else ""
    void = f" --ignore {quote}{','.join(parts(VOID))}{quote}" if parts(VOID) else ""
    return f"--values {quote}{','.join(values)}{quote}{void}"


def _written(rule: Rule, encoding: MaskEncoding) -> str:
    ends = dict.fromkeys((rule.low, rule.high))
    return "-".join(written_colour(v) if encoding.kind == "colours" else str(v) for v in ends)


def _lossy(found: Survey, files: Mapping[str, str]) -> Iterator[Finding]:
    lossy = {name: counts for name, counts in found.counts.items() if counts.lossy}
    problem = f"masks saved as {lossy_formats(lossy)}: their outlines are blurred"
    cure = "export them again as PNG; `maskwright check --fix` converts them, still blurred"
    yield from about([files[n] for n in sorted(lossy)], "warning", "lossy-masks", problem, cure)
