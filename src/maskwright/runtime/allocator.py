"""Settings of glibc's memory allocator for the whole process; only commands make them.

Without glibc they do nothing.
"""

from __future__ import annotations

import ctypes
import platform

_M_TRIM_THRESHOLD = -1
_M_MMAP_MAX = -4
_M_ARENA_MAX = -8


def use_one_arena() -> bool:
    """Let all threads that start later share one memory arena, which bounds the memory of a batch.

    By default glibc gives every thread an arena of its own, and photos of many sizes fragment each
    of them. With one arena, 600 photos on two threads peaked 1 % above 150 photos instead of 10 %,
    and took a little less time.

    Returns:
        Whether glibc accepted the setting.
    """
    return _set(_M_ARENA_MAX, 1)


def keep_freed_memory() -> bool:
    """Keep freed memory in the process, which more than halves the time of a training step.

    By default glibc returns every large tensor to the kernel, and the page faults of getting it
    back cost more than the convolutions.

    Returns:
        Whether glibc accepted both settings.
    """
    no_map = _set(_M_MMAP_MAX, 0)
    no_trim = _set(_M_TRIM_THRESHOLD, 2**31 - 1)
    return no_map and no_trim


def _set(parameter: int, value: int) -> bool:
    if platform.system() != "Linux" or platform.libc_ver()[0] != "glibc":
        return False
    return bool(ctypes.CDLL(None).mallopt(parameter, value) == 1)
