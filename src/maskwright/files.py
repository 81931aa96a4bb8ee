"""Files that are whole or not there at all, whatever happens while they are written."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_PREFIX = ".maskwright-"
_SUFFIX = ".tmp"


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Write a file beside its place, then move it there in one step.

    Yields a path in the same folder, which exists and is empty. When the block ends it takes the
    place of `path`; when the block raises it is removed and `path` stays as it was. Missing
    parent folders are made.

    Args:
        path: the file to write or replace.
        durable: wait until the disk holds the data, so that the file also survives a power cut.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # A short name of its own: a long file name plus an ending may exceed the 255 bytes allowed.
    part = path.parent / f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"
    # Not tempfile: its files are private to the user, ours follow the umask like any other.
    part.touch(exist_ok=False)
    try:
        yield part
        if durable:
            with part.open("r+b") as file:  # Windows flushes only handles that may write
                os.fsync(file)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
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


def replace_folder(part: Path, out: Path) -> None:
    """Move a finished folder to its place; what was there before is removed after that."""
    if not out.exists() and not out.is_symlink():
        os.rename(part, out)
        return
    # A folder cannot be replaced in one step: the old one steps aside.
    old = out.parent / f"{_PREFIX}{secrets.token_hex(8)}.old"
    os.rename(out, old)
    try:
        os.rename(part, out)
    except BaseException:
        os.rename(old, out)
        raise
    if old.is_dir() and not old.is_symlink():
        shutil.rmtree(old)
    else:
        old.unlink()


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


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hex.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
