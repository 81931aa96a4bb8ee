"""How long the multiply-adds of a network must take on this machine, if nothing else did."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import torch
from onnx import TensorProto, helper, numpy_helper

from benchmarks.inference.peers import multiply_adds, own_network, wide_of
from benchmarks.inference.rates import BASE, QUICK, WIDE
from benchmarks.keras.environment import THREADS
from maskwright.data.decoding.decode import DEFAULT_LIMITS, read_header
from maskwright.runtime.segmenter import load

_TRIES = 15
_PIXELS = 64


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


def measured_peak(side: int = 2048, channels: int = 256) -> float:
    """Operations a second, the best of several runs of what this machine is best at.

    That is torch's product of two large matrices on some processors, and a large convolution in
    ONNX Runtime on others.

    Args:
        side: of the matrices.
        channels: of the convolution, of 3 x 3 on 64 x 64 pixels.
    """
    torch.set_num_threads(THREADS)
    a, b = torch.rand(2, side, side)
    convolve = _convolution(channels)
    return max(
        2 * side**3 / _least_seconds(lambda: torch.mm(a, b)),
        2 * 9 * channels**2 * _PIXELS**2 / _least_seconds(convolve),
    )


def _least_seconds(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(_TRIES):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


def _convolution(channels: int) -> Callable[[], object]:
    shape = [1, channels, _PIXELS, _PIXELS]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("x", "y")]
    weights = np.random.default_rng(0).random((channels, channels, 3, 3), np.float32)
    node = helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1])
    graph = helper.make_graph(
        [node], "peak", ends[:1], ends[1:], [numpy_helper.from_array(weights, "w")]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = ort.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = ort.InferenceSession(model.SerializeToString(), options)
    given = {"x": np.ones(shape, np.float32)}
    return lambda: session.run(None, given)
