"""What is said of the split that the data bring, and where its sources contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from maskwright.data.findings import Finding, about
from maskwright.data.pairs.layout import split_said
from maskwright.data.pairs.pairing import Example
from maskwright.data.pairs.split_lists import SplitLists
from maskwright.data.pairs.split_names import SPLITS
from maskwright.data.pairs.tables import PairRow
from maskwright.data.walk import shown


def split_findings(
    pairs: Sequence[Example],
    examples: Sequence[Example],
    said: Mapping[str, PairRow],
    lists: SplitLists,
    root: Path,
) -> Iterator[Finding]:
    """Say how the data are split, and refuse to train on what lies in the folder of a test.

    Args:
        pairs: with the splits that their folders say.
        examples: the same with the splits that hold, but for those left out.
        said: the row of pairs.csv of each pair, by name.
        lists: what lists say.
        root: the data folder.
    """
    folders = {pair.name: pair.split for pair in pairs}
    yield from _against_folders(folders, examples, root)
    if not any(example.split for example in examples):
        return
    names = [example.name for example in examples if example.split]
    sources = []
    if any(said[name].split for name in names):
        sources.append("pairs.csv")
    if any(name in lists.splits and not said[name].split for name in names):
        sources.append(", ".join(lists.files))
    if any(folders[n] and not (said[n].split or n in lists.splits) for n in names):
        sources.append("folders")
    there = {"train", *(example.split for example in examples)}
    counted = ", ".join(_counted(split, examples, root) for split in SPLITS if split in there)
    by = " and ".join(sources) or "the originals of copies"
    yield Finding("note", "split", f"split by {by}: {counted}")


def _counted(split: str, examples: Sequence[Example], root: Path) -> str:
    """ "3 val (valid/)": how many, and the folders where they are called by another name."""
    members = [e for e in examples if (e.split or "train") == split]
    text = f"{len(members)} {split}"
    other = {
        part
        for example in members
        for part in Path(shown(example.image, root)).parts[:-1]
        if split_said(part) == split and part.lower() != split
    }
    if other:
        text += f" ({', '.join(f'{part}/' for part in sorted(other))})"
    unnamed = sum(example.split is None for example in members)
    if 0 < unnamed < len(members):
        text += f" ({unnamed} of them in no part)"
    return text


def _against_folders(
    folders: Mapping[str, str | None], examples: Sequence[Example], root: Path
) -> Iterator[Finding]:
    moved = [e for e in examples if folders[e.name] == "test" and e.split in ("train", "val")]
    problem = "pairs.csv or a list puts photos into train or val that lie in the folder of a test"
    cure = "move these photos out of that folder, or leave their split to it"
    files = [shown(example.image, root) for example in moved]
    yield from about(files, "error", "split-against-folder", problem, cure)
    moved = [e for e in examples if folders[e.name] == "val" and e.split == "train"]
    problem = "pairs.csv or a list puts photos into train that lie in the folder of val"
    files = [shown(example.image, root) for example in moved]
    yield from about(files, "warning", "split-against-folder", problem, "move them out of it")
