"""Many short trainings, side by side: a process with one thread for each core beats one process
with many threads, and bears other work on the machine."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import torch

from maskwright.files import write_json


def run_jobs(
    function: Callable[..., dict[str, Any]],
    jobs: Mapping[str, tuple[Any, ...]],
    results: Path,
    workers: int,
) -> dict[str, Any]:
    """Run what is not in the results yet, in the order given.

    Args:
        function: top-level function of a module, called with a job's arguments.
        jobs: arguments by the job's name.
        results: JSON object of what jobs returned, written again after every job.
        workers: processes at once, each with one thread.

    Returns:
        All results, earlier ones too.

    Raises:
        Exception: what the first failing job raised, after all others were run and kept.
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
            results.parent.mkdir(parents=True, exist_ok=True)
            write_json(results, done)
            print(f"{minutes:.1f} min: {running[future]}", flush=True)
    if failures:
        raise failures[0]
    return done


def read_results(results: Path) -> dict[str, Any]:
    """Read what earlier runs have left; nothing when there was none."""
    found: dict[str, Any] = json.loads(results.read_text()) if results.exists() else {}
    return found


def _single_thread() -> None:
    torch.set_num_threads(1)
