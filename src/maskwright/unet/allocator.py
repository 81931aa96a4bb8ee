"""Keeps freed memory in the process, which more than halves the time of a training step on glibc.

glibc returns every large tensor to the kernel, and faulting its pages in again costs more than
the convolutions. The setting is of the whole process: only the training command makes it.
"""

from __future__ import annotations

import ctypes
import platform

_M_TRIM_THRESHOLD = -1
_M_MMAP_MAX = -4


def keep_freed_memory() -> bool:
    """Tell glibc to keep freed memory; elsewhere do nothing.

    Returns:
        Whether glibc took both settings.
    """
    if platform.system() != "Linux" or platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL(None)
    no_map = libc.mallopt(_M_MMAP_MAX, 0)
    no_trim = libc.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
    return bool(no_map == 1 and no_trim == 1)
