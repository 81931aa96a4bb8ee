"""`scripts/fuzz`: try inputs for some minutes, and print what became of them."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from tests.fuzz.attempts import Attempt, kind_of, write_input
from tests.fuzz.kinds import KINDS
from tests.fuzz.pool import MEGABYTES, SECONDS, tried

_MOST_KEPT = 200


def main() -> int:
    """Returns 1 if an input did what none may, else 0."""
    options = _options()
    first = options.seed
    if options.only is not None:
        numbers: Iterator[int] = iter([options.only])
    else:
        wanted = set(options.kinds.split(",")) if options.kinds else set(KINDS)
        if wanted - set(KINDS):
            print(f"fuzz: --kinds: some of {','.join(KINDS)}", file=sys.stderr)
            return 2
        numbers = (number for number in count(first) if kind_of(number) in wanted)
        print(f"fuzz: inputs from {first} on, {options.jobs} processes", flush=True)
    attempts: list[Attempt] = []
    kept = None if options.keep is None else Path(options.keep)
    ends = time.monotonic() + 60 * options.minutes
    for one in tried(_until(ends, numbers, options.only is not None), options.jobs):
        attempts.append(one)
        if one.failed or options.only is not None:
            kept = kept or Path(tempfile.mkdtemp(prefix="maskwright-fuzz-failures-"))
            if sum(earlier.failed for earlier in attempts) <= _MOST_KEPT:
                _keep(one, kept)
            print(f"{one.verdict}: input {one.number} ({one.kind}) {_last_line(one)}", flush=True)
    print(summary(attempts))
    if kept is not None:
        print(f"Inputs and what they did: {kept}; repeat one with scripts/fuzz --only NUMBER")
    return int(any(one.failed for one in attempts))


def summary(attempts: list[Attempt]) -> str:
    """A table of what became of the inputs, by kind."""
    by_kind: dict[str, list[Attempt]] = defaultdict(list)
    for one in attempts:
        by_kind[one.kind].append(one)
    columns = "".join(f"{name:>8}" for name in ("inputs", "done", "refused", "failed"))
    lines = [f"{'kind':<14}{columns} {'slowest':>9} {'peak':>8}"]
    for name, some in [*sorted(by_kind.items()), ("all", attempts)]:
        verdicts = Counter("failed" if one.failed else one.verdict for one in some)
        slowest = max((one.seconds for one in some), default=0)
        peak = max((one.peak for one in some), default=0)
        lines.append(
            f"{name:<14} {len(some):>7} {verdicts['done']:>7} {verdicts['refused']:>7} "
            f"{verdicts['failed']:>7} {slowest:>7.1f} s {peak:>5.0f} MB"
        )
    bad = Counter(one.verdict for one in attempts if one.failed)
    if bad:
        lines.append("failures: " + ", ".join(f"{number} {name}" for name, number in bad.items()))
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/fuzz",
        description="Tries hostile files on the program: an input may end in a result or in an "
        f"error of maskwright's, within {SECONDS:.0f} s and {MEGABYTES:.0f} MB. Ends with 1 "
        "if one did anything else.",
    )
    parser.add_argument("minutes", type=float, nargs="?", default=1.0, help="[default: 1]")
    parser.add_argument("--seed", type=int, default=0, help="the first input [default: 0]")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="try this input alone")
    parser.add_argument("--kinds", help=f"some of {','.join(KINDS)} [default: all]")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--keep", metavar="FOLDER", help="where failures are kept")
    return parser.parse_args()


def _until(ends: float, numbers: Iterator[int], always: bool) -> Iterator[int]:
    for number in numbers:
        if not always and time.monotonic() > ends:
            return
        yield number


def _keep(one: Attempt, kept: Path) -> None:
    folder = kept / str(one.number)
    if not folder.exists():
        write_input(one.number, folder)
        said = f"{one.kind}: {one.verdict} after {one.seconds:.1f} s, {one.peak:.0f} MB\n"
        (folder / "what-happened.txt").write_text(said + one.detail, "utf-8", "backslashreplace")


def _last_line(one: Attempt) -> str:
    lines = one.detail.strip().splitlines() or [""]
    return ascii(lines[-1][:200])


if __name__ == "__main__":
    sys.exit(main())
