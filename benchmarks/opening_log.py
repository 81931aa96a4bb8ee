"""The log of openings: a line for every scoring on a test set."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.machine import commit

TEST_LOG = Path(__file__).parent / "test-log.jsonl"


def set_name(folder: Path) -> str:
    """The name of a set: its folder, with the parent for a folder `train` or `test`."""
    folder = folder.resolve()
    return "/".join(folder.parts[-2:]) if folder.name in ("train", "test") else folder.name


def log(
    test: Path, command: Sequence[str], figures: Mapping[str, Any], *, to: Path = TEST_LOG
) -> None:
    """Note that a test set was opened.

    Args:
        test: its folder.
        command: the command that opened it.
        figures: the results.
        to: the log.
    """
    line = {
        "date": date.today().isoformat(),
        "commit": commit(),
        "set": set_name(test),
        "command": shlex.join(Path(x).name if Path(x).is_absolute() else x for x in command),
        "figures": dict(figures),
    }
    to.parent.mkdir(parents=True, exist_ok=True)
    with to.open("a") as file:
        file.write(json.dumps(line) + "\n")
