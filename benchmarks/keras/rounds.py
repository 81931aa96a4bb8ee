"""Measuring several ways in turns, so that a change of the machine affects all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

from benchmarks.keras.worker import Worker


def in_turns(
    ways: Mapping[str, tuple[Worker, Callable[[Worker], float]]], rounds: int
) -> tuple[dict[str, list[float]], float]:
    """Measure every way once a round; the first round, which warms up, does not count.

    Args:
        ways: by name, the worker and a function that measures seconds with it.
        rounds: how many count.

    Returns:
        Seconds of the rounds by name; the largest share of a core that the idle workers used
        together during any turn.
    """
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    busiest = 0.0
    for number in range(rounds + 1):
        for name, (worker, measure) in ways.items():
            others = {id(one): one for one, _ in ways.values() if one is not worker}.values()
            before, begin = sum(one.processor_seconds() for one in others), time.monotonic()
            found = measure(worker)
            idle = sum(one.processor_seconds() for one in others) - before
            if number:
                seconds[name].append(found)
                busiest = max(busiest, idle / (time.monotonic() - begin))
        print(f"round {number} of {rounds}:", _line(seconds), flush=True)
    return seconds, busiest


def compared(seconds: Mapping[str, list[float]], baseline: str) -> dict[str, Any]:
    """Medians, and how many times as long the baseline takes.

    Args:
        seconds: of the rounds, by name.
        baseline: one of the names.

    Returns:
        For each name its rounds, their median, and with `times_faster` the baseline's median over
        it; `times_faster_range` has the smallest and the largest ratio of any round.
    """
    table = {}
    for name, values in seconds.items():
        ratios = [
            theirs / mine for theirs, mine in zip(seconds[baseline], values, strict=True) if mine
        ]
        table[name] = {
            "seconds": [round(value, 5) for value in values],
            "median": round(median(values), 5),
            "times_faster": round(median(seconds[baseline]) / median(values), 3),
            "times_faster_range": [round(min(ratios), 3), round(max(ratios), 3)],
        }
    return table


def _line(seconds: Mapping[str, list[float]]) -> str:
    return ", ".join(f"{name} {values[-1]:.3f} s" for name, values in seconds.items() if values)
