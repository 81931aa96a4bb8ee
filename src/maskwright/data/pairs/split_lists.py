"""Lists of photos, one file a split: train.txt and val.txt, or ImageSets/Segmentation of VOC."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from maskwright.data.findings import Finding, about
from maskwright.data.pairs.pairing import Example
from maskwright.data.pairs.split_names import split_of_list
from maskwright.data.pairs.tables import same_name
from maskwright.data.walk import folders_in, image_files, shown

_FOLDERS = (
    *("", "splits", "split", "lists", "ImageSets/Segmentation", "ImageSets/Main", "ImageSets"),
    *("annotations", "images"),
)
_MIXED = frozenset({".", "annotations", "images"})  # other things lie there, too
_LIKE_LISTS = frozenset({".txt", ".csv", ".json", ".lst"})
_MOST_BYTES = 1 << 26


@dataclass(frozen=True)
class SplitLists:
    """What lists say of the pairs.

    Attributes:
        splits: "train", "val" or "test" of each pair on a list, by name.
        left_out: names of pairs on no list, where there is one of the photos to train on.
        files: the lists, as findings name them.
        findings: what is wrong with the lists.
    """

    splits: Mapping[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    files: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_split_lists(root: Path, pairs: Sequence[Example]) -> SplitLists:
    """Read the lists of a data folder.

    A line holds a photo: its name or path, with or without ending; what follows after white space
    or a comma, such as the mask, is passed over.

    Args:
        root: the data folder.
        pairs: its pairs.
    """
    lists = _lists(root)
    if not pairs:
        return SplitLists()
    if not lists:
        return SplitLists(findings=tuple(_unknown_lists(root)))
    index = _Index(root, pairs)
    splits: dict[str, str] = {}
    twice: list[str] = []
    findings: list[Finding] = []
    read: list[tuple[Path, str]] = []
    for path, split in lists:
        names, unknown = index.listed(path)
        findings += _ambiguous(path, root, index.ambiguous(path))
        if not names and unknown:
            findings.append(_names_nothing(path, root, pairs))
            continue
        read.append((path, split))
        findings += _unknown(path, root, unknown)
        twice += [name for name in names if splits.setdefault(name, split) != split]
    problem = "photos are on the lists of two splits"
    cure = "take each of them out of one list"
    findings += about(sorted(set(twice)), "error", "split-lists", problem, cure)
    left: list[str] = []
    if any(split == "train" for _, split in read):
        # pairs.csv is asked later: it may still name the split of a photo on no list.
        left = [pair.name for pair in pairs if pair.name not in splits]
    return SplitLists(
        splits, frozenset(left), tuple(shown(path, root) for path, _ in read), tuple(findings)
    )


def on_no_list(names: Sequence[str], lists: SplitLists) -> Iterator[Finding]:
    """The warning about pairs that are left out."""
    problem = f"photos on none of the lists ({', '.join(lists.files)}) are not used"
    cure = "add them to a list, or remove the lists"
    yield from about(names, "warning", "on-no-list", problem, cure)


def _lists(root: Path) -> list[tuple[Path, str]]:
    """The list files of the first folder that has some, with their splits."""
    for here in _homes_of_lists(root):
        found = [
            (path, split)
            for path in sorted(here.iterdir())
            if path.suffix.lower() == ".txt" and path.is_file()
            if (split := split_of_list(path.stem)) is not None
        ]
        parts = {split for path, split in found if path.stem.lower() != "trainval"}
        if parts & {"train", "val"}:  # trainval is what both hold
            found = [(path, split) for path, split in found if path.stem.lower() != "trainval"]
        if found:
            return found
    return []


def _homes_of_lists(root: Path) -> Iterator[Path]:
    """The folders that may hold lists, whatever the case of their names."""
    for folder in _FOLDERS:
        found = [root]
        for part in filter(None, folder.split("/")):
            inside = (child for home in found for child in folders_in(home))
            found = [child for child in inside if child.name.lower() == part.lower()]
        yield from found


class _Index:
    """Pairs by everything that a list may call them, and the other photos of their folders."""

    def __init__(self, root: Path, pairs: Sequence[Example]) -> None:
        self._called: dict[str, set[str]] = {}
        for pair in pairs:
            files = ((shown(path, root), path.suffix) for path in (pair.image, pair.mask))
            for path, ending in ((pair.name, pair.image.suffix), *files):
                for called in _called(path, ending):
                    self._called.setdefault(called, set()).add(pair.name)
        # A photo without a mask may be listed as well.
        self._others = {
            same_name(path.stem) for folder in _homes(pairs) for path in image_files(folder)
        }

    def listed(self, path: Path) -> tuple[list[str], list[str]]:
        """The names of the pairs that a list names, and its lines that name nothing here."""
        names: list[str] = []
        unknown: list[str] = []
        for line in _lines(path):
            name = self._name(line)
            if name is not None:
                names.append(name)
            elif not any(
                Path(one).stem in self._others or one in self._others
                for one in (line, *line.split()[:1])
            ):
                unknown.append(line)
        return names, unknown

    def ambiguous(self, path: Path) -> list[str]:
        """The lines of a list that name several pairs, as `a` does where there is x/a and y/a."""
        return [
            line
            for line in _lines(path)
            if self._name(line) is None and len(self._called.get(Path(line).stem, ())) > 1
        ]

    def _name(self, line: str) -> str | None:
        for text in (line, line.split(",")[0].strip(), line.split()[0]):
            parts = text.strip("\"'").replace("\\", "/").removeprefix("./").split("/")
            # A path of another computer: what is common is its end.
            for start in range(len(parts)):
                found = self._called.get("/".join(parts[start:]), set())
                if len(found) == 1:
                    return next(iter(found))
        return None


def _homes(pairs: Sequence[Example]) -> set[Path]:
    return {pair.image.parent for pair in pairs}


def _called(path: str, ending: str) -> Iterator[str]:
    """All ends of a path, with and without the file's ending."""
    bare = same_name(path.removesuffix(ending))
    parts = bare.split("/")
    for start in range(len(parts)):
        end = "/".join(parts[start:])
        yield end
        yield end + ending


