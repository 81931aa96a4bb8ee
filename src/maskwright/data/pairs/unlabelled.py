"""What is said of photos without masks, masks without photos, and folders of neither."""

from __future__ import annotations

import difflib
import shlex
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from maskwright.data.findings import Finding, about, errors
from maskwright.data.folder import DataFolder
from maskwright.data.pairs.layout import MASK_FOLDERS, PHOTO_FOLDERS, Folders, Layout, find_layout
from maskwright.data.walk import folders_in, image_files, is_image_name, shown

_DEEPEST = 3  # VOCdevkit/VOC2012/ is two levels down
_MOST_LOOKED_AT = 200


def nothing_labelled(folder: DataFolder, layout: Layout) -> Iterator[Finding]:
    """What is missing in a data folder where no photo folder has a mask folder."""
    if errors(layout.findings):
        return
    if layout.unlabelled:
        for part in layout.unlabelled:
            yield _no_masks(folder, part)
        return
    root = folder.root
    loose = sum(path.is_file() and is_image_name(path.name) for path in root.iterdir())
    if folder.photos is not None:
        problem = f"{root}: no folder {folder.photos}/"
        cure = "name the folder of the photos inside DATA with --photos NAME"
    elif loose:
        photos = "1 photo" if loose == 1 else f"{loose} photos"
        problem = f"{root}: {photos}, but no folders images/ and masks/ in it"
        cure = (
            f"move the photos into {root / PHOTO_FOLDERS[0]}, and masks of the same names into "
            f"{root / MASK_FOLDERS[0]}; see docs/reference/data-folder.md"
        )
    else:
        problem, cure = _elsewhere(root)
    yield Finding("error", "no-photos", problem, cure)


def _elsewhere(root: Path) -> tuple[str, str]:
    """What to say of a folder without known folders: where there are images."""
    found = Counter(path.relative_to(root).parts[0] for path in image_files(root))
    if not found:
        return f"{root}: no photos found", "put photos into images/ and masks into masks/"
    listed = ", ".join(f"{name}/ ({number})" for name, number in found.most_common(6))
    problem = f"{root}: no folder that is known to hold photos; images lie in {listed}"
    for inside in _folders_below(root, _DEEPEST):
        if find_layout(DataFolder(inside)).labelled:
            return problem, f"name the data folder itself: {inside}"
    return (
        problem,
        "say which folder holds the photos, and which the masks: --photos NAME --masks NAME",
    )


def _folders_below(root: Path, depth: int) -> list[Path]:
    """The folders in a folder, those of the first level first; some of them if there are many."""
    found, level = list[Path](), [root]
    for _ in range(depth):
        level = [child for home in level for child in folders_in(home)][:_MOST_LOOKED_AT]
        found += level
    return found


def no_masks(
    folder: DataFolder, layout: Layout, labelled: Collection[str | None]
) -> Iterator[Finding]:
    """Photo folders to train on without a mask folder.

    Args:
        folder: the data folder.
        layout: its folders.
        labelled: splits that have pairs.
    """
    for part in layout.unlabelled:
        trained = {None, "train"} & set(labelled)
        if part.split is None or (part.split == "train" and not trained):
            yield _no_masks(folder, part)


def _no_masks(folder: DataFolder, part: Folders) -> Finding:
    wanted = folder.masks or MASK_FOLDERS[0]
    problem = f"{part.photos.parent}: photos in {part.photos.name}/, but no folder {wanted}/"
    cure = "put the masks into that folder, or name theirs with --masks NAME"
    return Finding("error", "no-masks", problem, cure)


def no_pairs(folders: Folders) -> Finding:
    """The error about a mask folder in which no mask belongs to a photo."""
    masks = folders.masks or folders.photos
    problem = "no photo has a mask"
    cure = f"put masks into {masks} that have the names of the photos in {folders.photos}"
    endings = Counter(
        path.suffix.lower() for path in masks.iterdir() if path.is_file() and path.suffix
    )
    if endings and not any(image_files(masks)):
        ending, number = endings.most_common(1)[0]
        files = f"1 {ending} file" if number == 1 else f"{number} {ending} files"
        problem = f"no photo has a mask: {masks.name}/ holds {files} and no images"
        cure = (
            "export the masks as pictures, one PNG file for each photo with the name of the photo; "
            "the program that wrote these files can do that"
        )
    return Finding("error", "no-pairs", problem, cure)


