"""Which photos a batch takes from what was named, and the data folder that they lie in."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from maskwright.data.findings import errors
from maskwright.data.folder import DataFolder
from maskwright.data.layout import MASK_FOLDERS, PHOTO_FOLDERS, Folders, find_layout
from maskwright.data.pairing import find_pairs
from maskwright.data.split_names import plain
from maskwright.data.walk import FoundPhoto, find_photos, image_files
from maskwright.errors import UsageError
from maskwright.outputs.names import FOLDERS

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Inputs:
    """The photos of a batch.

    Attributes:
        photos: files, and where each lies below what was named; of a data folder the name of its
            photo folder is left out, as in the names of its examples.
        data: the data folder that all of them lie in, whether it, its images/ or a photo there was
            named; None when there are several.
    """

    photos: tuple[FoundPhoto, ...]
    data: Path | None


def find_inputs(given: Sequence[Path], out: Path) -> Inputs:
    """Find photos in files, folders and globs; of a data folder, those that are no masks.

    Args:
        given: what was named.
        out: the output folder; what is written there is no input.

    Raises:
        UsageError: there are none, or an input does not exist.
    """
    of_data: dict[Path, tuple[Path, str]] = {}  # photo folder -> data folder, prefix of names
    named: list[Path] = []
    masks: set[Path] = set()
    for one in given:
        found = _data_folder(one, out)
        folders = {part.photos: (one, part.prefix) for part in found.parts}
        if folders:
            listed = " and ".join(str(folder) for folder in folders)
            _log.info("%s is a data folder: only the photos in %s are taken", one, listed)
        of_data |= folders
        named += folders or [one]
        masks |= found.masks
    photos: list[FoundPhoto] = []
    homes: set[Path] = set()
    for photo in without_outputs(find_photos(named), out):
        if photo.path in masks:
            continue
        root = photo.path.parents[len(photo.relative.parts) - 1]
        data, part = of_data.get(root, (None, ""))
        photos.append(FoundPhoto(photo.path, PurePosixPath(part) / photo.relative))
        homes.add(_absolute(data) if data is not None else _home(root))
    return Inputs(tuple(photos), homes.pop() if len(homes) == 1 else None)


@dataclass(frozen=True)
class _DataFolder:
    """The photo folders of a data folder with masks, and masks that lie among the photos."""

    parts: tuple[Folders, ...] = ()
    masks: frozenset[Path] = frozenset()


def _data_folder(root: Path, out: Path) -> _DataFolder:
    if not root.is_dir():
        return _DataFolder()
    layout = find_layout(DataFolder(root))
    # Masks that an earlier run wrote there do not make it another kind of folder.
    ours = _absolute(out / FOLDERS["mask"])
    labelled = [part for part in layout.labelled if _absolute(_masks(part)) != ours]
    if not labelled and not errors(layout.findings):
        return _DataFolder()
    among = [part for part in labelled if _masks(part).is_relative_to(part.photos)]
    usual = all(plain(_masks(part).name) in MASK_FOLDERS for part in labelled)
    if not among and usual:
        return _DataFolder((*labelled, *layout.unlabelled))
    # Folders called labels/ and files called x_mask may be something else: names must agree.
    pairs, _ = find_pairs(DataFolder(root))
    if not pairs:
        return _DataFolder()
    folders = [_masks(part) for part in among if part.masks != part.photos]
    masks = {pair.mask for pair in pairs} | {path for one in folders for path in image_files(one)}
    return _DataFolder((*labelled, *layout.unlabelled), frozenset(masks))


def _masks(part: Folders) -> Path:
    return part.photos if part.masks is None else part.masks


def without_outputs(found: Sequence[FoundPhoto], out: Path) -> list[FoundPhoto]:
    """Return the photos that are not outputs of an earlier run.

    OUT may be the input folder or lie inside it; what was written there is no input.

    Raises:
        UsageError: all of them are outputs.
    """
    ours = tuple(os.path.join(os.path.realpath(out), folder, "") for folder in FOLDERS.values())
    kept = [photo for photo in found if not os.path.realpath(photo.path).startswith(ours)]
    if len(kept) < len(found):
        _log.info("%d files below %s are outputs, not inputs", len(found) - len(kept), out)
    if not kept:
        raise UsageError(f"no photos: all that were found are outputs below {out}")
    return kept


def _home(named: Path) -> Path:
    folder = _absolute(named)
    return folder.parent if folder.name.lower() in PHOTO_FOLDERS else folder


def _absolute(path: Path) -> Path:
    # Not `resolve`: a linked images/ belongs to the folder that it is linked into.
    return Path(os.path.abspath(path))