def _lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES)
    except OSError:
        return []
    wide = content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    text = same_name(
        content.decode("utf-16", "replace")
        if wide  # as PowerShell and Notepad write it
        else content.decode("utf-8-sig", "surrogateescape")
    )
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def _names_nothing(path: Path, root: Path, pairs: Sequence[Example]) -> Finding:
    name = shown(path, root)
    problem = f"{name} looks like the list of a split, and names no photo of this folder"
    cure = f"list names such as '{pairs[0].name}', one a line, or give the file another name"
    known = all(pair.split is not None for pair in pairs)
    return Finding("warning" if known else "error", "split-lists", problem, cure)


def _unknown_lists(root: Path) -> Iterator[Finding]:
    """The warning about folders of lists in which no list has the name of a split."""
    own = (
        here for here in _homes_of_lists(root) if here.relative_to(root).as_posix() not in _MIXED
    )
    files = [path for here in own for path in sorted(here.iterdir()) if path.suffix in _LIKE_LISTS]
    # CVAT puts the names of all photos into default.txt.
    names = [shown(path, root) for path in files if path.stem.lower() not in ("default", "all")]
    problem = "files beside the photos may say a split, and are not read"
    cure = f"save the lists that hold as {root / 'train.txt'} and {root / 'test.txt'}"
    yield from about(names, "warning", "split-lists", problem, cure)


def _ambiguous(path: Path, root: Path, lines: Sequence[str]) -> Iterator[Finding]:
    problem = f"{shown(path, root)} has names that fit several photos"
    cure = "write the folder before the name, as in folder/photo"
    yield from about(lines, "error", "split-lists", problem, cure)


def _unknown(path: Path, root: Path, lines: Sequence[str]) -> Iterator[Finding]:
    problem = f"{shown(path, root)} names photos that are not there"
    cure = "correct the names, or remove them from the list"
    yield from about(lines, "warning", "split-lists", problem, cure)
