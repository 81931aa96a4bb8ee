"""Which photos a batch takes from what was named, and the data folder that they lie in."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from maskwright.data.decode import DEFAULT_LIMITS
from maskwright.data.pairing import MASK_FOLDERS, PHOTO_FOLDERS, subfolders
from maskwright.data.tables import SPLITS
from maskwright.data.walk import FoundPhoto
from maskwright.outputs.find_files import find_files
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
        passed_over: files that look like photos, and are not read.
        unreadable: folders that could not be listed, with the reason.
    """

    photos: tuple[FoundPhoto, ...]
    data: Path | None
    passed_over: tuple[Path, ...] = ()
    unreadable: tuple[tuple[Path, str], ...] = ()


def find_inputs(given: Sequence[Path], out: Path, most_bytes: int = DEFAULT_LIMITS.bytes) -> Inputs:
    """Find photos in files, folders and globs; of a data folder, those that are no masks.

    Args:
        given: what was named.
        out: the output folder; what is written there is no input.
        most_bytes: of a pipe, one byte more than this is read.

    Raises:
        UsageError: there are none, or an input does not exist.
    """
    of_data: dict[Path, tuple[Path, str]] = {}  # photo folder -> data folder, part
    named: list[Path] = []
    for one in given:
        folders = dict(_photo_folders(one, out))
        if folders:
            listed = " and ".join(str(folder) for folder in folders)
            _log.info("%s is a data folder: only the photos in %s are taken", one, listed)
        of_data |= {folder: (one, part) for folder, part in folders.items()}
        named += folders or [one]
    photos: list[FoundPhoto] = []
    roots: set[Path] = set()
    files = find_files(named, out, most_bytes)
    for photo in files.photos.values():
        root = photo.path.parents[len(photo.relative.parts) - 1]
        roots.add(root)
        if root in of_data:
            photo = replace(photo, relative=PurePosixPath(of_data[root][1]) / photo.relative)
        photos.append(photo)
    homes = {_absolute(of_data[one][0]) if one in of_data else _home(one) for one in roots}
    home = homes.pop() if len(homes) == 1 else None
    return Inputs(tuple(photos), home, tuple(files.passed_over), tuple(files.unreadable))


def _photo_folders(root: Path, out: Path) -> Iterator[tuple[Path, str]]:
    """The photo folders of a data folder with masks, each with the part of the split it holds."""
    if not root.is_dir():
        return
    parts = [(root, ""), *((part, part.name.lower()) for part in subfolders(root, SPLITS))]
    for folder, part in parts:
        masks = subfolders(folder, MASK_FOLDERS)
        # Masks that an earlier run wrote there do not make it another kind of folder.
        if any(_absolute(one) != _absolute(out / FOLDERS["mask"]) for one in masks):
            yield from ((photos, part) for photos in subfolders(folder, PHOTO_FOLDERS))


def _home(named: Path) -> Path:
    folder = _absolute(named)
    return folder.parent if folder.name.lower() in PHOTO_FOLDERS else folder


def _absolute(path: Path) -> Path:
    # Not `resolve`: a linked images/ belongs to the folder that it is linked into.
    return Path(os.path.abspath(path))
