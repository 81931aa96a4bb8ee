"""The settings of the allocator, where glibc is."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

# glibc tells how many heaps it holds only through this function's output on stderr.
_COUNT_HEAPS = """
import ctypes, threading
from maskwright.runtime.allocator import use_one_arena
taken = use_one_arena() if {share} else None
ready = threading.Barrier(9)
def work():
    ctypes.CDLL(None).malloc(1000)
    ready.wait(); ready.wait()
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
ready.wait()
ctypes.CDLL(None).malloc_stats()
ready.wait()
for thread in threads: thread.join()
print(taken)
"""


def heaps(share: bool) -> tuple[int, str]:
    code = _COUNT_HEAPS.format(share=share)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stderr.count("Arena "), done.stdout.strip()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="a setting of glibc")
def test_threads_share_one_heap() -> None:
    assert heaps(share=True) == (1, "True")
    assert heaps(share=False)[0] > 1


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="a setting of glibc")
def test_freed_memory_is_kept() -> None:
    code = "from maskwright.runtime.allocator import keep_freed_memory; print(keep_freed_memory())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
