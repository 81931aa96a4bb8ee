"""Many short trainings, side by side.

A process with one thread on each core is faster than one process with many threads, and suffers
less from other work on the machine.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import torch

from benchmarks.result_files import read_results, write_results


def run_jobs(
    function: Callable[..., dict[str, Any]],
    jobs: Mapping[str, tuple[Any, ...]],
    results: Path,
    workers: int,
) -> dict[str, Any]:
    """Run the jobs that are not in the results yet, in the order given.

    Args:
        function: a top-level function of a module, called with a job's arguments.
        jobs: arguments by the job's name.
        results: the file of their results, written after every job.
        workers: processes at once, each with one thread.

    Returns:
        All results, earlier ones too.

    Raises:
        Exception: the first failing job's, after all others have run and are written.
    """
    done = read_results(results)
    left = {name: arguments for name, arguments in jobs.items() if name not in done}
    print(f"{len(jobs) - len(left)} of {len(jobs)} jobs were done before", flush=True)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _single_thread, max_tasks_per_child=1) as pool:
        running = {pool.submit(function, *arguments): name for name, arguments in left.items()}
        begin = time.monotonic()
        failures = []
        for future in as_completed(running):
            minutes = (time.monotonic() - begin) / 60
            failure = future.exception()
            if failure is not None:
                failures.append(failure)
                print(f"{minutes:.1f} min: {running[future]} failed: {failure}", flush=True)
                continue
            done[running[future]] = future.result()
            write_results(results, done)
            print(f"{minutes:.1f} min: {running[future]}", flush=True)
    if failures:
        raise failures[0]
    return read_results(results)


def _single_thread() -> None:
    torch.set_num_threads(1)
