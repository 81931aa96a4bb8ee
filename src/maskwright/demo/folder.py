"""The results folder of a demo: only a folder that an earlier demo made is replaced."""

from __future__ import annotations

from pathlib import Path

from maskwright.errors import UsageError
from maskwright.files import remove, remove_leftovers

_MARKER = ".maskwright-demo"
_OURS = ("data", "subject", "grabcut", "siox", "report", "model", "predicted", "demo.png")


def claim(out: Path) -> None:
    """Make the results folder, or remove an earlier demo's files from it.

    Raises:
        UsageError: it is no folder, or it holds something and no demo made it.
    """
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise UsageError(f"{out}: not a folder; choose another with -o")
    out.mkdir(parents=True, exist_ok=True)
    if not (out / _MARKER).exists():
        if any(out.iterdir()):
            raise UsageError(f"{out}: holds files that no demo made; choose another with -o")
        (out / _MARKER).write_text("made by `maskwright demo`, which replaces it\n", "utf-8")
    remove_leftovers(out, below=False)
    for name in _OURS:
        remove(out / name)
