"""Locks between runs: several may add to one folder, and what needs one run alone has it alone.

The system lets go of the lock of a process that ends, however it ends. A lock file that nobody
holds was therefore left by a killed run, and the next run removes it.

Where the system has no shared locks (Windows), a folder takes one run at a time.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from maskwright.errors import UsageError
from maskwright.files import beside, recover, replacing

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_NAME = ".maskwright.lock"
_MARK = b"A run of maskwright writes here, or was killed here. The next one removes this file.\n"
_WAIT, _PAUSE = 60.0, 0.02  # seconds: until a run that never lets go is reported, between tries
_PATIENCE = 10.0  # seconds in which any other run has written its file
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}


def lock_in(folder: Path) -> Path:
    """The lock file of a folder, inside it: the folder above may not be writable."""
    return folder / _NAME


@contextmanager
def alone(lock: Path, place: Path, *, wait: float = 0.0) -> Iterator[bool]:
    """Hold a lock that one run alone can hold.

    Yields whether a run that held it before was killed. Missing folders are made for the lock
    file, and removed again where nothing else was written to them.

    Args:
        lock: the lock file; see `lock_in`, and `beside` of `files`.
        place: what the lock stands for, in messages.
        wait: seconds to wait for another run.

    Raises:
        UsageError: another run holds the lock.
        OSError: the lock file cannot be made.
    """
    with _folders_for(lock):
        held = _acquired(lock, place, wait=wait, shared=False)
        if held is None:
            raise UsageError(_busy(place))
        try:
            killed = os.fstat(held).st_size > 0
            if not killed:
                os.write(held, _MARK)
            yield killed
        finally:
            _remove(lock, held)


@contextmanager
def claimed(place: Path, *, wait: float = 0.0) -> Iterator[None]:
    """Write a file, or a whole folder that replaces another one, which one run at a time may do.

    First, what a killed run has left beside it is removed or put back: see `recover`.

    Raises:
        UsageError: another run writes it.
        OSError: the lock file beside it cannot be made.
    """
    with alone(beside(place, ".lock"), place, wait=wait):
        recover(place)
        yield


def write_claimed(path: Path, data: bytes) -> None:
    """Write or replace a file that a user named, atomically, with no trace of killed runs.

    Raises:
        UsageError: another run is writing it, for many seconds.
        OSError: it cannot be written.
    """
    with claimed(path, wait=_PATIENCE), replacing(path, part=beside(path, ".tmp")) as part:
        part.write_bytes(data)


class SharedFolder:
    """A folder that several runs write to at the same time; see `shared`.

    Attributes:
        met_others: whether another run was seen there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._lock = folder, lock_in(folder)
        self._held: int | None = None
        self.met_others = False

    def enter(self, clean: Callable[[], None]) -> None:
        """Take part; `clean` is called before, if no other run is there."""
        held = _acquired(self._lock, self._folder, wait=0.0, shared=False)
        self.met_others = held is None
        if held is not None:
            try:
                if _changed(held, shared=False):  # False: a file system without locks
                    clean()
                if _changed(held, shared=True) is not False:
                    self._held = held
                    return
            except BaseException:
                _remove(self._lock, held)
                raise
            os.close(held)
        self._held = _acquired(self._lock, self._folder, wait=_WAIT, shared=True)
        if self._held is None:
            raise UsageError(_busy(self._folder))

    def is_last(self) -> bool:
        """Whether all other runs have ended; then none can begin before `leave`.

        Call it when nothing more is to be written by this run if the answer is no.
        """
        if self._held is not None and not _is_at(self._held, self._lock):
            # The folder was removed, or moved away, while this run wrote to it.
            os.close(self._held)
            self._folder.mkdir(parents=True, exist_ok=True)
            self._held = _acquired(self._lock, self._folder, wait=0.0, shared=False)
        return self._held is not None and _changed(self._held, shared=False) is True

    def leave(self) -> None:
        """End taking part; the last run removes the lock file."""
        held, self._held = self._held, None
        if held is None:
            return
        if _changed(held, shared=False) and _is_at(held, self._lock):
            _remove(self._lock, held)
        else:
            os.close(held)


