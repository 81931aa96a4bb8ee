"""Pair photos with masks by folder and by name; what is ambiguous is an error, not a guess."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from maskwright.data.findings import Finding, about, errors
from maskwright.data.folder import DataFolder
from maskwright.data.pairs.layout import Folders, find_layout, split_said
from maskwright.data.pairs.split_names import held_out_most, split_named
from maskwright.data.pairs.suffixes import (
    MASK_SUFFIXES,
    Suffixes,
    parse_suffixes,
    suffixes_that_fit,
)
from maskwright.data.pairs.tables import PairRow, same_name
from maskwright.data.pairs.unlabelled import (
    masks_without_photo,
    no_masks,
    no_pairs,
    nothing_labelled,
    photos_without_masks,
)
from maskwright.data.walk import Search, image_files, shown


@dataclass(frozen=True)
class Example:
    """A photo and its mask on disk.

    Attributes:
        name: the photo's path inside the data folder, without its ending and without the name
            of the photo folder; "train/a" for train/images/a.jpg.
        image, mask: the files.
        group: photos of one source share it; the name, when nothing else is known.
        parent: name of the photo that this one is an augmented copy of.
        technique: how the copy was made.
        split: "train", "val" or "test", where the data say so.
        weight: how often training draws it, beside 1 for the others.
        grouped: whether a person named the group, in pairs.csv or by a pattern.
    """

    name: str
    image: Path
    mask: Path
    group: str
    parent: str | None = None
    technique: str | None = None
    split: str | None = None
    weight: float = 1.0
    grouped: bool = False

    def row(self) -> PairRow:
        """The line of pairs.csv that says this."""
        weight = self.weight if self.weight != 1 else None
        group = self.group if self.grouped else None
        return PairRow(self.name, group, self.parent, self.technique, self.split, weight)


def find_pairs(folder: DataFolder) -> tuple[list[Example], list[Finding]]:
    """Pair the photos and masks of a data folder.

    Args:
        folder: see `find_layout`; `photos`, `masks` and `suffixes` say where photos and masks lie.

    Returns:
        The pairs, sorted by name, and what is wrong with the other files.

    Raises:
        UsageError: `suffixes` cannot be read.
    """
    root, suffixes = folder.root, parse_suffixes(folder.suffixes)
    layout = find_layout(folder)
    findings = list(layout.findings)
    pairs: list[Example] = []
    without: list[tuple[Path, str | None]] = []
    for folders in layout.labelled:
        found, alone, wrong = _pair(root, folders, suffixes)
        pairs += found
        without += alone
        findings += wrong
    for folders in layout.unlabelled:
        files = image_files(folders.photos)
        without += [(path, _split(path.parent, folders, root)[0]) for path in files]
    if not layout.labelled:
        findings += nothing_labelled(folder, layout)
    else:
        findings += no_masks(folder, layout, {pair.split for pair in pairs})
        findings += photos_without_masks(root, without, {pair.split for pair in pairs})
    if not pairs and not errors(findings):
        findings.append(no_pairs(layout.labelled[0]))
    return sorted(pairs, key=lambda pair: pair.name), list(dict.fromkeys(findings))


def _pair(
    root: Path, folders: Folders, suffixes: Suffixes | None
) -> tuple[list[Example], list[tuple[Path, str | None]], list[Finding]]:
    """The pairs of two folders, the photos without a mask, and what is wrong."""
    passed = Search()
    photos, masks = _files(folders, suffixes, passed)
    by_key = _by_key(photos, folders.photos, suffixes)
    candidates = _candidates(masks, folders, by_key, suffixes)
    no_files = list(_no_files(passed, root))
    findings: list[Finding] = []
    if suffixes is None and by_key and not by_key.keys() & candidates.keys():
        suffixes, findings = _usual_suffixes(folders, by_key, masks)
        if errors(findings):
            return [], [], findings
        if suffixes is not None:
            photos, masks = _files(folders, suffixes, passed)
            by_key = _by_key(photos, folders.photos, suffixes)
            candidates = _candidates(masks, folders, by_key, suffixes)
    splits = {home: _split(home, folders, root) for home in {photo.parent for photo in photos}}
    pairs: list[Example] = []
    used: set[Path] = set()
    without: list[tuple[Path, str | None]] = []
    torn: list[Path] = []
    for key, same in by_key.items():
        # A mask named after the whole file, x.jpg.png, tells x.jpg from x.png.
        own = {photo: candidates.get(key + photo.suffix.lower(), []) for photo in same}
        shared = candidates.get(key, [])
        if len(same) > 1 and not all(len(found) == 1 for found in own.values()):
            findings.append(_ambiguous("photos", key, same, root))
            used.update(shared)
            continue
        for photo in same:
            found = own[photo] if len(same) > 1 else [*shared, *own[photo]]
            used.update(found)
            split, agreed = splits[photo.parent]
            if len(found) > 1:
                findings.append(_ambiguous("masks", key, found, root))
            elif not found:
                without.append((photo, split))
            else:
                name = _name(photo, folders, with_ending=len(same) > 1)
                pairs.append(Example(name, photo, found[0], group=name, split=split))
                torn += [] if agreed else [photo]
    findings += _two_splits(torn, root)
    lonely = [_key(photo, folders.photos) for photo, _ in without]
    unused = {_key(mask, _masks_folder(folders)): mask for mask in masks if mask not in used}
    findings += masks_without_photo(root, folders, lonely, unused)
    return pairs, without, findings + no_files


def _no_files(passed: Search, root: Path) -> Iterator[Finding]:
    names = [f"{shown(Path(path), root)}: {kind}" for path, kind in passed.no_files]
    problem = "what is not a file is passed over"
    yield from about(names, "warning", "no-file", problem, "put files in their place, or remove it")


def _files(
    folders: Folders, suffixes: Suffixes | None, passed: Search
) -> tuple[list[Path], list[Path]]:
    """Photos and masks of two folders; with suffixes, only files that have them."""
    photos = list(image_files(folders.photos, passed))
    if folders.masks is None:
        return photos, []
    if folders.photos == folders.masks:
        ends = MASK_SUFFIXES if suffixes is None else (suffixes.mask,)
        masks = [path for path in photos if path.stem.endswith(ends)]
        beside = set(masks)
        photos = [path for path in photos if path not in beside]
    else:
        masks = list(image_files(folders.masks, passed))
        if folders.masks.is_relative_to(folders.photos):
            photos = [path for path in photos if not path.is_relative_to(folders.masks)]
    if suffixes is None:
        return photos, masks
    return (
        [path for path in photos if path.stem.endswith(suffixes.photo)],
        [path for path in masks if path.stem.endswith(suffixes.mask)],
    )


def _usual_suffixes(
    folders: Folders, by_key: Mapping[str, Sequence[Path]], masks: Sequence[Path]
) -> tuple[Suffixes | None, list[Finding]]:
    """Known suffixes for names of photos and masks that do not agree without them."""
    keys = {*_by_key(masks, _masks_folder(folders))}
    if folders.masks == folders.photos:
        keys |= by_key.keys()  # which of them are masks is not known yet
    fitting = suffixes_that_fit(by_key, keys)
    if not fitting:
        return None, []
    if len(fitting) > 1:
        listed = " or ".join(f"--suffixes {one.text()}" for one in fitting)
        problem = f"{folders.photos}: photos and masks belong together in several ways"
        return None, [Finding("error", "suffixes", problem, f"say which one: {listed}")]
    return fitting[0], list(_taken(fitting[0], by_key))


def _taken(suffixes: Suffixes, photos: Iterable[str]) -> Iterator[Finding]:
    ends = [f"photos with '{suffixes.photo}'"] if suffixes.photo else []
    ends += [f"masks with '{suffixes.mask}'"] if suffixes.mask else []
    said = f"names end: {' and '.join(ends)}"
    others = sum(not key.endswith((suffixes.photo, suffixes.mask or "\0")) for key in photos)
    if not others:
        yield Finding("note", "suffixes", said)
        return
    problem = f"{said}; {others} others are passed over"
    cure = "of photos in several files, one a channel, only this one is read"
    yield Finding("warning", "suffixes", problem, cure)


def _masks_folder(folders: Folders) -> Path:
    return folders.photos if folders.masks is None else folders.masks


def _name(photo: Path, folders: Folders, *, with_ending: bool) -> str:
    key = _key(photo, folders.photos) + (photo.suffix if with_ending else "")
    return f"{folders.prefix}/{key}" if folders.prefix else key


def _split(home: Path, folders: Folders, root: Path) -> tuple[str | None, bool]:
    """The split that the folder of a photo says, and whether all parts of it that say one agree."""
    below = home.relative_to(root if home.is_relative_to(root) else folders.photos)
    said = {folders.split, *map(split_said, below.parts)} - {None}
    return held_out_most(list(said)), len(said) < 2


def _key(path: Path, folder: Path) -> str:
    whole, start = os.fspath(path), os.path.join(folder, "")
    # Paths of one folder begin alike; taking them apart costs more than all the rest.
    below = whole[len(start) :] if whole.startswith(start) else os.fspath(path.relative_to(folder))
    return same_name(below.removesuffix(path.suffix).replace(os.sep, "/"))


def _by_key(
    paths: Sequence[Path], folder: Path, suffixes: Suffixes | None = None
) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        key = _key(path, folder)
        found[key if suffixes is None else key.removesuffix(suffixes.photo)].append(path)
    return dict(found)


def _candidates(
    masks: Sequence[Path],
    folders: Folders,
    photos: Iterable[str],
    suffixes: Suffixes | None = None,
) -> dict[str, list[Path]]:
    """Masks by the key of the photo that each may belong to."""
    known = set(photos)
    by_split: dict[str, str] | None = None
    found: dict[str, list[Path]] = defaultdict(list)
    for mask in masks:
        key = _key(mask, _masks_folder(folders))
        for suffix in MASK_SUFFIXES if suffixes is None else (suffixes.mask,):
            if suffixes is not None or key not in known:
                key = key.removesuffix(suffix)
        if key not in known:
            # File endings differ in case between the tools that wrote photo and mask.
            ending = PurePosixPath(key).suffix
            by_split = by_split or {_same_splits(one): one for one in known}
            key = by_split.get(_same_splits(key), key.removesuffix(ending) + ending.lower())
        found[key].append(mask)
    return dict(found)


def _same_splits(key: str) -> str:
    """A key with one word for each split: photos in val/ may have their masks in validation/."""
    *folders, stem = key.split("/")
    return "/".join([*(split_named(folder) or folder for folder in folders), stem])


def _two_splits(photos: Sequence[Path], root: Path) -> Iterator[Finding]:
    problem = "the folders of these photos say two splits at once"
    cure = "rename one of the folders, e.g. if 'test' in it is no part of the data but a class"
    files = [shown(photo, root) for photo in photos]
    yield from about(files, "error", "two-splits", problem, cure)


def _ambiguous(what: str, key: str, files: Sequence[Path], root: Path) -> Finding:
    problem = f"{len(files)} {what} fit the name '{key}'"
    return Finding("error", "ambiguous", problem, "keep one of them", _relative(files, root))


def _relative(files: Sequence[Path], root: Path) -> tuple[str, ...]:
    return tuple(shown(file, root) for file in files)
