"""What is said of photos that have no masks, and of folders where nothing was found."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from maskwright.data.findings import Finding, about, errors
from maskwright.data.folder import DataFolder
from maskwright.data.pairs.layout import MASK_FOLDERS, PHOTO_FOLDERS, Folders, Layout, find_layout
from maskwright.data.walk import image_files, is_image_name, shown


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
    inside = [name for name in found if find_layout(DataFolder(root / name)).labelled]
    if inside:
        return problem, f"name the data folder itself: {root / inside[0]}"
    return (
        problem,
        "say which folder holds the photos, and which the masks: --photos NAME --masks NAME",
    )


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


def _photos(files: Sequence[str]) -> str:
    return "1 photo" if len(files) == 1 else f"{len(files)} photos"
