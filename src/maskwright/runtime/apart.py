"""How far two networks are apart that ought to say the same: one was made of the other."""

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
"""Says (1, K, H, W) probabilities."""


@dataclass(frozen=True)
class Apart:
    """How much probabilities differ; NaN where one of them is.

    Attributes:
        most: at most, over all photos.
        mean: in the mean over the pixels of a photo, then over photos.
    """

    most: float
    mean: float


def apart(one: Network, two: Network, batches: Iterable[Batch]) -> Apart:
    """Compare what two networks say of the same photos, of which there is at least one."""
    differences = [np.abs(one(batch) - two(batch)) for batch in batches]
    return Apart(
        most=float(np.max([difference.max() for difference in differences])),
        mean=float(np.mean([difference.mean() for difference in differences])),
    )


def in_onnx_runtime(model: bytes) -> Network:
    """The network in an ONNX file with input `image` and output `probs`, on the processor."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])

    def run(batch: Batch) -> NDArray[np.float32]:
        (probs,) = session.run(["probs"], {"image": batch})
        return np.asarray(probs, np.float32)

    return run


def smooth_batches() -> Iterator[Batch]:
    """Pictures of smooth patches, upright and lying, always the same ones.

    Pure noise would drive a network far from what it will ever see.
    """
    rng = np.random.default_rng(0)
    for height, width in ((96, 64), (160, 224)):
        coarse = rng.uniform(0, 255, (8, 8, 3)).astype(np.float32)
        picture = resized(coarse, height, width)
        yield np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32)
