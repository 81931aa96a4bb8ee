"""Which files beside the photos are read, and which that look like tables are not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from maskwright.data.findings import Finding
from maskwright.data.pairs.split_names import split_of_list
from maskwright.data.walk import shown
from maskwright.files import open_regular

_PAIRS = ("pairs.csv", "pairs.tsv")
_MEANING = ("dataset.yaml", "dataset.yml")

_NEARLY_PAIRS = re.compile(
    r"pairs?\.(txt|json|xlsx?|ods|csv\.txt)|pair\.csv|groups\.csv", re.IGNORECASE
)
_NEARLY_MEANING = re.compile(
    r"dataset\.(json|txt|ya?ml\.txt)|data\.ya?ml|_?(classes|class_names|class_dict|labels|label_?map"
    r"|label_colou?rs|palette)\.(txt|csv|json|ya?ml)|obj\.names",
    re.IGNORECASE,
)
_SPLIT_TABLE = re.compile(
    r"(.*[-_. ])?(splits?|folds?|partitions?)\.(csv|tsv|json|ya?ml|xlsx?|pkl|npy|mat)",
    re.IGNORECASE,
)
_SPLIT_LIST = frozenset({".csv", ".tsv", ".json", ".lst", ".xlsx", ".xls"})
_SPLIT_COLUMN = re.compile(r"\b(split|subset|partition|fold|set)\b", re.IGNORECASE)
_METADATA = re.compile(r"metadata\.(csv|tsv)", re.IGNORECASE)

_MOST_OF_A_LINE = 4096


@dataclass(frozen=True)
class TableFiles:
    """The tables of a data folder.

    Attributes:
        pairs: pairs.csv, or None.
        meaning: dataset.yaml, or None.
        findings: files that are not read though they look like tables.
    """

    pairs: Path | None
    meaning: Path | None
    findings: tuple[Finding, ...]


def find_tables(
    root: Path, below: Sequence[Path], *, meaning_said: bool, split_said: bool
) -> TableFiles:
    """Find pairs.csv and dataset.yaml, in any case; also pairs.tsv and dataset.yml.

    Args:
        root: the data folder.
        below: folders in it where a table may have been put by mistake.
        meaning_said: whether the caller says what mask values mean.
        split_said: whether folders say how the data are split.
    """
    files = _files(root)
    pairs, twice = _only([path for path in files if path.name.lower() in _PAIRS])
    meaning, too = _only([path for path in files if path.name.lower() in _MEANING])
    known = meaning_said or meaning is not None
    findings = [*twice, *too, *_not_read(files, known_pairs=pairs is not None, known_meaning=known)]
    if pairs is None and not split_said:
        findings += _splits_not_read(root, files)
    findings += [one for folder in dict.fromkeys(below) for one in _misplaced(root, folder)]
    return TableFiles(pairs, meaning, tuple(findings))


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    # A table that is a pipe is refused when it is read, not passed over.
    return [path for path in sorted(folder.iterdir()) if not path.is_dir()]


def _only(found: Sequence[Path]) -> tuple[Path | None, list[Finding]]:
    if len(found) < 2:
        return (found[0] if found else None), []
    names = tuple(path.name for path in found)
    problem = "the same table is there more than once"
    return None, [Finding("error", "table", problem, "keep one of these files", names)]


def _not_read(
    files: Sequence[Path], *, known_pairs: bool, known_meaning: bool
) -> Iterator[Finding]:
    for path in files:
        name = path.name
        if _NEARLY_PAIRS.fullmatch(name) and not known_pairs:
            cure = "save it as pairs.csv with the columns of docs/reference/data-folder.md"
            yield _left(path.name, cure)
        elif _NEARLY_MEANING.fullmatch(name) and not known_meaning:
            cure = (
                "if it says what mask values mean, say that in dataset.yaml (classes: [background, "
                "...] or values: {0: background, ...}) or with --values"
            )
            yield _left(path.name, cure)
        elif _METADATA.fullmatch(name) and not known_pairs:
            said = f"{path.name} is not read: groups and splits are taken from pairs.csv"
            yield Finding("note", "table-not-read", said)


def _splits_not_read(root: Path, files: Sequence[Path]) -> Iterator[Finding]:
    """Files that seem to say a split in a way that is not read: it would be another one."""
    for path in files:
        of = path.suffix.lower() in _SPLIT_LIST and split_of_list(path.stem) is not None
        column = _METADATA.fullmatch(path.name) and _SPLIT_COLUMN.search(_first_line(path))
        if of or column or _SPLIT_TABLE.fullmatch(path.name):
            cure = (
                "if it says which photos are for training and which for testing: save the names as "
                f"{root / 'train.txt'} and {root / 'test.txt'}, one a line, or say it in the "
                "column split of pairs.csv"
            )
            yield _left(path.name, cure)


def _first_line(path: Path) -> str:
    try:
        with open_regular(path) as file:
            return file.readline(_MOST_OF_A_LINE).decode("utf-8", "replace")
    except OSError:
        return ""


def _misplaced(root: Path, folder: Path) -> Iterator[Finding]:
    if folder == root:
        return
    for path in _files(folder):
        if path.name.lower() in (*_PAIRS, *_MEANING):
            yield _left(shown(path, root), f"move it into {root}")


def _left(name: str, cure: str) -> Finding:
    return Finding("warning", "table-not-read", f"{name} is not read", cure)
