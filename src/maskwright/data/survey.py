"""Look over a data folder: pairs, tables, sizes and mask values, and all that is wrong with them.

Opening a data set and the doctor both start here, so that they never disagree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from maskwright.data.copy_names import Origin, origins_by_name, untraced
from maskwright.data.decide import decide, unknown_values
from maskwright.data.decode import Header, Limits, read_header
from maskwright.data.encoding import MaskEncoding, Meaning, parse_meaning
from maskwright.data.findings import Finding
from maskwright.data.folder import DataFolder
from maskwright.data.mask import MaskCounts, count, read_mask
from maskwright.data.pairing import Example, find_pairs
from maskwright.data.tables import PARTS, PairRow, read_meaning, read_pairs, same_name
from maskwright.data.threads import in_threads
from maskwright.data.walk import shown
from maskwright.errors import DataError, UsageError

SIZE_KINDS = ("sizes-differ", "mask-not-turned")


@dataclass(frozen=True)
class Survey:
    """What a data folder holds.

    Attributes:
        root: the folder.
        examples: the pairs, sorted by name; also those that findings speak of.
        headers: of each photo that can be opened, by name.
        counts: what occurs in each mask that can be read, by name.
        encoding: what mask values mean; None when it is not certain.
        findings: all that was found.
    """

    root: Path
    examples: tuple[Example, ...]
    headers: Mapping[str, Header]
    counts: Mapping[str, MaskCounts]
    encoding: MaskEncoding | None
    findings: tuple[Finding, ...]

    def file(self, path: Path) -> str:
        """A file as findings name it: its path below the data folder."""
        return shown(path, self.root)


def survey(folder: DataFolder, encoding: MaskEncoding | None = None) -> Survey:
    """Look over a data folder.

    Args:
        folder: the data folder.
        encoding: what mask values mean, when it is known already.

    Raises:
        UsageError: `values`, `ignore` or `groups` of the folder cannot be read.
    """
    root = folder.root
    meaning = parse_meaning(values=folder.values, ignore=folder.ignore)
    pairs, findings = find_pairs(root, folder.masks)
    rows: dict[str, PairRow] = {}
    try:
        if (root / "pairs.csv").is_file():
            rows = read_pairs(root / "pairs.csv")
        if (root / "dataset.yaml").is_file():
            meaning = _overruled(read_meaning(root / "dataset.yaml"), meaning)
    except (DataError, UsageError) as error:
        findings.append(Finding("error", "table", str(error), "correct that file"))
    names = _names(pairs)
    origins = _origins(pairs, rows)
    as_said = [
        _with_row(pair, _row_of(pair, rows), origins, names, folder.groups) for pair in pairs
    ]
    examples = _with_parts(as_said)
    findings += _copies_by_name(origins)
    findings += _untraced(pairs, rows)
    findings += _rows_without_photo(rows, names)
    findings += _unknown_parents(examples)
    findings += _torn_copies(root, as_said, examples)

    headers: dict[str, Header] = {}
    counts: dict[str, MaskCounts] = {}
    measured = in_threads(lambda example: _measure(example, folder.limits), examples)
    for example, (header, found, wrong) in zip(examples, measured, strict=True):
        findings += wrong
        if header:
            headers[example.name] = header
        if found:
            counts[example.name] = found
    findings += _sizes(root, examples, headers, counts)

    # Findings name mask files, not pairs.
    by_file = {
        shown(example.mask, root): counts[example.name]
        for example in examples
        if example.name in counts
    }
    if encoding is not None:
        findings += unknown_values(encoding, by_file)
    elif by_file:
        encoding, said = decide(by_file, meaning)
        findings += said
    return Survey(root, examples, headers, counts, encoding, tuple(findings))


def _overruled(stored: Meaning, said: Meaning) -> Meaning:
    """What dataset.yaml says, where the caller said nothing."""
    if said.values:
        return said
    if not said.ignore:
        return stored
    return replace(stored, ignore=said.ignore, colours=stored.colours or said.colours)


def _names(pairs: Sequence[Example]) -> dict[str, str]:
    """How pairs.csv may name each pair, with the file's ending or without, and its name."""
    with_ending = {same_name(pair.name + pair.image.suffix): pair.name for pair in pairs}
    return with_ending | {pair.name: pair.name for pair in pairs}


def _row_of(pair: Example, rows: Mapping[str, PairRow]) -> PairRow:
    with_ending = same_name(pair.name + pair.image.suffix)
    return rows.get(pair.name) or rows.get(with_ending) or PairRow(pair.name)


def _origins(pairs: Sequence[Example], rows: Mapping[str, PairRow]) -> dict[str, Origin]:
    """What copies are of, by their names, where pairs.csv does not say what they are of."""
    origins = origins_by_name([pair.name for pair in pairs])
    unsaid = {pair.name for pair in pairs if _row_of(pair, rows).parent is None}
    return {name: origin for name, origin in origins.items() if name in unsaid}


def _with_row(
    pair: Example,
    row: PairRow,
    origins: Mapping[str, Origin],
    names: Mapping[str, str],
    groups: str | None,
) -> Example:
    parent, technique = origins.get(pair.name, (row.parent, row.technique))
    parent = names.get(parent, parent) if parent else None
    return replace(
        pair,
        group=row.group or _group(parent or pair.name, groups),
        parent=parent,
        technique=technique,
        part=row.split or pair.part,
        weight=pair.weight if row.weight is None else row.weight,
    )


