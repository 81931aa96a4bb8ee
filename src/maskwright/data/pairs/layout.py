"""Where photos and masks lie in a data folder, by the names of its folders."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from maskwright.data.findings import Finding, errors
from maskwright.data.folder import DataFolder
from maskwright.data.pairs.split_names import SPLITS, plain, split_and_rest, split_named
from maskwright.data.pairs.suffixes import MASK_SUFFIXES, parse_suffixes, suffixes_that_fit
from maskwright.data.walk import folders_in, image_files, image_names, is_image_name

PHOTO_FOLDERS = ("images", "input_image")
MASK_FOLDERS = ("masks", "segmentation_true", "segmentation_seed")

# Taken only where none of the names above is there, and said aloud then.
_PHOTOS = re.compile(
    r"(images?|imgs?)(_(dir|png|jpg|tif))?|photos?|pictures?|pics|inputs?|input_images?|jpegimages"
    r"|leftimg8bit|rgb|originals?"
)
_MASKS = re.compile(
    r"masks?(_(dir|png|tif|machine|binary))?|(ann|label|gt)_dir|(mask|label|annotation)_images?"
    r"|labels?|labelled|annotations?|annots?|gts?|gtfine|gtcoarse|ground_?truths?|targets?|segs?|segmentations?(_(masks?|true|seed))?"
    r"|segmentationclass(aug|png|raw)?|(1st|2nd)_manual"
)


@dataclass(frozen=True)
class Folders:
    """A photo folder with its mask folder.

    Attributes:
        photos: the folder; photos lie in it or below it.
        masks: the same where masks lie beside photos; None where there are no masks.
        prefix: what the names of its photos begin with; "train" for train/images/.
        split: the split that the folders' names say.
    """

    photos: Path
    masks: Path | None
    prefix: str = ""
    split: str | None = None


@dataclass(frozen=True)
class Layout:
    """The folders of a data folder.

    Attributes:
        labelled: photo folders with masks.
        unlabelled: photo folders without masks, and those whose masks are in doubt.
        findings: what was assumed, and what is in doubt.
    """

    labelled: tuple[Folders, ...] = ()
    unlabelled: tuple[Folders, ...] = ()
    findings: tuple[Finding, ...] = ()

    def __add__(self, other: Layout) -> Layout:
        return Layout(
            self.labelled + other.labelled,
            self.unlabelled + other.unlabelled,
            self.findings + other.findings,
        )


@dataclass(frozen=True)
class _Children:
    """The folders in a folder, by what their names say."""

    photos: list[Path] = field(default_factory=list)
    masks: list[Path] = field(default_factory=list)
    splits: list[tuple[Path, str]] = field(default_factory=list)
    photos_of: list[tuple[Path, str]] = field(default_factory=list)
    masks_of: list[tuple[Path, str]] = field(default_factory=list)


def find_layout(folder: DataFolder) -> Layout:
    """Find the photo and mask folders of a data folder.

    Known are, in any case: images/ and masks/, and other usual names; train/, val/ and test/ with
    such folders, with photos alone, or with masks beside photos; folders of a split such as
    train_images/ and train_masks/; masks beside photos.
    """
    root = folder.root
    if not root.is_dir():
        cure = "name the folder that holds images/"
        return Layout(findings=(Finding("error", "no-folder", f"{root}: no such folder", cure),))
    children = _children(root)
    here = _inside(root, folder)
    parts = _split_folders(children, folder)
    if _side_by_side_only(here, parts) and _has_masks_beside(root, folder):
        return Layout((Folders(root, root),), findings=here.findings)
    both = [one for one in parts.labelled if one.split == "train"]
    if here.labelled and both:
        problem = f"photos both in {here.labelled[0].photos.name}/ and in {_shown(both[0], root)}"
        cure = f"keep one of the two, or name one split: {_split_home(both[0], root)}"
        return here + parts + Layout(findings=(Finding("error", "two-layouts", problem, cure),))
    return here + parts


def split_folders(root: Path) -> list[tuple[Path, str]]:
    """The folders in a data folder whose names say a split and nothing else, with the split."""
    return _children(root).splits


def split_said(name: str) -> str | None:
    """The split that a folder's name says: "val", "valid", or with a kind, "val_images"."""
    parted = split_and_rest(name)
    if parted is not None and (_PHOTOS.fullmatch(parted[1]) or _MASKS.fullmatch(parted[1])):
        return parted[0]
    return split_named(name)


