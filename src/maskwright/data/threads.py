"""Reading many files at once: Pillow and OpenCV release the interpreter while they decode."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from maskwright.errors import UsageError

_log = logging.getLogger(__name__)

Given = TypeVar("Given")
Result = TypeVar("Result")


def cores() -> int:
    """Processor cores that this process may use; a container may have fewer than the machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def thread_count(asked: int | None) -> int | None:
    """How many threads are used where so many are asked for: no more than there are cores.

    More are slower by far, and a command that was copied from a larger computer asks for them.

    Raises:
        UsageError: less than one.
    """
    if asked is None:
        return None
    if asked < 1:
        raise UsageError(f"--threads {asked}: use one thread or more")
    if asked > cores():
        _log.info("%d threads are asked for: %d are used, one for each core", asked, cores())
    return min(asked, cores())


def in_threads(work: Callable[[Given], Result], items: Iterable[Given]) -> list[Result]:
    """Apply `work` to each item on all cores; results in the order of the items."""
    return list(as_done(work, items))


def as_done(
    work: Callable[[Given], Result], items: Iterable[Given], *, workers: int | None = None
) -> Iterator[Result]:
    """Yield what `work` makes of each item, in the order of the items, as soon as it is there.

    Args:
        work: called in other threads.
        items: what it is called with.
        workers: how many threads [default: all cores, at most 8].
    """
    with ThreadPoolExecutor(workers or min(8, cores())) as pool:
        yield from pool.map(work, items)
