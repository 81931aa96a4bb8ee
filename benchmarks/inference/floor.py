"""How long the multiply-adds of a network must take on this machine, if nothing else did."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.inference.peers import multiply_adds, own_network, wide_of
from benchmarks.inference.rates import BASE, QUICK, WIDE
from benchmarks.inference.worker import THREADS
from maskwright.data.decode import DEFAULT_LIMITS, read_header
from maskwright.runtime.segmenter import load

_TRIES = 15


def floor(photos: Sequence[Path], model: Path) -> dict[str, Any]:
    """Multiply-adds a photo of the model's network and of the wide one, and their least time.

    `--fast` may compute in 8 bits, of which a processor does more at once: its floor is lower.
    """
    peak = measured_peak()
    metadata = load(model, threads=1).metadata
    headers = [read_header(photo, DEFAULT_LIMITS) for photo in photos]
    sizes = Counter(metadata.resize.network_size(one.height, one.width) for one in headers)
    passes = 2 if metadata.flips else 1
    found = {}
    for name, network, times in (
        (BASE, own_network(model), passes),
        (QUICK, own_network(model), 1),
        (WIDE, wide_of(model), passes),
    ):
        total = sum(multiply_adds(network, *size) * many for size, many in sizes.items())
        each = times * total / len(photos)
        found[name] = {"multiply_adds": each, "milliseconds": 1000 * 2 * each / peak}
    return {"peak_gflops": peak / 1e9, "threads": THREADS, "of": found}


def measured_peak(side: int = 2048) -> float:
    """Operations a second of one matrix product, large by default, the best of several."""
    torch.set_num_threads(THREADS)
    a, b = torch.rand(2, side, side)
    seconds = []
    for _ in range(_TRIES):
        begin = time.perf_counter()
        torch.mm(a, b)
        seconds.append(time.perf_counter() - begin)
    return float(2 * side**3 / min(seconds))
