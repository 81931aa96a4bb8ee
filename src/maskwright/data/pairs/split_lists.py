"""Lists of photos, one file a split: train.txt and val.txt, or ImageSets/Segmentation of VOC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from maskwright.data.findings import Finding, about
from maskwright.data.pairs.pairing import Example
from maskwright.data.pairs.split_names import split_of_list
from maskwright.data.pairs.tables import same_name
from maskwright.data.walk import image_files, shown

_FOLDERS = (
    *("", "splits", "split", "lists", "ImageSets/Segmentation", "ImageSets/Main", "ImageSets"),
    *("annotations", "images"),
)
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
    if not lists or not pairs:
        return SplitLists()
    index = _Index(root, pairs)
    splits: dict[str, str] = {}
    twice: list[str] = []
    findings: list[Finding] = []
    read: list[tuple[Path, str]] = []
    for path, split in lists:
        names, unknown = index.listed(path)
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
    for folder in _FOLDERS:
        here = root / folder
        if not here.is_dir():
            continue
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


class _Index:
    """Pairs by everything that a list may call them, and the other photos of their folders."""

    def __init__(self, root: Path, pairs: Sequence[Example]) -> None:
        self._called: dict[str, set[str]] = {}
        for pair in pairs:
            for path in (pair.name, shown(pair.image, root)):
                for called in _called(path, pair.image.suffix):
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
    text = same_name(content.decode("utf-8-sig", "surrogateescape"))
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def _names_nothing(path: Path, root: Path, pairs: Sequence[Example]) -> Finding:
    name = shown(path, root)
    problem = f"{name} looks like the list of a split, and names no photo of this folder"
    cure = f"list names such as '{pairs[0].name}', one a line, or give the file another name"
    known = all(pair.split is not None for pair in pairs)
    return Finding("warning" if known else "error", "split-lists", problem, cure)


def _unknown(path: Path, root: Path, lines: Sequence[str]) -> Iterator[Finding]:
    problem = f"{shown(path, root)} names photos that are not there"
    cure = "correct the names, or remove them from the list"
    yield from about(lines, "warning", "split-lists", problem, cure)
