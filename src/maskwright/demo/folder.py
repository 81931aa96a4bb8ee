"""The results folder of a demo: it may be replaced by the next one, and nothing else ever is."""

from __future__ import annotations

import shutil
from pathlib import Path

from maskwright.errors import UsageError

_MARKER = ".maskwright-demo"
_OURS = ("data", "subject", "grabcut", "siox", "report", "model", "predicted", "demo.png")


def claim(out: Path) -> None:
    """Make the results folder, or empty it of what an earlier demo left there.

    Raises:
        UsageError: it is no folder, or it holds something and no demo made it.
    """
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise UsageError(f"{out}: not a folder; choose another with -o")
    out.mkdir(parents=True, exist_ok=True)
    if not (out / _MARKER).exists():
        if any(out.iterdir()):
            raise UsageError(f"{out}: holds something that is not a demo's; choose another with -o")
        (out / _MARKER).write_text("made by `maskwright demo`, which replaces it\n", "utf-8")
    for name in _OURS:
        old = out / name
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old)
        else:
            old.unlink(missing_ok=True)
