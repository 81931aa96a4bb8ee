"""Bounds the memory of networks: a model of 600 bytes can ask for all there is."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path

import onnxruntime as ort

from maskwright.data.threads import cores

_EACH, _LEAST, _UNKNOWN = 2 * 2**30, 4 * 2**30, 8 * 2**30
_GROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
_DEFAULT = -1


def limit_memory(options: ort.SessionOptions) -> None:
    """Let a session share the memory that all networks of this process may use.

    That is 2 GiB for each core and at least 4 GiB, but at most half of what the computer, or the
    container, has. The bundled network takes 1.1 GB at the largest size, 2,048 x 2,048 pixels. A
    run that needs more fails; without the limit, the system would end the program, or others.

    Args:
        options: of a session on the processor; memory of graphics cards is not bounded.
    """
    _share_allocator()
    options.add_session_config_entry("session.use_env_allocators", "1")


@cache
def memory_limit() -> int:
    """Bytes that all networks of this process may use at once."""
    return min(max(_LEAST, _EACH * cores()), _memory_here() // 2)


@cache
def _share_allocator() -> None:
    """Give ONNX Runtime one allocator for all sessions; it takes the limit for no other kind."""
    place = ort.OrtMemoryInfo(
        "Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT
    )
    arena = ort.OrtArenaCfg(
        {
            "max_mem": memory_limit(),
            "arena_extend_strategy": _DEFAULT,
            "initial_chunk_size_bytes": _DEFAULT,
            "max_dead_bytes_per_chunk": _DEFAULT,
        }
    )
    ort.create_and_register_allocator(place, arena)


def _memory_here() -> int:
    """Bytes of memory of this computer, or of the container that this process runs in."""
    found = [_UNKNOWN]
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        found = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    with suppress(OSError, ValueError):  # no container, or "max"
        found.append(int(_GROUP_LIMIT.read_text(encoding="ascii")))
    return min(found)