def _children(here: Path) -> _Children:
    found = _Children()
    for child in folders_in(here):
        split, parted = split_named(child.name), split_and_rest(child.name)
        of, kind = parted or ("", "")
        if _PHOTOS.fullmatch(plain(child.name)):
            found.photos.append(child)
        elif _MASKS.fullmatch(plain(child.name)):
            found.masks.append(child)
        elif split is not None:
            found.splits.append((child, split))
        elif _PHOTOS.fullmatch(kind) or (kind == "a" and _beside(child, "B")):
            found.photos_of.append((child, of))
        elif _MASKS.fullmatch(kind) or (kind == "b" and _beside(child, "A")):
            found.masks_of.append((child, of))
    found.splits.sort(key=lambda one: SPLITS.index(one[1]))
    return found


def _beside(folder: Path, letter: str) -> bool:
    """Whether trainA/ has trainB/ beside it: photos and masks of an image translation."""
    return folder.with_name(folder.name[:-1] + letter).is_dir()


def _inside(here: Path, folder: DataFolder, prefix: str = "", split: str | None = None) -> Layout:
    """The photo and the mask folder in one folder."""
    children = _children(here)
    photos = _chosen(here, folder.photos, children.photos, PHOTO_FOLDERS)
    masks = _chosen(here, folder.masks, children.masks, MASK_FOLDERS)
    if len(photos) > 1:
        found = _two_folders(photos, "keep the photos in one of them, or say which: --photos NAME")
        return Layout((), tuple(Folders(one, None, prefix, split) for one in photos), (found,))
    if not photos and masks and folder.photos is None and _loose_photos(here):
        photos = [here]  # photos lie loose beside their mask folder
    if not photos:
        return Layout()
    ours = Folders(photos[0], None, prefix, split)
    if not masks:
        return Layout((), (ours,))
    names = [plain(one.name) for one in masks]
    if len(masks) > 1 and names != list(MASK_FOLDERS[1:]):
        found = _two_folders(masks, "say which one with --masks NAME")
        return Layout((), (ours,), (found,))
    return Layout((replace(ours, masks=masks[0]),), (), tuple(_assumed(photos[0], masks, folder)))


def _chosen(
    here: Path, named: str | None, children: Sequence[Path], usual: Sequence[str]
) -> list[Path]:
    """The folder that was named, or those with usual names, or those with other known names."""
    if named is not None:
        return [here / named] if (here / named).is_dir() else []
    found = [one for name in usual for one in children if plain(one.name) == name]
    return found or [one for one in children if any(image_files(one))]


def _assumed(photos: Path, masks: Sequence[Path], folder: DataFolder) -> Iterator[Finding]:
    if len(masks) > 1:
        said = f"masks are taken from {masks[0].name}/, not from {masks[1].name}/"
        yield Finding("note", "mask-folder", said)
    guessed = [
        f"{what} from {path.name}/"
        for what, path, named, usual in (
            ("photos", photos, folder.photos, PHOTO_FOLDERS),
            ("masks", masks[0], folder.masks, MASK_FOLDERS),
        )
        if named is None and plain(path.name) not in usual
    ]
    if guessed:
        yield Finding("note", "folders", f"{' and '.join(guessed)} are taken")