def photos_without_masks(
    root: Path, without: Sequence[tuple[Path, str | None]], labelled: Collection[str | None]
) -> Iterator[Finding]:
    """A test split without any mask is there to be predicted; all else may be an oversight.

    Args:
        root: the data folder.
        without: photos without masks, and their splits.
        labelled: splits that have pairs.
    """
    files: dict[str | None, list[str]] = defaultdict(list)
    for path, split in without:
        whole = split in ("val", "test") and split not in labelled
        files[split if whole else None].append(shown(path, root))
    problem = f"the test part has {_photos(files['test'])} and no masks: to predict, not to score"
    yield from about(files["test"], "note", "photos-to-predict", problem)
    cure = "add masks of the same names, or remove the photos"
    problem = f"the val part has {_photos(files['val'])} and no masks: it cannot validate"
    yield from about(files["val"], "warning", "photo-without-mask", problem, cure)
    problem = f"{len(files[None])} photos without a mask are not used"
    yield from about(files[None], "warning", "photo-without-mask", problem, cure)


def masks_without_photo(
    root: Path, folders: Folders, photos: Sequence[str], masks: Mapping[str, Path]
) -> Iterator[Finding]:
    """The error about masks that belong to no photo: their names are most often misspelt.

    Args:
        root: the data folder.
        folders: the photo and the mask folder.
        photos: keys of the photos without a mask: paths below that folder, without ending.
        masks: the masks by their keys.
    """
    if not masks:
        return
    keys = list(masks)
    cure = "give each mask the name of its photo, or remove it"
    if unread := _not_read(folders, keys[0]):
        cure = f"{shown(unread, root)} is not read: save such files as JPEG, PNG or TIFF"
    if way := _other_names(folders, photos, keys):
        cure += f"; or say how names agree: {way}"
    if near := difflib.get_close_matches(keys[0], photos[:500], n=1):
        cure += f" (is {masks[keys[0]].name} the mask of '{near[0]}'?)"
    files = tuple(shown(mask, root) for mask in masks.values())
    yield Finding("error", "mask-without-photo", f"{len(masks)} masks without a photo", cure, files)


def _not_read(folders: Folders, key: str) -> Path | None:
    """A file with the name of this photo that is of no format that is read, as raw files are."""
    home = (folders.photos / key).parent
    stem = key.rpartition("/")[2]
    if folders.photos == folders.masks or not home.is_dir():
        return None
    return next((path for path in sorted(home.iterdir()) if stem in (path.stem, path.name)), None)


def _other_names(folders: Folders, photos: Sequence[str], masks: Sequence[str]) -> str | None:
    """The option by which most of these masks have a photo: another folder, or ends of names."""
    known, home = set(photos), masks[0].rpartition("/")[0]
    if not known or folders.masks is None:
        return None
    beside = folders.photos.parent
    agree = sum(key.removeprefix(f"{home}/") in known for key in masks)
    if home and folders.masks.is_relative_to(beside) and 2 * agree > len(masks):
        return f"--masks {shlex.quote(shown(folders.masks / home, beside))}"
    if home and all(key.rpartition("/")[2] in known for key in masks):
        one = shlex.quote(shown(folders.masks / home, beside))
        return f"--masks {one} takes one folder; several masks of a photo must be joined first"
    start = max((name for name in photos if masks[0].startswith(name)), key=len, default=None)
    end = "" if start is None else masks[0].removeprefix(start)
    if not end or "," in end or end.isdigit():
        return None
    agree = sum(key.endswith(end) and key.removesuffix(end) in known for key in masks)
    return f"--suffixes {shlex.quote(',' + end)}" if 2 * agree > len(masks) else None


def _photos(files: Sequence[str]) -> str:
    return "1 photo" if len(files) == 1 else f"{len(files)} photos"
