"""A bird with a thin beak that only the network found, noise, and gates."""

from __future__ import annotations

import numpy as np

from maskwright.core import Image, Mask
from maskwright.fusion.features import FEATURES
from maskwright.fusion.gate import Gate
from maskwright.fusion.method_outputs import MethodOutputs

SIDE = 96
BEAK = np.zeros((SIDE, SIDE), bool)
BEAK[47:50, 66:90] = True
_ROWS, _COLUMNS = np.mgrid[:SIDE, :SIDE]
_DISC = (_ROWS - 48) ** 2 + (_COLUMNS - 44) ** 2 < 24**2


def bird() -> tuple[Image, Mask]:
    """A red disc with a thin beak on dull noise, and its true mask."""
    truth = _DISC | BEAK
    image = np.random.default_rng(0).integers(60, 110, (SIDE, SIDE, 1)).repeat(3, axis=2)
    image[truth] = (220, 40, 40)
    return image.astype(np.uint8), truth.astype(np.uint8)


def without_beak() -> MethodOutputs:
    """The network found the whole bird, GrabCut only the disc."""
    image, truth = bird()
    network = np.where(truth == 1, 0.9, 0.1).astype(np.float32)
    grabcut = np.where(truth == 1, 0.8, 0.1).astype(np.float32)
    grabcut[BEAK & ~_DISC] = 0
    return MethodOutputs(image, network, grabcut)


def random_outputs(seed: int, *, side: int = 24) -> MethodOutputs:
    """Noise with many disputed regions."""
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (side, side, 3), np.uint8)
    network, grabcut = rng.random((2, side, side)).astype(np.float32)
    return MethodOutputs(image, network, grabcut)


def gate_of(bound: float = 0.5, bias: float = 0.0, **weights: float) -> Gate:
    """A gate with weights for some features; the others have weight 0."""
    return Gate(
        weights=tuple(weights.get(feature, 0.0) for feature in FEATURES),
        bias=bias,
        bound=bound,
        gain=0.01,
        interval=(0.001, 0.019),
        photos=40,
    )
