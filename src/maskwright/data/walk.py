"""Find image files below folders."""

from __future__ import annotations

import glob
import logging
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from maskwright.data.decoding.image_kinds import PHOTO_ENDINGS, LooksInside
from maskwright.errors import DataError, UsageError
from maskwright.files import kind_of

__all__ = ["PHOTO_ENDINGS", "FoundPhoto", "Search", "find_photos", "image_files", "search"]

_log = logging.getLogger(__name__)

# What file servers, archives and systems put beside photos: thumbnails, and what was deleted.
# Hidden ones (.thumbnails, .AppleDouble, .Trash) are left out like all that is hidden.
_SERVER_FOLDERS = frozenset(
    {
        "@eadir",
        "@tmp",
        "@recycle",
        "@recently-snapshot",
        "@__thumb",
        "#recycle",
        "#snapshot",
        "$recycle.bin",
        "system volume information",
        "lost+found",
        "__macosx",
    }
)

LeaveOut = Callable[[str], bool]
"""Whether a folder, given by its real path, is left out of a walk."""


@dataclass(frozen=True)
class FoundPhoto:
    """An image file, and where it lies below the folder that was asked for.

    Attributes:
        path: the file.
        relative: its path below the folder or glob given; the bare name of a file given.
        content: what was read of a pipe, which can be read only once; None for files.
    """

    path: Path
    relative: PurePosixPath
    content: bytes | None = field(default=None, repr=False)

    @property
    def source(self) -> Path | bytes:
        """What decoding takes."""
        return self.path if self.content is None else self.content


@dataclass
class Search:
    """What a search for photos has found.

    Attributes:
        photos: by real path, in the order of the inputs and sorted by relative path in each.
        passed_over: files that look like photos, and are not read.
        unreadable: folders that could not be listed, with the reason.
        left_out: folders that `leave_out` named.
        no_files: pipes, sockets and devices with an image ending, and which of them they are.
        server_folders: how often each kind of folder of a file server was passed over.
    """

    photos: dict[str, FoundPhoto] = field(default_factory=dict)
    passed_over: list[Path] = field(default_factory=list)
    unreadable: list[tuple[Path, str]] = field(default_factory=list)
    left_out: list[Path] = field(default_factory=list)
    no_files: list[tuple[str, str]] = field(default_factory=list)
    server_folders: Counter[str] = field(default_factory=Counter)

    def tell_no_files(self) -> None:
        """Say which pipes, sockets and devices are passed over."""
        for path, kind in self.no_files:
            _log.warning("%s: %s, not a file: passed over", path, kind)


def find_photos(inputs: Sequence[Path]) -> list[FoundPhoto]:
    """Find photos in files, folders (with all folders below) and globs.

    A file that is named is taken whatever its ending; in folders and globs only files with an
    image ending count, hidden ones never. Sorted by relative path within each input; a file
    reached twice is given once.

    Raises:
        UsageError: an input does not exist, or there is no photo in any of them.
        DataError: a folder cannot be read.
    """
    found = search(inputs)
    found.tell_no_files()
    _refuse_unreadable(found)
    if not found.photos:
        raise no_photos(inputs)
    return list(found.photos.values())


def no_photos(inputs: Sequence[Path]) -> UsageError:
    """The error that there is no photo in what was named."""
    names = ", ".join(str(given) for given in inputs) or "nothing"
    return UsageError(f"no photos in {names}: name photo files, or a folder that holds some")


def search(
    inputs: Sequence[Path],
    *,
    leave_out: LeaveOut | None = None,
    on_found: Callable[[int], None] | None = None,
) -> Search:
    """Find photos as `find_photos` does, and keep what was passed over instead of raising.

    Args:
        inputs: files, folders and globs.
        leave_out: which folders below them are not entered.
        on_found: called with the number of photos so far, after each.

    Raises:
        UsageError: an input does not exist.
    """
    found = Search()
    inside = LooksInside()
    for given in inputs:
        for real, photo in _below(given, found, leave_out, inside):
            found.photos.setdefault(real, photo)
            if on_found is not None:
                on_found(len(found.photos))
    return found


def image_files(folder: Path, found: Search | None = None) -> Iterator[Path]:
    """All files with an image ending below a folder, sorted, hidden ones and their folders not.

    Args:
        folder: where to look.
        found: gets what is passed over.

    Raises:
        DataError: a folder cannot be read.
    """
    for relative in _names(folder, Search() if found is None else found):
        yield folder / relative


def image_names(folder: Path) -> Iterator[str]:
    """The same files as paths below the folder, with "/": as text, which takes a tenth of the time.

    Raises:
        DataError: a folder cannot be read.
    """
    return _names(folder, Search())


def _names(folder: Path, found: Search) -> Iterator[str]:
    for _real, relative in _walk(folder, found, None, None):
        yield relative
    _refuse_unreadable(found)


def folders_in(folder: Path) -> list[Path]:
    """The folders in a folder, sorted, without hidden ones."""
    with os.scandir(folder) as entries:
        names = [one.name for one in entries if not one.name.startswith(".") and _is_folder(one)]
    return [folder / name for name in sorted(names)]


