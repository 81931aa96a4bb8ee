"""Settings of the whole process, which only commands make, before anything starts threads."""

from __future__ import annotations

import io
import os
import sys
from importlib.util import find_spec

from maskwright.errors import UsageError


def set_up_streams() -> None:
    """Write what the encoding of the terminal or file cannot express as escapes.

    Python does so on stderr. On stdout a file name in another script would end in a traceback.
    Streams that were closed before the program started become streams that nobody reads.
    """
    # In the order of their numbers: a file opened later must not get one of them.
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  (until the end)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def set_up_for_photos() -> None:
    """Each core works on a photo of its own, and all threads share one memory arena."""
    from maskwright.runtime.allocator import use_one_arena

    use_one_arena()
    _keep_opencv_on_one_thread()


def set_up_for_training() -> None:
    """Make training steps fast. Call it before torch is imported.

    Raises:
        UsageError: torch is not installed.
    """
    if find_spec("torch") is None:
        raise UsageError("training needs more: pip install 'maskwright[train]'")
    from maskwright.runtime.allocator import keep_freed_memory
    from maskwright.runtime.openmp import limit_spinning

    keep_freed_memory()
    limit_spinning()
    _keep_opencv_on_one_thread()  # samples are made beside torch, which has all cores already


def _keep_opencv_on_one_thread() -> None:
    import cv2

    cv2.setNumThreads(1)
