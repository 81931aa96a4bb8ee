"""The gate: a logistic classifier that accepts or rejects GrabCut's change of each region.

It is learned on photos with true masks that the network was not trained on. The gate accepts a
change if GrabCut is right with a probability above a bound, which is learned too. If no bound
improved masks with certainty, the gate is closed, and fused masks are the network's own.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.errors import ModelError
from maskwright.fusion.decision import Decision
from maskwright.fusion.features import FEATURES, region_features
from maskwright.fusion.logit import sigmoid
from maskwright.fusion.method_outputs import MethodOutputs
from maskwright.fusion.regions import Flags, Floats

CLOSED = 1.0
"""The bound of a closed gate, which rejects every change."""

GATE_FILE = "gate.json"
"""The gate of the package, beside this file; `scripts/learn_gate.py` writes it."""

_EDGE = 0.5  # fit of an outline below which it follows no edge
_CUT = -1.6  # `length` below which the outline has shrunk as if a thin part were cut off

_ADDS, _FIT, _LENGTH = (FEATURES.index(name) for name in ("adds", "outline_joint", "length"))
_LARGEST = 1e9


@dataclass(frozen=True)
class Gate:
    """A logistic classifier of disputed regions: is GrabCut right?

    Attributes:
        weights: one for each of `FEATURES`, which are not standardised.
        bias: the intercept.
        bound: the gate accepts a region if the probability is above this.
        gain: mean gain in IoU, -1 to 1, on photos that chose neither weights nor bound.
        interval: the 95 % interval of the gain.
        photos: number of photos that the gate was learned on.
    """

    weights: tuple[float, ...]
    bias: float
    bound: float
    gain: float
    interval: tuple[float, float]
    photos: int

    @property
    def is_closed(self) -> bool:
        """Whether it rejects every change, so that GrabCut need not run."""
        return self.bound >= CLOSED

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the probability that GrabCut is right about each region.

        GrabCut may remove a region only up to an edge of the photo, and never cut off a thin part:
        a beak with the colours of its background would be lost.

        Args:
            features: (N, len(FEATURES)), from `region_features`.

        Returns:
            (N,) in [0, 1], 0 for a change that is not allowed.
        """
        right = sigmoid(features.astype(np.float64) @ np.asarray(self.weights) + self.bias)
        no_edge = (features[:, _FIT] < _EDGE) | (features[:, _LENGTH] < _CUT)
        return np.where((features[:, _ADDS] < 0.5) & no_edge, 0, right)

    def accepts(self, features: NDArray[np.float32]) -> Flags:
        """Return the regions that the gate accepts, (N, len(FEATURES)) -> (N,) bool."""
        return np.asarray(self.probabilities(features) > self.bound)

    def decide(self, outputs: MethodOutputs) -> Decision:
        """Accept or reject each disputed region of a photo."""
        regions = outputs.regions
        if self.is_closed or not len(regions):
            return Decision(regions, np.zeros(len(regions), bool))
        return Decision(regions, self.accepts(region_features(outputs)))

    def fuse(self, outputs: MethodOutputs) -> Floats:
        """Return the network's probabilities (H, W), changed in the regions that it accepts."""
        return self.decide(outputs).apply(outputs)

    def to_json(self) -> dict[str, Any]:
        """Return the gate as plain values, with the weights by the names of their features."""
        named = dict(zip(FEATURES, self.weights, strict=True))
        return asdict(self) | {"weights": named, "interval": list(self.interval)}


def bundled_gate() -> Gate:
    """Read the gate of the package, for models without a gate of their own.

    It was learned with the bundled model, on photos that the model was not trained on.
    """
    text = files("maskwright.fusion").joinpath(GATE_FILE).read_text(encoding="utf-8")
    return gate_from_json(json.loads(text), GATE_FILE)


def gate_from_json(values: object, name: str) -> Gate:
    """Read the output of `Gate.to_json`.

    Args:
        values: the stored values.
        name: the file, for messages.

    Raises:
        ModelError: not a gate, or a gate with other features.
    """
    try:
        if not isinstance(values, dict) or not isinstance(values["weights"], dict):
            raise TypeError("no table of values")
        if set(values["weights"]) != set(FEATURES):
            raise ValueError("its features are others; learn it again")
        low, high = values["interval"]
        return Gate(
            weights=tuple(_number(values["weights"][feature]) for feature in FEATURES),
            bias=_number(values["bias"]),
            bound=_number(values["bound"]),
            gain=_number(values["gain"]),
            interval=(_number(low), _number(high)),
            photos=int(_number(values["photos"])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{name}: its gate of network and GrabCut is damaged: {error}") from error


def _number(value: object) -> float:
    """Check a number; sums of products with it must stay finite."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= _LARGEST:
        raise ValueError("a value that is not a number, or too large")
    return float(value)
