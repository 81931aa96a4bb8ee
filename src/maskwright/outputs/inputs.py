"""Which photos a batch takes from what was named, and the data folder that they lie in."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from maskwright.data.decoding.decode import DEFAULT_LIMITS
from maskwright.data.findings import errors
from maskwright.data.folder import DataFolder
from maskwright.data.pairs.layout import MASK_FOLDERS, PHOTO_FOLDERS, Folders, find_layout
from maskwright.data.pairs.pairing import find_pairs
from maskwright.data.pairs.split_names import plain
from maskwright.data.walk import FoundPhoto, image_files
from maskwright.errors import DataError
from maskwright.outputs.find_files import counting, find_files
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
    on_found = counting()
    of_data: dict[Path, tuple[Path, str]] = {}  # photo folder -> data folder, prefix of names
    named: list[Path] = []
    masks: set[Path] = set()
    for one in given:
        try:
            found = _data_folder(one, out)
        except DataError:  # a folder below cannot be read: `find_files` tells which
            found = _DataFolder()
        folders = {part.photos: (one, prefix) for part, prefix in _prefixes(one, found.parts)}
        if folders:
            listed = " and ".join(str(folder) for folder in folders)
            _log.info("%s is a data folder: only the photos in %s are taken", one, listed)
        of_data |= folders
        named += folders or [one]
        masks |= found.masks
    photos: list[FoundPhoto] = []
    roots: set[Path] = set()
    files = find_files(named, out, most_bytes, on_found)
    for photo in files.photos.values():
        if photo.path in masks:
            continue
        root = photo.path.parents[len(photo.relative.parts) - 1]
        roots.add(root)
        if root in of_data:
            photo = replace(photo, relative=PurePosixPath(of_data[root][1]) / photo.relative)
        photos.append(photo)
    homes = {_absolute(of_data[one][0]) if one in of_data else _home(one) for one in roots}
    home = homes.pop() if len(homes) == 1 else None
    return Inputs(tuple(photos), home, tuple(files.passed_over), tuple(files.unreadable))


def _prefixes(root: Path, parts: Sequence[Folders]) -> Iterator[tuple[Folders, str]]:
    """What names begin with in each part: Images/ and images/ may hold photos of equal names."""
    met = Counter(str(part.photos).lower() for part in parts)
    for part in parts:
        below = part.photos.relative_to(root).as_posix()
        yield part, part.prefix if met[str(part.photos).lower()] == 1 else below


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


def _home(named: Path) -> Path:
    folder = _absolute(named)
    return folder.parent if folder.name.lower() in PHOTO_FOLDERS else folder


def _absolute(path: Path) -> Path:
    # Not `resolve`: a linked images/ belongs to the folder that it is linked into.
    return Path(os.path.abspath(path))