def _with_parts(examples: Sequence[Example]) -> tuple[Example, ...]:
    """Copies are in the part of what they are copies of, or in one that a split guards more.

    A copy of a photo in val that lay in train would be trained on, and the photo be judged.
    """
    by_name = {example.name: example for example in examples}
    guarded = (None, *PARTS)

    def part(example: Example) -> str | None:
        met = {example.name}  # a table may go round in circles
        found = example.part
        while example.parent in by_name and example.parent not in met:
            example = by_name[example.parent]
            met.add(example.name)
            found = max(found, example.part, key=guarded.index)
        return found

    return tuple(replace(example, part=part(example)) for example in examples)


def _group(name: str, pattern: str | None) -> str:
    if pattern is None:
        return name
    try:
        match = re.search(pattern, name)
    except re.error as error:
        raise UsageError(f"'{pattern}' is no regular expression: {error}") from error
    if match is None:
        return name
    return match.group(1) if match.re.groups else match.group()


def _copies_by_name(origins: Mapping[str, Origin]) -> Iterator[Finding]:
    if origins:
        problem = (
            f"{len(origins)} photos are taken for changed copies of others, by their names: they "
            "stay with what they are copies of, and never judge a model"
        )
        files = tuple(f"{name} of {origin.parent}" for name, origin in sorted(origins.items()))
        yield Finding("note", "copies-by-name", problem, "", files)


def _untraced(pairs: Sequence[Example], rows: Mapping[str, PairRow]) -> Iterator[Finding]:
    told = {pair.name: _row_of(pair, rows) for pair in pairs}
    lost = [name for name in untraced(list(told)) if not (told[name].parent or told[name].group)]
    if lost:
        problem = (
            "photos named as changed copies are, and it cannot be told of what: a split may put "
            "copies of one photo on both sides, and figures be too good to be true"
        )
        cure = "name their parents or groups in pairs.csv, or make them with `maskwright augment`"
        yield Finding("warning", "untraced-copies", problem, cure, tuple(lost))


def _torn_copies(
    root: Path, as_said: Sequence[Example], examples: Sequence[Example]
) -> Iterator[Finding]:
    parts = {example.name: example.part or "train" for example in examples}
    files = tuple(
        shown(copy.image, root)
        for copy in as_said
        if copy.part is not None and copy.part != parts.get(copy.parent or "", copy.part)
    )
    if files:
        problem = (
            "changed copies in another part than their photo: they are not used, since a model "
            "must not be judged by a photo whose copy it has seen"
        )
        cure = "put each copy into the part of its photo, or take it out"
        yield Finding("warning", "torn-copies", problem, cure, files)


def _rows_without_photo(rows: Mapping[str, PairRow], names: Mapping[str, str]) -> Iterator[Finding]:
    strays = tuple(name for name in rows if name not in names)
    if strays:
        problem = "pairs.csv names photos that are not among the pairs"
        cure = "names are paths below images/ without ending; correct the rows or take them out"
        yield Finding("error", "table", problem, cure, strays)


def _unknown_parents(examples: Sequence[Example]) -> Iterator[Finding]:
    known = {example.name for example in examples}
    unknown = sorted({e.parent for e in examples if e.parent is not None} - known)
    if unknown:
        problem = (
            "pairs.csv names parents that are not among the pairs: copies of one parent stay on "
            "one side of a split, and never judge a model"
        )
        cure = "correct the names, or add these photos with their masks"
        yield Finding("warning", "unknown-parents", problem, cure, tuple(unknown))


def _measure(
    example: Example, limits: Limits
) -> tuple[Header | None, MaskCounts | None, list[Finding]]:
    header = counts = None
    wrong = []
    cure = "replace the file, or take the pair out"
    try:
        header = read_header(example.image, limits)
    except DataError as error:
        wrong.append(Finding("error", "unreadable", str(error), cure))
    try:
        counts = count(read_mask(example.mask, limits))
    except DataError as error:
        wrong.append(Finding("error", "unreadable", str(error), cure))
    return header, counts, wrong


def _sizes(
    root: Path,
    examples: Sequence[Example],
    headers: Mapping[str, Header],
    counts: Mapping[str, MaskCounts],
) -> Iterator[Finding]:
    for example in examples:
        header, mask = headers.get(example.name), counts.get(example.name)
        if header is None or mask is None or mask.size == (header.height, header.width):
            continue
        files = (shown(example.image, root), shown(example.mask, root))
        if mask.size == header.stored_size:
            problem = (
                f"the photo is turned by its EXIF orientation {header.orientation}, "
                "its mask lies as the photo is stored"
            )
            cure = "turn the mask as the photo is shown; `maskwright check --fix` does it"
            yield Finding("error", SIZE_KINDS[1], problem, cure, files)
            continue
        problem = (
            f"the photo has {header.width} x {header.height} pixels, "
            f"its mask {mask.size[1]} x {mask.size[0]}"
        )
        cure = "export the mask again at the photo's size, or take the pair out"
        yield Finding("error", SIZE_KINDS[0], problem, cure, files)
