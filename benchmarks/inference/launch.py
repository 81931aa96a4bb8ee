"""Runs a command and says in a line of JSON how it ended, its seconds and its peak memory.

    python launch.py COMMAND...

A process of its own, and a small one: Linux counts as the peak of a process also what its parent
held when it was started. Nothing but the standard library is imported for that reason.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time


def main() -> None:
    """Start, wait, tell."""
    begin = time.perf_counter()
    process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)  # what Popen.wait would tell, and the memory
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({"code": process.returncode, "seconds": seconds, "peak_bytes": peak}))


if __name__ == "__main__":
    main()