@contextmanager
def shared(folder: Path, clean: Callable[[], None]) -> Iterator[SharedFolder]:
    """Write to a folder, which other runs may do at the same time.

    Args:
        folder: it is made where it is missing, and removed again if it stays empty.
        clean: called first if no other run is there: the one moment to remove what killed runs
            have left.

    Raises:
        UsageError: another run has the folder alone, and keeps it.
        OSError: the folder cannot be written.
    """
    with _folders_for(lock_in(folder)):
        use = SharedFolder(folder)
        use.enter(clean)
        try:
            yield use
        finally:
            use.leave()


def append_line(path: Path, line: bytes) -> None:
    """Add a whole line to a file to which other processes and threads add lines as well.

    A line that a killed process left half is ended first; a line that does not fit on the disk is
    taken back. Missing parent folders are made.

    Args:
        path: the file.
        line: ends with a line feed.

    Raises:
        OSError: it is no regular file, or cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = _opened(path)
    try:
        _wait_for(file)
        end = os.lseek(file, 0, os.SEEK_END)
        if end:
            os.lseek(file, end - 1, os.SEEK_SET)
            if os.read(file, 1) != b"\n":
                line = b"\n" + line
        try:
            written = os.write(file, line)
            while written < len(line):
                written += os.write(file, line[written:])
        except OSError as error:
            os.ftruncate(file, end)
            error.filename = str(path)
            raise
    finally:
        os.close(file)


def _busy(place: Path) -> str:
    return (
        f"{place}: another run is writing there: wait until it has ended, or choose another place"
    )


@contextmanager
def _folders_for(lock: Path) -> Iterator[None]:
    missing = [folder for folder in lock.parents if not folder.exists()]
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        for folder in missing:
            with suppress(OSError):  # something was written there
                folder.rmdir()


def _acquired(lock: Path, place: Path, *, wait: float, shared: bool) -> int | None:
    """The open lock file, locked; None where others hold it until the time is over."""
    end = time.monotonic() + wait
    while True:
        file = _opened(lock)
        locked = _try_lock(file, shared=shared) is not False
        if locked and _is_at(file, lock):
            return file
        os.close(file)
        if locked:  # the run that held it has removed it: take the new one
            continue
        if time.monotonic() >= end:
            return None
        time.sleep(_PAUSE)


def _opened(path: Path) -> int:
    """Open or make a file for reading and writing; links to it and pipes are refused."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
    for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_BINARY"):
        flags |= getattr(os, name, 0)
    file = os.open(path, flags, 0o666)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return file


def _is_at(file: int, path: Path) -> bool:
    """Whether the open file is the one that has this name now."""
    try:
        there = os.stat(path, follow_symlinks=False)
    except OSError:
        return False
    return os.path.samestat(os.fstat(file), there)


def _remove(lock: Path, held: int) -> None:
    try:
        if sys.platform != "win32" and _is_at(held, lock):
            os.unlink(lock)
    finally:
        os.close(held)
    if sys.platform == "win32":
        with suppress(OSError):  # another run has opened it
            os.unlink(lock)


if sys.platform == "win32":
    _FAR = 2**30  # a locked byte cannot be read by others: one that no file has

    def _try_lock(file: int, *, shared: bool) -> bool | None:
        os.lseek(file, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _changed(file: int, *, shared: bool) -> bool | None:
        return True  # all locks are of one run alone

    def _wait_for(file: int) -> None:
        while not _try_lock(file, shared=False):
            time.sleep(_PAUSE)

else:

    def _try_lock(file: int, *, shared: bool) -> bool | None:
        """Lock an open file, at once or not at all; None where the file system has no locks."""
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError as error:
            return None if error.errno in _NO_LOCKS else False
        return True

    def _changed(file: int, *, shared: bool) -> bool | None:
        """Change the lock of a locked file, as `_try_lock`; if that fails, the lock may be gone."""
        return _try_lock(file, shared=shared)

    def _wait_for(file: int) -> None:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(file, fcntl.LOCK_EX)
