"""Pair photos with masks by folder and by name; what is ambiguous is an error, not a guess."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from maskwright.data.findings import Finding, errors
from maskwright.data.tables import SPLITS, PairRow, same_name
from maskwright.data.walk import image_files, is_image_name, shown

PHOTO_FOLDERS = ("images", "input_image")
MASK_FOLDERS = ("masks", "segmentation_true", "segmentation_seed")
MASK_SUFFIXES = ("_mask", "_masks")


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


@dataclass(frozen=True)
class Folders:
    """A photo folder with its mask folder; both are the same where masks lie beside photos."""

    photos: Path
    masks: Path
    split: str | None


def find_pairs(root: Path, masks: str | None) -> tuple[list[Example], list[Finding]]:
    """Pair the photos and masks below a data folder.

    Args:
        root: holds images/ and masks/ (or what the paper calls them), or train/, val/ and test/
            that do.
        masks: name of another mask folder.

    Returns:
        The pairs, sorted by name, and what is wrong with the other files.
    """
    layout, findings = _layout(root, masks)
    pairs: list[Example] = []
    for folders in layout:
        found, wrong = _pair(root, folders)
        pairs += found
        findings += wrong
    if not pairs and not errors(findings):
        problem = "no photo has a mask"
        cure = f"put photos into {layout[0].photos} and masks of the same names beside it"
        findings.append(Finding("error", "no-pairs", problem, cure))
    return sorted(pairs, key=lambda pair: pair.name), findings


def _layout(root: Path, masks: str | None) -> tuple[list[Folders], list[Finding]]:
    if not root.is_dir():
        problem = f"{root}: no such folder"
        return [], [Finding("error", "no-folder", problem, "name the folder that holds images/")]
    here, findings = _folders(root, masks, None)
    splits: list[Folders] = []
    for split in SPLITS:
        below = subfolders(root, (split,))
        if below:
            inside, wrong = _folders(below[0], masks, split)
            splits += inside
            findings += wrong
    if here and splits:
        problem = f"photos both in {here[0].photos.name}/ and in {splits[0].split}/"
        cure = f"keep one of the two, or name one split: {root / splits[0].photos.parent.name}"
        findings.append(Finding("error", "two-layouts", problem, cure))
    if not here and not splits and not findings:
        here, findings = _side_by_side(root)
    return here + splits, findings


def _folders(
    root: Path, masks: str | None, split: str | None
) -> tuple[list[Folders], list[Finding]]:
    photos = subfolders(root, PHOTO_FOLDERS)
    if not photos:
        return [], []
    if len(photos) > 1:
        return [], [_two_folders(photos, "keep the photos in one of them")]
    found = [root / masks] if masks else subfolders(root, MASK_FOLDERS)
    if not found or not found[0].is_dir():
        wanted = masks or MASK_FOLDERS[0]
        problem = f"{root}: photos in {photos[0].name}/, but no folder {wanted}/"
        cure = "put the masks into that folder, or name theirs with --masks NAME"
        return [], [Finding("error", "no-masks", problem, cure)]
    names = [folder.name.lower() for folder in found]
    if len(found) > 1 and names != list(MASK_FOLDERS[1:]):
        return [], [_two_folders(found, "say which one with --masks NAME")]
    findings = []
    if len(found) > 1:
        said = f"masks are taken from {found[0].name}/, not from {found[1].name}/"
        findings.append(Finding("note", "mask-folder", said))
    return [Folders(photos[0], found[0], split)], findings


def _two_folders(folders: Sequence[Path], cure: str) -> Finding:
    names = tuple(f"{folder.name}/" for folder in folders)
    return Finding(
        "error", "two-folders", f"{folders[0].parent}: more than one folder fits", cure, names
    )


def subfolders(root: Path, names: Sequence[str]) -> list[Path]:
    """Folders of these names in any case, in the order of the names."""
    children = {child.name.lower(): child for child in sorted(root.iterdir()) if child.is_dir()}
    return [children[name] for name in names if name in children]


def _side_by_side(root: Path) -> tuple[list[Folders], list[Finding]]:
    if any(path.stem.endswith(MASK_SUFFIXES) for path in image_files(root)):
        return [Folders(root, root, None)], []
    loose = sum(path.is_file() and is_image_name(path.name) for path in root.iterdir())
    if loose:
        photos = "1 photo" if loose == 1 else f"{loose} photos"
        problem = f"{root}: {photos}, but no folders images/ and masks/ in it"
        cure = (
            f"move the photos into {root / PHOTO_FOLDERS[0]}, and masks of the same names into "
            f"{root / MASK_FOLDERS[0]}; see docs/reference/data-folder.md"
        )
    else:
        problem = f"{root}: no photos found"
        cure = "put photos into images/ and masks of the same names into masks/"
    return [], [Finding("error", "no-photos", problem, cure)]


def _pair(root: Path, folders: Folders) -> tuple[list[Example], list[Finding]]:
    photos, masks = _files(folders)
    by_key = _by_key(photos, folders.photos)
    candidates = _candidates(masks, folders.masks, by_key)
    pairs: list[Example] = []
    findings: list[Finding] = []
    used: set[Path] = set()
    without: list[Path] = []
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
            if len(found) > 1:
                findings.append(_ambiguous("masks", key, found, root))
            elif not found:
                without.append(photo)
            else:
                name = f"{folders.split}/{key}" if folders.split else key
                name += photo.suffix if len(same) > 1 else ""
                pairs.append(Example(name, photo, found[0], group=name, split=folders.split))
    findings += _unpaired(root, folders, without, [m for m in masks if m not in used])
    return pairs, findings


def _files(folders: Folders) -> tuple[list[Path], list[Path]]:
    photos = list(image_files(folders.photos))
    if folders.photos != folders.masks:
        return photos, list(image_files(folders.masks))
    masks = [path for path in photos if path.stem.endswith(MASK_SUFFIXES)]
    return [path for path in photos if path not in set(masks)], masks


def _key(path: Path, folder: Path) -> str:
    return same_name(path.relative_to(folder).with_suffix("").as_posix())


def _by_key(paths: Sequence[Path], folder: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        found[_key(path, folder)].append(path)
    return dict(found)


def _candidates(
    masks: Sequence[Path], folder: Path, photos: Mapping[str, object]
) -> dict[str, list[Path]]:
    """Masks by the key of the photo that each may belong to."""
    found: dict[str, list[Path]] = defaultdict(list)
    for mask in masks:
        key = _key(mask, folder)
        if key not in photos:
            for suffix in MASK_SUFFIXES:
                key = key.removesuffix(suffix)
        # File endings differ in case between the tools that wrote photo and mask.
        ending = PurePosixPath(key).suffix
        found[key if key in photos else key.removesuffix(ending) + ending.lower()].append(mask)
    return found


def _ambiguous(what: str, key: str, files: Sequence[Path], root: Path) -> Finding:
    problem = f"{len(files)} {what} fit the name '{key}'"
    return Finding("error", "ambiguous", problem, "keep one of them", _relative(files, root))


def _unpaired(
    root: Path, folders: Folders, photos: Sequence[Path], masks: Sequence[Path]
) -> Iterator[Finding]:
    if photos:
        problem = f"{len(photos)} photos without a mask are not used"
        cure = "add masks of the same names, or remove the photos"
        yield Finding("warning", "photo-without-mask", problem, cure, _relative(photos, root))
    if masks:
        problem = f"{len(masks)} masks without a photo"
        cure = "give each mask the name of its photo, or remove it"
        names = [_key(photo, folders.photos) for photo in photos]
        near = difflib.get_close_matches(_key(masks[0], folders.masks), names[:500], n=1)
        if near:
            cure += f" (is {masks[0].name} the mask of '{near[0]}'?)"
        yield Finding("error", "mask-without-photo", problem, cure, _relative(masks, root))


def _relative(files: Sequence[Path], root: Path) -> tuple[str, ...]:
    return tuple(shown(file, root) for file in files)
