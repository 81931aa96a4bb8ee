"""`check`: examine every photo and mask of a data folder; each problem comes with its cure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from maskwright.data.decode import Header, Limits
from maskwright.data.doctor.contents import contents
from maskwright.data.doctor.duplicates import Fingerprint, duplicates, torn_groups
from maskwright.data.findings import Finding, Severity, about, errors, listing
from maskwright.data.folder import DataFolder
from maskwright.data.image_hash import ENOUGH, ImageHash, file_digest
from maskwright.data.pairing import Example
from maskwright.data.photo import read_photo
from maskwright.data.survey import Survey, survey
from maskwright.data.threads import in_threads
from maskwright.errors import DataError

FEW_PAIRS = 10
"""With fewer pairs no photos are held out, and the model is not validated."""

TINY = 32
"""Photos with a side shorter than this many pixels are most likely thumbnails."""


@dataclass(frozen=True)
class CheckResult:
    """What is wrong with a data folder.

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
    def usable(self) -> bool:
        """Whether the data can be used as they are: there are no errors."""
        return not errors(self.findings)

    def errors(self) -> list[str]:
        """The errors, each with its cure."""
        return [finding.text() for finding in errors(self.findings)]

    def text(self, *, errors_only: bool = False) -> str:
        """The findings as a person reads them; the last line sums them up."""
        conclusion = "the data can be used" if self.usable else "the data cannot be used as it is"
        counted = [
            f"{number} {severity}{'' if number == 1 else 's'}"
            for severity in ("error", "warning")
            if (number := sum(f.severity == severity for f in self.findings))
        ]
        summary = ", ".join([f"{self.root}: {self.pairs} pairs", *counted, conclusion])
        said = listing(errors(self.findings) if errors_only else self.findings)
        return f"{said}\n{summary}" if said else summary

    def to_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "data": str(self.root),
            "usable": self.usable,
            "pairs": self.pairs,
            "classes": list(self.classes),
            "findings": [asdict(finding) for finding in self.findings],
        }


def check(data: str | Path | DataFolder) -> CheckResult:
    """Examine a data folder.

    Every mask and every photo is decoded once.

    Args:
        data: the folder; a `DataFolder` also says how to read it.

    Raises:
        UsageError: `values`, `ignore` or `groups` of the `DataFolder` cannot be read.
    """
    folder = DataFolder.of(data)
    return _examined(survey(folder), folder.limits)


def _examined(found: Survey, limits: Limits) -> CheckResult:
    """Add to a survey what only decoded photos and the decided encoding can tell."""
    fingerprints, findings = _fingerprints(found, limits)
    findings += _turned_unseen(found)
    findings += duplicates(found, fingerprints)
    findings += torn_groups(found)
    findings += _numbers(found)
    if found.encoding is not None:
        findings += contents(found, found.encoding)
    order: tuple[Severity, ...] = ("error", "warning", "note")
    every = sorted((*found.findings, *findings), key=lambda f: order.index(f.severity))
    classes = found.encoding.classes if found.encoding else ()
    return CheckResult(found.root, len(found.examples), classes, tuple(every))


def _fingerprints(found: Survey, limits: Limits) -> tuple[dict[str, Fingerprint], list[Finding]]:
    def read(example: Example) -> tuple[Fingerprint, tuple[str, ...]] | DataError:
        try:
            photo = read_photo(example.image, limits=limits, shrink_to=ENOUGH, bits=found.bits)
            digest = file_digest(example.image)
        except DataError as error:
            return error
        return Fingerprint(ImageHash.of(photo.pixels), digest), photo.notes

    openable = [example for example in found.examples if example.name in found.headers]
    fingerprints: dict[str, Fingerprint] = {}
    findings: list[Finding] = []
    for example, seen in zip(openable, in_threads(read, openable), strict=True):
        files = (found.file(example.image),)
        if isinstance(seen, DataError):
            cure = "replace the file, or remove the pair"
            findings.append(Finding("error", "unreadable", str(seen), cure, files))
            continue
        fingerprints[example.name], notes = seen
        findings += [Finding("note", "photo-read", note, "", files) for note in notes]
    return fingerprints, findings


def _turned_unseen(found: Survey) -> Iterator[Finding]:
    def holds(header: Header) -> bool:
        upright = header.height, header.width
        return header.orientation != 1 and header.stored_size == upright

    problem = "EXIF turns or mirrors photos at the same size: their masks are taken as upright"
    cure = "compare one photo with its mask; if they do not match, turn the mask"
    yield from about(_photos(found, holds), "warning", "turned-unseen", problem, cure)


def _photos(found: Survey, holds: Callable[[Header], bool]) -> list[str]:
    return [
        found.file(example.image)
        for example in found.examples
        if example.name in found.headers and holds(found.headers[example.name])
    ]


def _numbers(found: Survey) -> Iterator[Finding]:
    usable = [example for example in found.examples if example.split != "test"]
    trainable = sum(example.parent is None for example in usable)
    if usable and not trainable:
        problem = "all photos are augmented copies, which are never used for validation"
        cure = "add the originals and their masks, or name groups in pairs.csv instead of parents"
        yield Finding("error", "only-copies", problem, cure)
    elif usable and trainable < FEW_PAIRS:
        problem = f"only {trainable} photos to train on: none will be held out for validation"
        yield Finding("warning", "few-pairs", problem, f"label at least {FEW_PAIRS}, better 20")
    tiny = _photos(found, lambda header: min(header.height, header.width) < TINY)
    problem = f"photos with a side shorter than {TINY} pixels"
    cure = "if these are thumbnails, use the full photos"
    yield from about(tiny, "warning", "tiny", problem, cure)
