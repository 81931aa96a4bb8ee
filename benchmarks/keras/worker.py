"""A process that waits for orders: one line of JSON in, one line of JSON out.

An order is {"do": "train", "with": {"steps": 10, "warm_up": 2}}; between orders a worker waits for
its standard input and leaves the processor alone.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Self

import psutil


class Worker:
    """A process that obeys orders; used in a `with` block.

    Args:
        name: for messages.
        command: starts it.
        environment: the process's variables.
    """

    def __init__(self, name: str, command: Sequence[str], environment: dict[str, str]) -> None:
        self.name = name
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin and self._process.stdout
        with suppress(BrokenPipeError):  # it may have ended already
            self._process.stdin.close()  # a worker ends with its input
        self._process.stdout.close()
        self._process.wait()

    def __call__(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Give an order and wait for the answer.

        Raises:
            RuntimeError: the process ended instead.
        """
        assert self._process.stdin and self._process.stdout
        with suppress(BrokenPipeError):  # reported below, as there is no answer
            self._process.stdin.write(json.dumps({"do": do, "with": arguments}) + "\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with {self._process.wait()}; see above")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def processor_seconds(self) -> float:
        """Processor time used so far."""
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)
