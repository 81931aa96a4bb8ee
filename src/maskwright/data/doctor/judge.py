"""What is wrong with a data folder: the one judgement that `check` and all verbs share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from maskwright.data.decoding.decode import Header, Limits
from maskwright.data.doctor.contents import contents
from maskwright.data.doctor.duplicates import (
    Fingerprint,
    about_duplicates,
    find_duplicates,
    torn_groups,
)
from maskwright.data.doctor.numbers import numbers
from maskwright.data.findings import Finding, Severity, about
from maskwright.data.folder import DataFolder
from maskwright.data.groups import group_sources
from maskwright.data.image_hash import ENOUGH, ImageHash, file_digest
from maskwright.data.masks.encoding import MaskEncoding
from maskwright.data.pairs.pairing import Example
from maskwright.data.photo import read_photo
from maskwright.data.survey import Survey, survey
from maskwright.data.threads import in_threads
from maskwright.errors import DataError

TINY = 32
"""Photos with a side shorter than this many pixels are most likely thumbnails."""

_ABOUT_TRAINING = frozenset(
    {
        "few-pairs",
        "few-sources",
        "near-duplicates",
        "nothing-to-train-on",
        "only-copies",
        "rare-classes",
        "unknown-parents",
        "untraced-copies",
        "untrained-classes",
    }
)
"""Kinds of findings that say nothing against scores of these photos."""


@dataclass(frozen=True)
class Judgement:
    """What a data folder holds, and what is wrong with it.

    Attributes:
        survey: the folder.
        findings: all that was found: errors first, then warnings and notes.
        sources: the source of each example, by name.
    """

    survey: Survey
    findings: tuple[Finding, ...]
    sources: dict[str, str]


def judge(
    folder: DataFolder, encoding: MaskEncoding | None = None, *, scoring: bool = False
) -> Judgement:
    """Judge a data folder. Every mask and every photo is decoded once.

    Args:
        folder: the data folder.
        encoding: what mask values mean, when it is known already.
        scoring: the photos judge a model, and none is trained on.

    Raises:
        UsageError: `values`, `ignore` or `groups` of the folder cannot be read.
    """
    found = survey(folder, encoding)
    fingerprints, findings = _fingerprints(found, folder.limits)
    duplicates = find_duplicates(found, fingerprints)
    sources = group_sources(found.examples, duplicates.joined)
    findings += _turned_unseen(found)
    findings += about_duplicates(found, duplicates)
    findings += torn_groups(found)
    findings += numbers(found.examples, sources)
    findings += _odd_files(found)
    if found.encoding is not None:
        findings += contents(found, found.encoding)
    order: tuple[Severity, ...] = ("error", "warning", "note")
    every = sorted((*found.findings, *findings), key=lambda f: order.index(f.severity))
    if scoring:
        every = [finding for finding in every if finding.kind not in _ABOUT_TRAINING]
    return Judgement(found, tuple(every), sources)


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


def _odd_files(found: Survey) -> Iterator[Finding]:
    tiny = _photos(found, lambda header: min(header.height, header.width) < TINY)
    problem = f"photos with a side shorter than {TINY} pixels"
    cure = "if these are thumbnails, use the full photos"
    yield from about(tiny, "warning", "tiny", problem, cure)
