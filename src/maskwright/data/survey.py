"""Survey a data folder: pairs, tables, sizes and mask values, and what is wrong with them.

Opening a data set and the doctor both start here, so that they never disagree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from maskwright.data.decoding.decode import Header, Limits, read_header
from maskwright.data.decoding.depth import bits_of_photos, read_with
from maskwright.data.findings import Finding
from maskwright.data.folder import DataFolder
from maskwright.data.masks.count import MaskCounts, count
from maskwright.data.masks.decide import decide, judge_values
from maskwright.data.masks.encoding import MaskEncoding
from maskwright.data.masks.meaning import Meaning, parse_meaning
from maskwright.data.masks.read import read_mask
from maskwright.data.masks.unusable import UnusableMask
from maskwright.data.pairs.dataset_yaml import read_meaning
from maskwright.data.pairs.pairing import Example, find_pairs
from maskwright.data.pairs.relations import related
from maskwright.data.pairs.split_lists import read_split_lists
from maskwright.data.pairs.table_files import find_tables
from maskwright.data.pairs.tables import PairRow, read_pairs
from maskwright.data.threads import in_threads
from maskwright.data.walk import shown
from maskwright.errors import DataError

_SAME_SHAPE = 0.01  # relative difference of aspects: rounding of sizes makes as much


@dataclass(frozen=True)
class Survey:
    """What a data folder holds.

    Attributes:
        root: the folder.
        examples: the pairs, sorted by name, also those with findings.
        headers: of each photo that can be opened, by name.
        counts: what occurs in each mask that can be read, by name.
        encoding: what mask values mean; None when it is not certain.
        findings: all that was found.
        bits: how many bits the values of 16-bit photos have; None where there are none.
    """

    root: Path
    examples: tuple[Example, ...]
    headers: Mapping[str, Header]
    counts: Mapping[str, MaskCounts]
    encoding: MaskEncoding | None
    findings: tuple[Finding, ...]
    bits: int | None = None

    def file(self, path: Path) -> str:
        """A file as findings name it: its path below the data folder."""
        return shown(path, self.root)


def survey(folder: DataFolder, encoding: MaskEncoding | None = None) -> Survey:
    """Survey a data folder.

    Args:
        folder: the data folder.
        encoding: what mask values mean, when it is known already.

    Raises:
        UsageError: `values`, `ignore`, `groups` or `suffixes` of the folder cannot be read, or
            `groups` matches no name.
    """
    root = folder.root
    meaning = parse_meaning(folder.values, folder.ignore)
    pairs, findings = find_pairs(folder)
    rows, meaning, said = _tables(folder, pairs, meaning)
    lists = read_split_lists(root, pairs)
    findings += [*said, *lists.findings]
    examples, said = related(pairs, rows, folder.groups, root, lists)
    findings += said

    headers: dict[str, Header] = {}
    counts: dict[str, MaskCounts] = {}
    unusable: dict[tuple[str, str, str], list[str]] = {}
    measured = in_threads(lambda example: _measure(example, folder.limits), examples)
    for example, (header, found, wrong) in zip(examples, measured, strict=True):
        for fault in wrong:
            if isinstance(fault, UnusableMask):
                said_of = (fault.kind, fault.problem, fault.cure)
                unusable.setdefault(said_of, []).append(shown(example.mask, root))
            else:
                cure = "replace the file, or remove the pair"
                findings.append(Finding("error", "unreadable", str(fault), cure))
        if header:
            headers[example.name] = header
        if found:
            counts[example.name] = found
    for (kind, problem, cure), files in unusable.items():
        findings.append(Finding("error", kind, problem, cure, tuple(files)))
    findings += _sizes(root, examples, headers, counts)
    bits, said = _depth(folder, [example.image for example in examples])
    findings += said

    # Findings name mask files, not pairs.
    by_file = {
        shown(example.mask, root): counts[example.name]
        for example in examples
        if example.name in counts
    }
    if encoding is not None:
        findings += judge_values(encoding, by_file)
    elif by_file:
        encoding, said = decide(by_file, meaning)
        findings += said
    return Survey(root, examples, headers, counts, encoding, tuple(findings), bits)


def _tables(
    folder: DataFolder, pairs: Sequence[Example], meaning: Meaning
) -> tuple[dict[str, PairRow], Meaning, list[Finding]]:
    """The rows of pairs.csv, and what mask values mean with dataset.yaml."""
    root = folder.root
    if not root.is_dir():
        return {}, meaning, []
    homes = [
        home for pair in pairs for path in (pair.image, pair.mask) for home in path.parents[:2]
    ]
    below = [home for home in dict.fromkeys(homes) if root in home.parents]
    said = folder.values is not None
    split_said = any(pair.split is not None for pair in pairs)
    tables = find_tables(root, below, meaning_said=said, split_said=split_said)
    findings = list(tables.findings)
    rows: dict[str, PairRow] = {}
    try:
        if tables.pairs is not None:
            rows = read_pairs(tables.pairs)
        if tables.meaning is not None:
            meaning = _overruled(read_meaning(tables.meaning), meaning)
    except DataError as error:
        findings.append(Finding("error", "table", str(error), "correct that file"))
    return rows, meaning, findings


def _overruled(stored: Meaning, said: Meaning) -> Meaning:
    """What dataset.yaml says, where the caller said nothing."""
    if said.values:
        return said
    if not said.ignore:
        return stored
    return replace(stored, ignore=said.ignore, colours=stored.colours or said.colours)


def _measure(
    example: Example, limits: Limits
) -> tuple[Header | None, MaskCounts | None, list[DataError]]:
    header = counts = None
    wrong = []
    try:
        header = read_header(example.image, limits)
    except DataError as error:
        wrong.append(error)
    try:
        counts = count(read_mask(example.mask, limits))
    except DataError as error:
        wrong.append(error)
    return header, counts, wrong


def _depth(folder: DataFolder, photos: Sequence[Path]) -> tuple[int | None, list[Finding]]:
    """How many bits 16-bit photos have, and what is to be said of it."""
    found = bits_of_photos(photos, folder.limits)
    bits = found and (folder.bits or found)
    if bits in (None, 16) or folder.bits:
        return bits, []
    return bits, [Finding("note", "bits", f"16-bit photos: {read_with(bits)}")]


def same_shape(photo: tuple[int, int], mask: tuple[int, int]) -> bool:
    """Whether a mask of another size, (height, width), has the aspect of its photo."""
    aspect = (mask[1] / mask[0]) / (photo[1] / photo[0])
    return abs(aspect - 1) <= _SAME_SHAPE


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
                f"EXIF orientation {header.orientation} turns the photo, but its mask lies as the "
                "photo is stored"
            )
            cure = "turn the mask to match the photo as shown; `maskwright check --fix` does it"
            yield Finding("error", "mask-not-turned", problem, cure, files)
            continue
        problem = (
            f"the photo has {header.width} x {header.height} pixels, "
            f"but its mask {mask.size[1]} x {mask.size[0]}"
        )
        cure = "export the mask again at the photo's size, or remove the pair"
        if same_shape((header.height, header.width), mask.size):
            cure += "; `maskwright check --fix` resizes masks of the photo's shape"
        yield Finding("error", "sizes-differ", problem, cure, files)