def _refuse_unreadable(found: Search) -> None:
    for folder, reason in found.unreadable:
        raise DataError(f"{folder}: the folder cannot be read: {reason}")


def shown(path: Path, root: Path) -> str:
    """A file as messages name it: its path below the data folder, else the whole path."""
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def is_image_name(name: str) -> bool:
    """Whether a file name has an image ending (in any case) and is not hidden."""
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in PHOTO_ENDINGS


def _below(
    given: Path, found: Search, leave_out: LeaveOut | None, inside: LooksInside
) -> Iterator[tuple[str, FoundPhoto]]:
    if given.is_dir():
        for real, relative in _walk(given, found, leave_out, inside):
            yield real, FoundPhoto(given / relative, PurePosixPath(relative))
    elif os.path.lexists(given):
        yield os.path.realpath(given), FoundPhoto(given, PurePosixPath(given.name))
    elif glob.has_magic(str(given)):
        yield from _matching(given, found, leave_out)
    else:
        raise UsageError(f"{given}: there is no such file or folder")


def _walk(
    root: Path, found: Search, leave_out: LeaveOut | None, inside: LooksInside | None
) -> Iterator[tuple[str, str]]:
    """Image files below a folder: real path, and path below the folder with "/"."""
    entered: set[tuple[int, int]] = set()
    waiting = [(str(root), os.path.realpath(root), "")]
    while waiting:
        here, real, relative = waiting.pop()
        try:
            # Linked folders are data too; the set ends a link that leads back up.
            status = os.stat(here)
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            with os.scandir(here) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError as error:
            found.unreadable.append((Path(here), error.strerror or str(error)))
            continue
        below = []
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if _is_folder(entry):
                at = _real(entry, real)
                if _is_entered(entry, at, found, leave_out):
                    below.append((entry.path, at, f"{relative}{entry.name}/"))
            elif is_image_name(entry.name):
                if _may_be_photo(entry, found):
                    yield _real(entry, real), relative + entry.name
            elif inside is not None and inside.is_photo(entry):
                found.passed_over.append(Path(entry.path))
        waiting += reversed(below)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _real(entry: os.DirEntry[str], folder: str) -> str:
    """The real path of an entry of a folder whose real path is known."""
    return os.path.realpath(entry.path) if entry.is_symlink() else os.path.join(folder, entry.name)


def _is_entered(
    entry: os.DirEntry[str], real: str, found: Search, leave_out: LeaveOut | None
) -> bool:
    if entry.name.lower() in _SERVER_FOLDERS:
        found.server_folders[entry.name] += 1
        return False
    if leave_out is not None and leave_out(real):
        found.left_out.append(Path(entry.path))
        return False
    return True


def _may_be_photo(entry: os.DirEntry[str], found: Search) -> bool:
    """Whether a name with an image ending is a file; broken links count, and fail when read."""
    try:
        if entry.is_file():
            return True
        kind = kind_of(entry.stat().st_mode)
    except OSError:
        return True
    if kind is not None:
        found.no_files.append((entry.path, kind))
    return kind is None


def _matching(
    pattern: Path, found: Search, leave_out: LeaveOut | None
) -> Iterator[tuple[str, FoundPhoto]]:
    root, rest = _divided(pattern)
    outputs: dict[str, bool] = {}

    def is_left_out(folder: str) -> bool:
        """Whether a folder below the root, or one around it, is left out."""
        if leave_out is None or not folder or folder == ".":
            return False
        if folder not in outputs:
            at = root / folder
            if leave_out(os.path.realpath(at)):
                found.left_out.append(at)
                outputs[folder] = True
            else:
                outputs[folder] = is_left_out(os.path.dirname(folder))
        return outputs[folder]

    where = os.path.join(glob.escape(str(root)), rest)
    for name in sorted(glob.glob(where, recursive=True)):
        relative = os.path.relpath(name, root)
        if not is_image_name(os.path.basename(name)) or is_left_out(os.path.dirname(relative)):
            continue
        if _is_file_or_broken(name, found):
            yield (
                os.path.realpath(name),
                FoundPhoto(Path(name), PurePosixPath(Path(relative).as_posix())),
            )


def _divided(pattern: Path) -> tuple[Path, str]:
    """The folder that a pattern starts from, and the rest; a name that exists is no pattern."""
    root = Path(pattern.parts[0]) if pattern.is_absolute() else Path()
    parts = pattern.parts[1:] if pattern.is_absolute() else pattern.parts
    for at, part in enumerate(parts):
        if glob.has_magic(part) and not (root / part).exists():
            return root, os.path.join(*parts[at:])
        root /= part
    return root.parent, root.name


def _is_file_or_broken(name: str, found: Search) -> bool:
    try:
        mode = os.stat(name).st_mode
    except OSError:
        return True
    kind = kind_of(mode)
    if kind is not None and not stat.S_ISDIR(mode):
        found.no_files.append((name, kind))
    return kind is None
