"""Processes that try inputs, and their keeper, who ends those that hang or take too much."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from tests.fuzz.attempts import Attempt, kind_of

SECONDS, MEGABYTES = 10.0, 1500.0
"""What an input may cost."""

_CLOCK = 6 * SECONDS  # on a machine that has other work too
_POLL = 0.05
_STARTING = 120.0  # for the imports of a new process, on a busy machine
# What a process keeps of earlier inputs shall not be held against later ones.
_LIFE = 2000  # inputs
_KEPT = MEGABYTES / 3


class Worker:
    """A process that tries inputs; a new one takes its place when it dies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str] = queue.Queue()
        self._tried = 0

    def attempt(self, number: int) -> Attempt:
        """Try an input; its process dies of it at worst."""
        process = self._started()
        assert process.stdin is not None
        started = time.monotonic()
        with suppress(OSError):  # it died meanwhile, and says nothing more
            process.stdin.write(f"{number}\n")
            process.stdin.flush()
        while True:
            took = time.monotonic() - started
            try:
                answer = self._answers.get(timeout=_POLL)
            except queue.Empty:
                # The first input of a process waits for its imports, and the making of the seeds.
                allowed = _CLOCK + (_STARTING if self._tried == 1 else 0)
                verdict = "hang" if took > allowed else "memory" if self._is_too_large() else ""
                if not verdict:
                    continue
                self.end()
                return Attempt(number, kind_of(number), verdict, "", took, MEGABYTES)
            if not answer:
                code = process.wait()
                detail = f"exit code {code}\n" + self._last_words()
                self.end()
                return Attempt(number, kind_of(number), "crash", detail, took)
            found = _judged(Attempt(**json.loads(answer)))
            if found.peak > _KEPT:
                self.end()
            return found

    def end(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdin is not None
            with suppress(OSError):  # what it did not read any more
                self._process.stdin.close()
            self._process = None

    def _started(self) -> subprocess.Popen[str]:
        if self._tried >= _LIFE:
            self.end()
        if self._process is None:
            self._tried = 0
            self._answers = queue.Queue()
            with (self._folder / "stderr").open("w") as said:
                self._process = subprocess.Popen(
                    [
                        sys.executable,
                        "-X",
                        "faulthandler",
                        "-m",
                        "tests.fuzz.attempts",
                        self._folder,
                    ],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=said,
                    text=True,
                )
            assert self._process.stdout is not None
            threading.Thread(
                target=_passed_on, args=(self._process.stdout, self._answers), daemon=True
            ).start()
        self._tried += 1
        return self._process

    def _is_too_large(self) -> bool:
        assert self._process is not None
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except OSError:  # another system, or it has ended
            return False
        sizes = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")]
        return any(int(size) / 1024 > MEGABYTES for size in sizes)

    def _last_words(self) -> str:
        return (self._folder / "stderr").read_text(errors="replace")[-2000:]


def tried(numbers: Iterable[int], jobs: int) -> Iterator[Attempt]:
    """Try inputs in several processes; attempts come as they end.

    Args:
        numbers: of the inputs; may be endless, and is asked from several threads, one at a time.
        jobs: how many processes.
    """
    waiting, lock = iter(numbers), threading.Lock()
    found: queue.Queue[Attempt | None] = queue.Queue()

    def work(folder: Path) -> None:
        worker = Worker(folder)
        try:
            while True:
                with lock:
                    number = next(waiting, None)
                if number is None:
                    return
                found.put(worker.attempt(number))
        finally:
            worker.end()
            found.put(None)

    with _folders(jobs) as folders, ThreadPoolExecutor(jobs) as pool:
        working = [pool.submit(work, folder) for folder in folders]
        left = jobs
        while left:
            one = found.get()
            if one is None:
                left -= 1
            else:
                yield one
        for each in working:
            each.result()


@contextmanager
def _folders(count: int) -> Iterator[list[Path]]:
    with tempfile.TemporaryDirectory(prefix="maskwright-fuzz-") as scratch:
        folders = [Path(scratch) / str(number) for number in range(count)]
        for folder in folders:
            folder.mkdir()
        yield folders


def _passed_on(stream: IO[str], answers: queue.Queue[str]) -> None:
    """Each line, and an empty one at the end."""
    with stream:
        for line in stream:
            answers.put(line)
    answers.put("")


def _judged(one: Attempt) -> Attempt:
    if one.failed or (one.seconds <= SECONDS and one.peak <= MEGABYTES):
        return one
    verdict = "hang" if one.seconds > SECONDS else "memory"
    return Attempt(one.number, one.kind, verdict, one.detail, one.seconds, one.peak)