def _split_folders(children: _Children, folder: DataFolder) -> Layout:
    """What lies in folders of one split: train/, or train_images/ and train_masks/."""
    found = _same_but_for_case([path for path, _ in children.splits])
    for path, split in children.splits:
        prefix = path.name.lower()
        inside = _inside(path, folder, prefix, split)
        if not (inside.labelled or inside.unlabelled or inside.findings):
            inside = _bare(path, _masks_of(children, split), folder, prefix, split)
        found += inside
    for path, split in children.photos_of:
        masks = _masks_of(children, split)
        if (
            plain(path.name).endswith("a")
            and split_and_rest(path.name) == (split, "a")
            and not masks
        ):
            continue  # trainA says photos only where there is trainB
        found += _bare(path, masks, folder, path.name, split)
    return found


def _bare(
    photos: Path, masks: Sequence[Path], folder: DataFolder, prefix: str, split: str
) -> Layout:
    """A folder of photos that lie in it, with masks in one of these folders or beside them."""
    ours = Folders(photos, None, prefix, split)
    if len(masks) > 1:
        cure = "keep one of them, or move the others elsewhere"
        return Layout((), (ours,), (_two_folders(masks, cure),))
    if masks:
        said = f"photos from {photos.name}/ and masks from {masks[0].name}/ are taken"
        return Layout((replace(ours, masks=masks[0]),), (), (Finding("note", "folders", said),))
    if _has_masks_beside(photos, folder):
        return Layout((replace(ours, masks=photos),))
    return Layout((), (ours,)) if any(image_files(photos)) else Layout()


def _masks_of(children: _Children, split: str) -> list[Path]:
    """Mask folders of a split beside its photo folder: train_masks/, masks/train/ or masks/."""
    own = [path for path, of in children.masks_of if of == split]
    below = [
        path for masks in children.masks for path, of in _children(masks).splits if of == split
    ]
    whole = [
        masks
        for masks in children.masks
        if split == "train" and not _children(masks).splits and any(image_files(masks))
    ]
    return own or below or whole


def _same_but_for_case(folders: Sequence[Path]) -> Layout:
    names = [path.name.lower() for path in folders]
    twice = [path for path in folders if names.count(path.name.lower()) > 1]
    if not twice:
        return Layout()
    return Layout(findings=(_two_folders(twice, "keep the photos in one of them"),))


def _two_folders(folders: Sequence[Path], cure: str) -> Finding:
    names = tuple(f"{folder.name}/" for folder in folders)
    problem = f"{folders[0].parent}: more than one folder fits"
    return Finding("error", "two-folders", problem, cure, names)


def _side_by_side_only(here: Layout, parts: Layout) -> bool:
    """Whether no photo has its mask in another folder."""
    apart = [one for one in here.labelled + parts.labelled if one.masks != one.photos]
    return not (apart or here.unlabelled or errors(here.findings + parts.findings))


def _has_masks_beside(root: Path, folder: DataFolder) -> bool:
    """Whether masks lie beside their photos, told apart by the ends of their names."""
    keys = {os.path.splitext(name)[0] for name in image_names(root)}
    said = parse_suffixes(folder.suffixes)
    if said is not None:
        return said.mask != "" and any(key.endswith(said.mask) for key in keys)
    if any(key.endswith(MASK_SUFFIXES) for key in keys):
        return True
    # Photos may be called a and a_L for other reasons: most files must be such pairs.
    return any(
        known.mask and 4 * len(known.pairs(keys, keys)) > len(keys)
        for known in suffixes_that_fit(keys, keys)
    )


def _loose_photos(here: Path) -> bool:
    with os.scandir(here) as entries:
        return any(is_image_name(entry.name) and entry.is_file() for entry in entries)


def _split_home(folders: Folders, root: Path) -> Path:
    inside = folders.photos.relative_to(root).parts
    return root / inside[0]


def _shown(folders: Folders, root: Path) -> str:
    return f"{_split_home(folders, root).name}/"
