"""Find image files below folders."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path, PurePosixPath

from maskwright.errors import UsageError

PHOTO_ENDINGS = frozenset(
    {
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".png",
        ".tif",
        ".tiff",
        ".webp",
        ".bmp",
        ".gif",
        ".ppm",
        ".pgm",
        ".pbm",
        ".jp2",
        ".avif",
        ".heic",
        ".heif",
        ".mpo",
    }
)
"""Endings of image files, lower case with the dot. The content decides what a file is."""


@dataclass(frozen=True)
class FoundPhoto:
    """An image file, and where it lies below the folder that was asked for.

    Attributes:
        path: the file.
        relative: its path below the folder or glob given; the bare name of a file given.
    """

    path: Path
    relative: PurePosixPath


def find_photos(inputs: Sequence[Path]) -> list[FoundPhoto]:
    """Find photos in files, folders (with all folders below) and globs.

    A file that is named is taken whatever its ending; in folders and globs only files with an
    image ending count, hidden ones never. Sorted by relative path within each input; a file
    reached twice is given once.

    Raises:
        UsageError: an input does not exist, or there is no photo in any of them.
    """
    found: dict[Path, FoundPhoto] = {}
    for given in inputs:
        for photo in _below(given):
            found.setdefault(photo.path.resolve(), photo)
    if not found:
        names = ", ".join(str(given) for given in inputs) or "nothing"
        raise UsageError(f"no photos in {names}: name photo files, or a folder that holds some")
    return list(found.values())


def image_files(folder: Path) -> Iterator[Path]:
    """All files with an image ending below a folder, sorted, hidden ones and their folders not."""
    seen: set[Path] = set()
    # Linked folders are data too; the set ends a link that leads back up.
    for here, folders, files in os.walk(folder, followlinks=True):
        real = Path(here).resolve()
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        for name in sorted(files):
            if is_image_name(name):
                yield Path(here, name)


def shown(path: Path, root: Path) -> str:
    """A file as messages name it: its path below the data folder, else the whole path."""
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def is_image_name(name: str) -> bool:
    """Whether a file name has an image ending (in any case) and is not hidden."""
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in PHOTO_ENDINGS


def _below(given: Path) -> Iterator[FoundPhoto]:
    if given.is_file():
        yield FoundPhoto(given, PurePosixPath(given.name))
    elif given.is_dir():
        for path in image_files(given):
            yield FoundPhoto(path, PurePosixPath(path.relative_to(given).as_posix()))
    elif glob.has_magic(str(given)):
        yield from _matching(given)
    else:
        raise UsageError(f"{given}: there is no such file or folder")


def _matching(pattern: Path) -> Iterator[FoundPhoto]:
    root = Path(*takewhile(lambda part: not glob.has_magic(part), pattern.parts))
    for name in sorted(glob.glob(str(pattern), recursive=True)):
        path = Path(name)
        if path.is_file() and is_image_name(path.name):
            yield FoundPhoto(path, PurePosixPath(path.relative_to(root).as_posix()))
