"""The doctor: look at every photo and mask of a data folder and say what is wrong, and the cure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maskwright.data.contents import contents
from maskwright.data.decode import Limits
from maskwright.data.findings import Finding, Severity, errors, listing
from maskwright.data.folder import DataFolder
from maskwright.data.groups import THUMBNAIL, look
from maskwright.data.pairing import Example
from maskwright.data.photo import read_photo
from maskwright.data.survey import Survey, survey
from maskwright.data.threads import in_threads
from maskwright.data.twins import Glance, alike, file_digest, torn_groups
from maskwright.errors import DataError

FEW_PAIRS = 10
"""Below this many pairs no part is held out, so nothing can say how good a model is."""

TINY = 32
"""Photos with a side shorter than this many pixels are most likely thumbnails."""


@dataclass(frozen=True)
class Report:
    """What the doctor found.

    Attributes:
        root: the data folder.
        pairs: number of pairs.
        classes: class names; empty when the mask encoding is not certain.
        findings: errors first, then warnings and notes.
    """

    root: Path
    pairs: int
    classes: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def content(self) -> bool:
        """Whether the data can be used: there are no errors."""
        return not errors(self.findings)

    def errors(self) -> list[str]:
        """The errors, each with its cure."""
        return [finding.text() for finding in errors(self.findings)]

    def text(self, *, errors_only: bool = False) -> str:
        """The report as a person reads it; the last line sums it up."""
        verdict = "the data can be used" if self.content else "the data cannot be used as it is"
        counted = [
            f"{number} {severity}{'' if number == 1 else 's'}"
            for severity in ("error", "warning")
            if (number := sum(f.severity == severity for f in self.findings))
        ]
        summary = ", ".join([f"{self.root}: {self.pairs} pairs", *counted, verdict])
        said = listing(errors(self.findings) if errors_only else self.findings)
        return f"{said}\n{summary}" if said else summary

    def to_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            "data": str(self.root),
            "content": self.content,
            "pairs": self.pairs,
            "classes": list(self.classes),
            "findings": [finding.to_json() for finding in self.findings],
        }


def check(data: str | Path | DataFolder) -> Report:
    """Examine a data folder.

    Every mask and every photo is decoded once.

    Args:
        data: the folder; a `DataFolder` also says how to read it.

    Raises:
        UsageError: `values`, `ignore` or `groups` of the `DataFolder` cannot be read.
    """
    folder = DataFolder.of(data)
    return report(survey(folder), folder.limits)


def report(found: Survey, limits: Limits) -> Report:
    """Add to a survey what only decoded photos and the decided encoding can tell."""
    glances, findings = _glances(found, limits)
    findings += _turned_unseen(found)
    findings += alike(found, glances)
    findings += torn_groups(found)
    findings += _numbers(found)
    if found.encoding is not None:
        findings += contents(found, found.encoding)
    order: tuple[Severity, ...] = ("error", "warning", "note")
    every = sorted((*found.findings, *findings), key=lambda f: order.index(f.severity))
    classes = found.encoding.classes if found.encoding else ()
    return Report(found.root, len(found.examples), classes, tuple(every))


def _glances(found: Survey, limits: Limits) -> tuple[dict[str, Glance], list[Finding]]:
    def glance(example: Example) -> Glance | DataError:
        try:
            photo = read_photo(example.image, limits=limits, shrink_to=4 * THUMBNAIL)
            digest = file_digest(example.image)
        except DataError as error:
            return error
        return Glance(look(photo.pixels), digest, photo.notes)

    openable = [example for example in found.examples if example.name in found.headers]
    glances: dict[str, Glance] = {}
    findings: list[Finding] = []
    for example, seen in zip(openable, in_threads(glance, openable), strict=True):
        files = (found.file(example.image),)
        if isinstance(seen, DataError):
            cure = "replace the file, or take the pair out"
            findings.append(Finding("error", "unreadable", str(seen), cure, files))
            continue
        glances[example.name] = seen
        findings += [Finding("note", "first-frame", note, "", files) for note in seen.notes]
    return glances, findings


def _turned_unseen(found: Survey) -> Iterator[Finding]:
    files = tuple(
        found.file(example.image)
        for example in found.examples
        if (header := found.headers.get(example.name))
        and header.orientation != 1
        and header.stored_size == (header.height, header.width)
    )
    if files:
        problem = "photos turned or mirrored by EXIF at the same size: masks are taken as upright"
        cure = "look at one photo with its mask; if they do not match, turn the mask"
        yield Finding("warning", "turned-unseen", problem, cure, files)


def _numbers(found: Survey) -> Iterator[Finding]:
    usable = [example for example in found.examples if example.part != "test"]
    trainable = sum(example.parent is None for example in usable)
    if usable and not trainable:
        problem = "all photos are changed copies, and copies never judge a model"
        cure = "add their originals with masks, or name groups in pairs.csv instead of parents"
        yield Finding("error", "only-copies", problem, cure)
    elif usable and trainable < FEW_PAIRS:
        problem = f"only {trainable} photos to train on: none will be held out to judge the model"
        yield Finding("warning", "few-pairs", problem, f"label at least {FEW_PAIRS}, better 20")
    files = tuple(
        found.file(example.image)
        for example in found.examples
        if (header := found.headers.get(example.name)) and min(header.height, header.width) < TINY
    )
    if files:
        problem = f"photos with a side shorter than {TINY} pixels"
        cure = "use the photos themselves if these are thumbnails"
        yield Finding("warning", "tiny", problem, cure, files)
    lossy = tuple(
        found.file(example.mask)
        for example in found.examples
        if (counts := found.counts.get(example.name)) and counts.lossy
    )
    if lossy:
        problem = "masks saved as JPEG: outlines are smeared"
        cure = "export them as PNG; `maskwright check --fix` converts them as they are"
        yield Finding("warning", "jpeg-masks", problem, cure, lossy)
