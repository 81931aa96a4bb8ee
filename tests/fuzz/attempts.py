"""One input: what it is, what became of it, and a process that tries many, one after the other."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from maskwright.errors import MaskwrightError
from tests.fuzz.chance import Rng
from tests.fuzz.kinds import KINDS, Kind, Wrong

FINE = ("done", "refused")
"""The verdicts that are no failures."""

_CLEAR, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


@dataclass(frozen=True)
class Attempt:
    """What became of an input.

    Attributes:
        number: from which it follows.
        kind: its name in `KINDS`.
        verdict: "done"; "refused" by an error of maskwright's; or a failure: "unnamed" (a refusal
            that does not name the file), "wrong" (see `Wrong`), "foreign" (another exception),
            "crash", "hang" or "memory".
        detail: the message or the traceback.
        seconds: of the processor that it took, or of the clock if these are fewer.
        peak: megabytes that the process had at most; 0 where the system does not tell.
    """

    number: int
    kind: str
    verdict: str
    detail: str = ""
    seconds: float = 0.0
    peak: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether the program did what it must never do."""
        return self.verdict not in FINE


def kind_of(number: int) -> str:
    """The kind of an input."""
    return _drawn(np.random.default_rng(number))


def write_input(number: int, folder: Path) -> tuple[Kind, tuple[str, ...]]:
    """Write an input into a new folder; returns what `Kind.make` returns."""
    rng = np.random.default_rng(number)
    kind = KINDS[_drawn(rng)]
    folder.mkdir(parents=True)
    return kind, kind.make(folder, rng)


def attempt(number: int, scratch: Path) -> Attempt:
    """Make an input, and let the program have it.

    Args:
        number: of the input.
        scratch: where its folder is made, and removed again.
    """
    folder = scratch / f"input-{number}"
    verdict, detail = "done", ""
    try:
        kind, names = write_input(number, folder)
        _forget_peak()
        started, began = time.perf_counter(), time.process_time()
        try:
            kind.attempt(folder)
        except MaskwrightError as error:
            detail = str(error)
            named = not names or any(name in detail for name in names)
            verdict = "refused" if named else "unnamed"
        except Wrong as error:
            verdict, detail = "wrong", str(error)
        except Exception:
            verdict, detail = "foreign", traceback.format_exc()
        # On a machine that has other work too, an input is given its own time alone.
        seconds = min(time.perf_counter() - started, time.process_time() - began)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Attempt(number, kind_of(number), verdict, detail[-4000:], seconds, _peak())


def main() -> None:
    """Try each number of stdin, and answer each with a line of JSON on what was stdout."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no answer
    scratch = Path(sys.argv[1])
    for line in sys.stdin:
        result = attempt(int(line), scratch)
        print(json.dumps(asdict(result)), file=answers, flush=True)


def _drawn(rng: Rng) -> str:
    shares = np.array([kind.share for kind in KINDS.values()])
    return list(KINDS)[int(rng.choice(len(shares), p=shares / shares.sum()))]


def _forget_peak() -> None:
    if _CLEAR.exists():
        _CLEAR.write_text("5")


def _peak() -> float:
    if not _CLEAR.exists():
        return 0.0
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
