"""Groups, copies and splits of pairs: what pairs.csv says of them, else what their names tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from maskwright.data.findings import Finding, about
from maskwright.data.pairs.copy_names import Origin, exported_from, origins_by_name, untraced
from maskwright.data.pairs.pairing import Example
from maskwright.data.pairs.split_findings import split_findings
from maskwright.data.pairs.split_lists import SplitLists, on_no_list
from maskwright.data.pairs.split_names import held_out_most
from maskwright.data.pairs.tables import PairRow, is_utf8, same_name
from maskwright.data.walk import shown
from maskwright.errors import UsageError


def related(
    pairs: Sequence[Example],
    table: Mapping[str, PairRow],
    groups: str | None,
    root: Path,
    lists: SplitLists,
) -> tuple[tuple[Example, ...], list[Finding]]:
    """Give each pair its group, parent, technique, split and weight.

    The split is what pairs.csv says, else a list, else the folders.

    Args:
        pairs: as they lie in the data folder.
        table: the rows of pairs.csv, by name.
        groups: a regular expression for pairs whose row names no group.
        root: the data folder.
        lists: what lists of splits say.

    Returns:
        The pairs in the same order, without those on no list, and what is wrong with the table,
        the lists or the copies.

    Raises:
        UsageError: `groups` is no regular expression, or matches no name.
    """
    # Names in pairs.csv may have the file's ending.
    full = {pair.name: same_name(pair.name + pair.image.suffix) for pair in pairs}
    names = {full[name]: name for name in full} | {name: name for name in full}
    said = {name: table.get(name) or table.get(full[name]) or PairRow(name) for name in full}
    by_name = origins_by_name(list(said))
    origins = {name: one for name, one in by_name.items() if said[name].parent is None}
    parents = {row.parent for row in said.values() if row.parent} - full.keys()
    matches = _matches([*full, *sorted(parents)], groups)
    named = []
    for pair in pairs:
        row = replace(said[pair.name], split=said[pair.name].split or lists.splits.get(pair.name))
        named.append(_with_row(pair, row, origins, names, matches))
    examples = _with_splits(named)
    unlisted = [e.name for e in named if e.name in lists.left_out and not said[e.name].split]
    gone = set(unlisted)
    kept = tuple(example for example in examples if example.name not in gone)
    return kept, [
        *on_no_list(unlisted, lists),
        *split_findings(pairs, kept, said, lists, root),
        *_grouped(kept, said, matches, groups),
        *_copies_by_name(origins),
        *_versions(kept),
        *_untraced(said),
        *_rows_without_photo(table, names),
        *_unknown_parents(examples),
        *_torn_copies(root, named, examples),
    ]


def _with_row(
    pair: Example,
    row: PairRow,
    origins: Mapping[str, Origin],
    names: Mapping[str, str],
    matches: Mapping[str, str],
) -> Example:
    parent, technique = origins.get(pair.name, (row.parent, row.technique))
    parent = names.get(parent, parent) if parent else None
    source = parent or pair.name
    said = row.group or matches.get(source)
    return replace(
        pair,
        group=(exported_from(source) or source) if said is None else said,
        grouped=said is not None,
        parent=parent,
        technique=technique,
        split=row.split or pair.split,
        weight=pair.weight if row.weight is None else row.weight,
    )


def _with_splits(examples: Sequence[Example]) -> tuple[Example, ...]:
    """Copies take the split of their parents where it is held out more: test, then val.

    Otherwise a model would be trained on a copy in train, and scored on its parent in val.
    """
    by_name = {example.name: example for example in examples}

    def split(example: Example) -> str | None:
        met = {example.name}  # a table may go round in circles
        found = example.split
        while example.parent in by_name and example.parent not in met:
            example = by_name[example.parent]
            met.add(example.name)
            found = held_out_most((found, example.split))
        return found

    return tuple(replace(example, split=split(example)) for example in examples)


def _matches(names: Sequence[str], pattern: str | None) -> dict[str, str]:
    """What the pattern finds in each name, of the names where it finds something.

    Raises:
        UsageError: it is no regular expression, or there is no such name.
    """
    if pattern is None:
        return {}
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise UsageError(f"'{pattern}' is no regular expression: {error}") from error
    found = {}
    for name in names:
        match = compiled.search(name)
        text = match.group(1 if compiled.groups else 0) if match else None
        if text:  # nothing in common is no group
            found[name] = text
    if names and not found:
        raise UsageError(
            f"--groups: '{pattern}' matches no name, such as '{names[0]}': correct it, or leave it "
            "out"
        )
    return found


def _grouped(
    examples: Sequence[Example],
    said: Mapping[str, PairRow],
    matches: Mapping[str, str],
    pattern: str | None,
) -> Iterator[Finding]:
    if pattern is None:
        return
    ours = [e for e in examples if not said[e.name].group]
    grouped = [e.group for e in ours if (e.parent or e.name) in matches]
    alone = len(ours) - len(grouped)
    rest = f"; it matches nothing in the names of {alone} others" if alone else ""
    groups = len(set(grouped))
    problem = (
        f"--groups makes {groups} group{'' if groups == 1 else 's'} of {len(grouped)} photos{rest}"
    )
    yield Finding("note", "groups", problem)


def _copies_by_name(origins: Mapping[str, Origin]) -> Iterator[Finding]:
    files = [f"{name} of {origin.parent}" for name, origin in sorted(origins.items())]
    problem = (
        f"{len(origins)} photos are named like augmented copies, and are treated as such: "
        "they stay with their originals in every split, and are never used for validation"
    )
    yield from about(files, "note", "copies-by-name", problem)


def _versions(examples: Sequence[Example]) -> Iterator[Finding]:
    groups = [e.group for e in examples if not e.grouped and exported_from(e.name) == e.group]
    photos = len(set(groups))
    if photos < len(groups):
        problem = (
            f"{len(groups)} photos are versions of {photos}, by their names (.rf.): a split never "
            "separates versions of one photo"
        )
        yield Finding("note", "versions", problem)


def _untraced(said: Mapping[str, PairRow]) -> Iterator[Finding]:
    lost = [name for name in untraced(list(said)) if not (said[name].parent or said[name].group)]
    problem = (
        "photos are named like augmented copies, but their originals are unknown: a split may "
        "separate copies of one photo, and scores may then be too good"
    )
    cure = "name their parents or groups in pairs.csv, or use `maskwright augment` instead"
    yield from about(lost, "warning", "untraced-copies", problem, cure)


def _torn_copies(
    root: Path, named: Sequence[Example], examples: Sequence[Example]
) -> Iterator[Finding]:
    splits = {example.name: example.split or "train" for example in examples}
    files = [
        shown(copy.image, root)
        for copy in named
        if copy.split is not None and copy.split != splits.get(copy.parent or "", copy.split)
    ]
    problem = (
        "augmented copies in another split than their original are not used: a model must not be "
        "scored on a photo if it was trained on a copy"
    )
    cure = "move each copy to the split of its original, or remove it"
    yield from about(files, "warning", "torn-copies", problem, cure)


def _rows_without_photo(
    table: Mapping[str, PairRow], names: Mapping[str, str]
) -> Iterator[Finding]:
    strays = [name for name in table if name not in names]
    problem = "pairs.csv names photos that are not among the pairs"
    cure = "a name is the path below images/ without ending: correct the rows or remove them"
    if not all(map(is_utf8, strays)):
        problem += ", or is not saved as UTF-8"
        cure += "; save the table as CSV in UTF-8"
    yield from about(strays, "error", "table", problem, cure)


def _unknown_parents(examples: Sequence[Example]) -> Iterator[Finding]:
    known = {example.name for example in examples}
    unknown = sorted({e.parent for e in examples if e.parent is not None} - known)
    problem = (
        "pairs.csv names parents that are not among the pairs: their copies stay together in "
        "every split, and are never used for validation"
    )
    cure = "correct the names, or add these photos and their masks"
    yield from about(unknown, "warning", "unknown-parents", problem, cure)
