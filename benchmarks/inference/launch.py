"""Runs a command, and prints its exit code, seconds and peak memory as a line of JSON.

    python launch.py COMMAND...

It is a small process of its own and imports only the standard library, because Linux counts the
memory of the parent at the start into a process's peak.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time


def main() -> None:
    """Start, wait, print."""
    begin = time.perf_counter()
    process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)  # as Popen.wait, with the memory
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({"code": process.returncode, "seconds": seconds, "peak_bytes": peak}))


if __name__ == "__main__":
    main()
