"""Runs commands in children of a server that has imported everything: a kill costs no start.

The server (`python -m tests.faults.children`) has one thread and runs nothing itself, so its
forks are as good as new processes.
"""

from __future__ import annotations

import json
import mmap
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

CLOSED = "closed"
"""The value of `Run.stdout` for a process without one."""

_WRITES = os.O_WRONLY | os.O_RDWR
_REMOVES = frozenset({"os.remove", "os.rmdir"})
_CHANGES = _REMOVES | {"os.rename", "os.mkdir", "os.link", "os.symlink", "os.truncate"}
_LIGHT = ("cv2", "maskwright.cli.app", "maskwright.outputs.batch", "maskwright.report.html",
          "maskwright.augmentation.augment", "maskwright.data.doctor.fix",
          "maskwright.data.doctor.check", "maskwright.evaluation.evaluate",
          "maskwright.runtime.write_onnx")  # fmt: skip
_HEAVY = ("onnx", "torch.onnx", "torch.utils.tensorboard", "accelerate",
          "maskwright.training.train", "maskwright.training.folds.cross_validate")  # fmt: skip
_POLL = 0.002


@dataclass(frozen=True)
class Run:
    """A command, and what happens to it.

    Attributes:
        arguments: of `maskwright`.
        folder: where it runs; changes of files are counted in here.
        kill_at: SIGKILL comes before the change of this number, from 1.
        fail_at: from this change on, making and writing files fails; removing them does not.
        error: the errno of that.
        signal_after: seconds until `signal` is sent.
        signal: its number.
        stdout: a file that stands for it, or `CLOSED`.
        largest: bytes that a file may have.
    """

    arguments: Sequence[str]
    folder: str
    kill_at: int = 0
    fail_at: int = 0
    error: int = 0
    signal_after: float = 0.0
    signal: int = signal.SIGKILL
    stdout: str = ""
    largest: int = 0


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Attributes:
        code: its exit code; the number of the signal that ended it, below 0.
        said: what it wrote to stdout and stderr.
        seconds: it ran.
        changes: how many changes of files it made in its folder.
    """

    code: int
    said: str
    seconds: float
    changes: int


class Children:
    """A server with its children; `children` makes it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, arguments: Sequence[str], folder: Path, **faults: Any) -> Ended:
        """Run one command; the faults are fields of `Run`."""
        (ended,) = self.run_together([Run(arguments, str(folder), **faults)])
        return ended

    def run_together(self, runs: Sequence[Run]) -> list[Ended]:
        """Run several commands at the same time."""
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps([asdict(run) for run in runs]), file=self._process.stdin, flush=True)
        return [Ended(**one) for one in json.loads(self._process.stdout.readline())]


@contextmanager
def children(*, training: bool = False) -> Iterator[Children]:
    """A server.

    Args:
        training: it has imported torch too, and commands train the tiny network.
    """
    command = [sys.executable, "-m", "tests.faults.children", *(["training"] if training else [])]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": ""}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        yield Children(process)
        assert process.stdin is not None
        process.stdin.close()


def main() -> None:
    """Serve: a line of JSON with runs comes on stdin, one with their ends goes to stdout."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for name in _LIGHT:
        import_module(name)
    if sys.argv[1:] == ["training"]:
        for name in _HEAVY:
            import_module(name)
        from maskwright.training import after_step
        from tests.support.tiny import TinyEncoder, use_tiny_network

        TinyEncoder.packaged()  # written once, for all children
        after_step._SECONDS_BETWEEN_CHECKPOINTS = 0.0  # a few steps have several
        with use_tiny_network():
            _serve(answers)
    else:
        _serve(answers)


def _serve(answers: Any) -> None:
    for line in sys.stdin:
        ended = _all([Run(**one) for one in json.loads(line)])
        print(json.dumps([asdict(one) for one in ended]), file=answers, flush=True)


def _all(runs: list[Run]) -> list[Ended]:
    """Start the runs, send their signals, and wait for all of them."""
    counts = [mmap.mmap(-1, 8) for _ in runs]
    pipes = [os.pipe() for _ in runs]  # not files: a limit of their size is one of the faults
    said = [b""] * len(runs)
    begun = time.monotonic()
    going = {
        _forked(run, pipe[1], count): at
        for at, (run, pipe, count) in enumerate(zip(runs, pipes, counts, strict=True))
    }
    for reads, writes in pipes:
        os.close(writes)
        os.set_blocking(reads, False)
    to_signal = {at for at, run in enumerate(runs) if run.signal_after}
    ends: dict[int, Ended] = {}
    while going:
        for pid, at in list(going.items()):
            seconds = time.monotonic() - begun
            if at in to_signal and seconds >= runs[at].signal_after:
                to_signal.discard(at)
                os.kill(pid, runs[at].signal)
            done, status = os.waitpid(pid, os.WNOHANG)
            said[at] += _read(pipes[at][0])
            if done:
                del going[pid]
                os.close(pipes[at][0])
                text = said[at].decode(errors="replace")
                changes = int.from_bytes(counts[at][:], "little")
                ends[at] = Ended(os.waitstatus_to_exitcode(status), text, seconds, changes)
        time.sleep(_POLL)
    return [ends[at] for at in range(len(runs))]


def _read(pipe: int) -> bytes:
    """What is in a pipe by now."""
    found = b""
    with suppress(BlockingIOError):
        while part := os.read(pipe, 2**16):
            found += part
    return found


def _forked(run: Run, said: int, count: mmap.mmap) -> int:
    pid = os.fork()
    if pid == 0:
        _become(run, said, count)
    return pid


def _become(run: Run, said: int, count: mmap.mmap) -> NoReturn:
    """Be the command's process, to its end."""
    code = 1
    try:
        os.chdir(run.folder)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(said, 2)
        os.dup2(said if run.stdout in ("", CLOSED) else os.open(run.stdout, os.O_WRONLY), 1)
        if run.stdout == CLOSED:
            os.close(1)
            sys.stdout = None  # as Python has it then
        if run.largest:
            import resource  # which Windows has not

            resource.setrlimit(resource.RLIMIT_FSIZE, (run.largest, run.largest))
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.argv = ["maskwright", *run.arguments]
        sys.addaudithook(_hook(run, count))
        from maskwright.cli.app import main as command

        try:
            command()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(bool(end.code))
        if sys.stdout is not None and not _flushes():
            code = 120
    except BaseException:  # what Python would print
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(code)


def _flushes() -> bool:
    """What Python does at its end, and whether that works."""
    try:
        sys.stdout.flush()
    except OSError as error:
        print(f"Exception ignored in: {sys.stdout}\n{error!r}", file=sys.stderr)
        return False
    return True


def _hook(run: Run, count: mmap.mmap) -> Callable[[str, tuple[Any, ...]], None]:
    """Count changes of files in the folder, and make the fault at its moment."""
    folder = os.path.realpath(run.folder) + os.sep

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if not (event in _CHANGES or (event == "open" and arguments[2] & _WRITES)):
            return
        if isinstance(arguments[0], int):  # a file that is open already
            return
        path = os.path.join(folder, os.fsdecode(arguments[0]))
        if not path.startswith(folder):
            return
        number = int.from_bytes(count[:], "little") + 1
        count[:] = number.to_bytes(8, "little")
        if number == run.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if run.fail_at and number >= run.fail_at and event not in _REMOVES:
            raise OSError(run.error, os.strerror(run.error), path)

    return hook


if __name__ == "__main__":
    main()
