"""A process that predicts in one way, whenever a line on its standard input asks for it.

    python -m benchmarks.inference.worker WAY CORES MODEL

See benchmarks/keras/worker.py for the orders.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2

from benchmarks.keras.environment import THREADS
from maskwright import predict
from maskwright.outputs.batch import BatchResult
from maskwright.runtime.allocator import keep_freed_memory, use_one_arena

SHIPPED, FAST, ISNET = "shipped", "fast", "isnet"
EAGER, COMPILED, WIDE_EAGER = "eager", "compiled", "wide-eager"
SPREAD, TOGETHER = "spread", "together"
"""Cores: a photo on each, or all in the network of one photo after the other."""

Way = Callable[[list[Path], str], BatchResult]


def worker_command(way: str, cores: str, model: Path) -> list[str]:
    """The command that starts this module."""
    return [sys.executable, "-m", "benchmarks.inference.worker", way, cores, str(model)]


def main() -> None:
    """Obey orders: one line of standard input each, answered with a line."""
    way, cores, model = sys.argv[1:]
    cv2.setNumThreads(1)
    if way in (SHIPPED, FAST):
        run = _shipped(Path(model), fast=way == FAST)
    else:
        run = _other(way, cores, Path(model))
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(_predicted(run, **order["with"])), flush=True)


def _predicted(run: Way, photos: list[str], out: str) -> dict[str, float]:
    begin = time.perf_counter()
    result = run([Path(photo) for photo in photos], out)
    seconds = time.perf_counter() - begin
    assert len(result.photos) == len(photos) and not result.failed, result.failed
    return {"seconds": seconds / len(photos)}


def _shipped(model: Path, *, fast: bool) -> Way:
    """As the command does it: the model is opened each time."""
    use_one_arena()
    return lambda photos, out: predict(photos, out, model=model, threads=THREADS, fast=fast)


def _other(way: str, cores: str, model: Path) -> Way:
    """Another network or engine, opened once."""
    import torch

    from benchmarks.inference.peers import in_torch, isnet, own_network, wide_of

    keep_freed_memory()  # without it torch would be slower by far than it has to be
    spread = cores == SPREAD
    torch.set_num_threads(1 if spread else THREADS)
    segmenter: Any
    if way == ISNET:
        segmenter = isnet(model, 1 if spread else THREADS)
    elif way == WIDE_EAGER:
        segmenter = in_torch(model, wide_of(model), compiled=False)
    else:
        segmenter = in_torch(model, own_network(model), compiled=way == COMPILED)
    threads = THREADS if spread else 1
    return lambda photos, out: predict(photos, out, segmenter=segmenter, threads=threads)


if __name__ == "__main__":
    main()
