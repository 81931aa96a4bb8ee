"""The files that a batch reads: photos, pipes, never what an earlier run has written."""

from __future__ import annotations

import logging
import os
import stat
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path, PurePosixPath

from maskwright.data.walk import FoundPhoto, Search, no_photos, search
from maskwright.errors import UsageError
from maskwright.outputs.manifest import FILE
from maskwright.outputs.names import FOLDERS

_log = logging.getLogger(__name__)

STDIN = "-"
_ALSO_STDIN = frozenset({STDIN, "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
_SECONDS = 0.8  # between words about a long search


def find_files(
    named: Sequence[Path], out: Path, most_bytes: int, on_found: Callable[[int], None]
) -> Search:
    """Find the photos in files, folders, globs and pipes.

    `-` is the standard input; a pipe that is named is read here, for it can be read only once.
    OUT, and output folders of earlier runs below a folder that was named, are left out.

    Args:
        named: what was named.
        out: the output folder.
        most_bytes: of a pipe, one byte more than this is read.
        on_found: called with the number of photos so far, after each.

    Raises:
        UsageError: there are no photos, or an input does not exist.
    """
    pipes = [one for one in named if _is_pipe(one)]
    files = [one for one in named if one not in pipes]
    found = search(files, leave_out=_outputs(out), on_found=on_found)
    for pipe in dict.fromkeys(pipes):
        photo = _read(pipe, most_bytes)
        found.photos[str(photo.path)] = photo
    _tell(found)
    if not found.photos and not found.left_out:
        for folder, reason in found.unreadable:
            raise UsageError(f"{folder}: the folder cannot be read: {reason}")
        if found.passed_over:
            raise UsageError(
                f"{no_photos(named)}; {found.passed_over[0]} looks like one: save it as JPEG or "
                "PNG, or give it the ending of its format"
            )
        raise no_photos(named)
    return without_outputs(found, out)


def without_outputs(found: Search, out: Path) -> Search:
    """Take out the photos that lie in the output folders of OUT, however they were reached.

    Raises:
        UsageError: none is left.
    """
    ours = tuple(os.path.join(os.path.realpath(out), folder, "") for folder in FOLDERS.values())
    outputs = [real for real in found.photos if real.startswith(ours)]
    if outputs:
        _log.info("%d files below %s are outputs, not inputs", len(outputs), out)
    for real in outputs:
        del found.photos[real]
    if not found.photos:
        raise UsageError(f"no photos: all that were found are outputs below {_all(found, out)}")
    return found


def _all(found: Search, out: Path) -> str:
    return ", ".join(sorted({str(folder.parent) for folder in found.left_out})) or str(out)


def _outputs(out: Path) -> Callable[[str], bool]:
    """Tells whether a folder, by its real path, holds outputs of this OUT or of another one."""
    real_out, names = os.path.realpath(out), frozenset(FOLDERS.values())

    @cache
    def is_out(folder: str) -> bool:
        return folder == real_out or os.path.isfile(os.path.join(folder, FILE))

    def leave_out(folder: str) -> bool:
        above, name = os.path.split(folder)
        return name in names and is_out(above)

    return leave_out


def _is_pipe(path: Path) -> bool:
    if str(path) in _ALSO_STDIN:
        return True
    try:
        return stat.S_ISFIFO(path.stat().st_mode)
    except OSError:
        return False


def _read(pipe: Path, most_bytes: int) -> FoundPhoto:
    is_stdin = str(pipe) in _ALSO_STDIN
    name = "stdin" if is_stdin else pipe.name
    try:
        if is_stdin:
            if sys.stdin is None or sys.stdin.closed:
                raise UsageError(f"{pipe}: there is no standard input")
            content = sys.stdin.buffer.read(most_bytes + 1)
        else:
            with pipe.open("rb") as file:
                content = file.read(most_bytes + 1)
    except OSError as error:
        raise UsageError(f"{pipe}: cannot be read ({error.strerror or error})") from error
    return FoundPhoto(Path(STDIN) if is_stdin else pipe, PurePosixPath(name), content)


def counting() -> Callable[[int], None]:
    """Says how many photos were found so far, about once a second from now on."""
    last = time.monotonic()

    def on_found(photos: int) -> None:
        nonlocal last
        if photos % 256 == 0 and time.monotonic() - last >= _SECONDS:
            last = time.monotonic()
            _log.info("%d photos found so far", photos)

    return on_found


def _tell(found: Search) -> None:
    found.tell_no_files()
    outputs: dict[Path, list[str]] = {}
    for folder in sorted(found.left_out):
        outputs.setdefault(folder.parent, []).append(f"{folder.name}/")
    for home, names in outputs.items():
        _log.info("%s: %s: outputs of predict, not inputs", home, ", ".join(names))
    for name, count in sorted(found.server_folders.items()):
        times = "" if count == 1 else f" ({count} times)"
        _log.info("%s: a folder of a file server or an archive, passed over%s", name, times)
