"""Files that are whole or not there at all, whatever happens while they are written."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any

_PREFIX = ".maskwright-"
_SUFFIX = ".tmp"


@contextmanager
def replacing(path: Path, *, durable: bool = True, part: Path | None = None) -> Iterator[Path]:
    """Write a file beside its place, then move it there in one step.

    Yields a path in the same folder, which exists and is empty. When the block ends it takes the
    place of `path`; when the block raises it is removed and `path` stays as it was. Missing
    parent folders are made.

    Args:
        path: the file to write or replace.
        durable: wait until the disk holds the data, so that the file also survives a power cut.
        part: the file to write first, in the same folder [default: one with a name of its own].
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # A short name of its own: a long file name plus an ending may exceed the 255 bytes allowed.
    part = part or path.parent / f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"
    # Not tempfile: its files are private to the user, ours follow the umask like any other.
    try:
        part.touch(exist_ok=False)
        yield part
        if durable:
            with part.open("r+b") as file:  # Windows flushes only handles that may write
                os.fsync(file)
        os.replace(part, path)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename in (None, str(part)):
            # A full disk names no file, and the hidden one tells nobody anything.
            error.filename, error.filename2 = str(path), None
        raise


def write_bytes(path: Path, data: bytes | memoryview, *, durable: bool = True) -> None:
    """Write or replace a whole file atomically; missing parent folders are made."""
    with replacing(path, durable=durable) as part:
        part.write_bytes(data)


def write_json(path: Path, value: Any) -> None:
    """Write a value as readable JSON, atomically.

    Raises:
        ValueError: the value holds NaN or infinity, which JSON cannot say.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    # A file name may hold bytes that are no text: as an escape it stays JSON, and stays readable.
    write_bytes(path, (text + "\n").encode("utf-8", "backslashreplace"))


def beside(place: Path, ending: str) -> Path:
    """A hidden path beside a file or folder that a run writes; the same for each run.

    Args:
        place: the file or folder.
        ending: what the path is for, such as ".tmp".
    """
    whole = Path(os.path.abspath(place))
    # Not the name itself: with more letters it may exceed the 255 bytes allowed.
    key = hashlib.sha256(os.fsencode(whole.name)).hexdigest()[:16]
    return whole.with_name(f"{_PREFIX}{key}{ending}")


def replace_folder(part: Path, out: Path) -> None:
    """Move a finished folder to its place; what was there before is removed after that.

    If the process is killed on the way, `recover` finishes or undoes it.
    """
    if not out.exists() and not out.is_symlink():
        os.rename(part, out)
        return
    # A folder cannot be replaced in one step: the old one steps aside.
    old = beside(out, ".old")
    os.rename(out, old)
    try:
        os.rename(part, out)
    except BaseException:
        os.rename(old, out)
        raise
    remove(old)


def recover(out: Path) -> None:
    """Clean up after a run that was killed while it wrote or replaced a file or folder.

    An old folder that had stepped aside returns to its place if no new one has come; otherwise it
    is removed. So is what `beside(out, ".tmp")` holds. Hold the lock of `out` when you call it.
    """
    old = beside(out, ".old")
    if os.path.lexists(old):
        if os.path.lexists(out):
            remove(old)
        else:
            os.rename(old, out)
    remove(beside(out, ".tmp"))


def remove(path: Path) -> None:
    """Remove a file, a link, or a folder with all that it holds; it need not exist."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def is_leftover(path: Path) -> bool:
    """Whether a path has the name of a half-written file."""
    return path.name.startswith(_PREFIX) and path.name.endswith(_SUFFIX)


def remove_leftovers(folder: Path, *, below: bool = True) -> None:
    """Remove the half-written files that a killed process left in a folder and all below it.

    Args:
        folder: where to look; it need not exist.
        below: also look into the folders below.
    """
    pattern = f"{_PREFIX}*{_SUFFIX}"
    for leftover in folder.rglob(pattern) if below else folder.glob(pattern):
        if leftover.is_file():
            leftover.unlink(missing_ok=True)


@contextmanager
def open_regular(path: Path) -> Iterator[BufferedReader]:
    """Open a regular file for reading, or what a link leads to; anything else is refused at once.

    Opening a named pipe would wait for a writer, and a device may never end.

    Raises:
        OSError: it is a pipe, a socket, a device or a folder, or cannot be opened.
    """
    # Looked at before it is opened, for opening a device may do something, and after that.
    _refuse_irregular(os.stat(path).st_mode, path)
    with open(path, "rb", opener=_without_waiting) as file:
        _refuse_irregular(os.fstat(file.fileno()).st_mode, path)
        yield file


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _refuse_irregular(mode: int, path: Path) -> None:
    kind = kind_of(mode)
    if kind is not None:
        raise OSError(errno.EINVAL, f"{kind}, not a file", str(path))


def kind_of(mode: int) -> str | None:
    """What is no regular file, in words, by the mode that `os.stat` gives; None if it is one."""
    if stat.S_ISREG(mode):
        return None
    kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(mode), "a device")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hex.

    Raises:
        OSError: it cannot be read, or is no regular file.
    """
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
