"""Compares the outputs of two networks of which one was made from the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from maskwright.core import resized

Batch = NDArray[np.float32]
"""(1, 3, H, W) RGB, 0 to 255: one photo as networks take it."""

Network = Callable[[Batch], NDArray[np.float32]]
"""Returns (1, K, H, W) probabilities."""


@dataclass(frozen=True)
class Parity:
    """Absolute differences of probabilities; NaN if one of them is NaN.

    Attributes:
        largest: over all pixels of all photos.
        mean: over the pixels of each photo, then over photos.
    """

    largest: float
    mean: float


def parity(one: Network, two: Network, batches: Iterable[Batch]) -> Parity:
    """Compare the outputs of two networks for the same photos, at least one."""
    differences = [np.abs(one(batch) - two(batch)) for batch in batches]
    return Parity(
        largest=float(np.max([difference.max() for difference in differences])),
        mean=float(np.mean([difference.mean() for difference in differences])),
    )


def in_onnx_runtime(model: bytes) -> Network:
    """Open an ONNX file with input `image` and output `probs` on the processor."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])

    def run(batch: Batch) -> NDArray[np.float32]:
        (probs,) = session.run(["probs"], {"image": batch})
        return np.asarray(probs, np.float32)

    return run


def smooth_batches() -> Iterator[Batch]:
    """Yield two pictures of smooth patches, portrait and landscape, always the same.

    Pure noise would be unlike anything that a network sees.
    """
    rng = np.random.default_rng(0)
    for height, width in ((96, 64), (160, 224)):
        coarse = rng.uniform(0, 255, (8, 8, 3)).astype(np.float32)
        picture = resized(coarse, height, width)
        yield np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32)
