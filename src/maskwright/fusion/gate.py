"""The gate: a few weights that decide, piece by piece, whether GrabCut may move the network's mask.

They are learned where the truth is known, on photos that the network did not learn from. The gate
is on guard: a piece is given away only where GrabCut is likely enough to be right, and how likely
that must be is learned too. Where no such bound made masks surely better, the gate stays shut, and
what is fused is the network's.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.errors import ModelError
from maskwright.fusion.decision import Decision
from maskwright.fusion.features import FEATURES, features
from maskwright.fusion.odds import chances
from maskwright.fusion.opinions import Flags, Floats, Opinions

SHUT = 1.0
"""The bound of a gate that never lets GrabCut decide."""

_EDGE = 0.5
"""A fit of an outline below which there is no edge to speak of."""

_CUT = -1.6
"""Log of the share of its outline that a thin part leaves behind when it is cut off."""

_ADDS, _FIT, _LENGTH = (FEATURES.index(name) for name in ("adds", "outline_joint", "length"))
_LARGEST = 1e9


@dataclass(frozen=True)
class Gate:
    """Logistic weights of the evidence for GrabCut.

    Attributes:
        weights: one of each of `FEATURES`, for features as they are.
        bias: what is added.
        bound: GrabCut decides a piece where its probability to be right is above this.
        gain: IoU, 0..1, that it brought on photos that chose neither weights nor bound.
        interval: of that, 95 %.
        photos: how many photos it was learned on.
    """

    weights: tuple[float, ...]
    bias: float
    bound: float
    gain: float
    interval: tuple[float, float]
    photos: int

    @property
    def is_shut(self) -> bool:
        """Whether it never lets GrabCut decide, so that GrabCut need not be asked."""
        return self.bound >= SHUT

    def chances(self, evidence: NDArray[np.float32]) -> NDArray[np.float64]:
        """How likely GrabCut is right about each piece.

        It may trim what the network found, but only to an edge of the photo, and it may not cut
        anything off: a beak with the colours of what is behind it would be gone.

        Args:
            evidence: (N, len(FEATURES)), see `features`.

        Returns:
            (N,) in [0, 1], 0 where it may not.
        """
        likely = chances(evidence.astype(np.float64) @ np.asarray(self.weights) + self.bias)
        return np.where(_forbidden(evidence), 0, likely)

    def decides(self, evidence: NDArray[np.float32]) -> Flags:
        """(N,) bool: the pieces that GrabCut decides, by `features` (N, len(FEATURES))."""
        return np.asarray(self.chances(evidence) > self.bound)

    def decision(self, opinions: Opinions) -> Decision:
        """Say of each disputed piece of a photo who decides it."""
        disputes = opinions.disputes
        if self.is_shut or not len(disputes):
            return Decision(disputes, np.zeros(len(disputes), bool))
        return Decision(disputes, self.decides(features(opinions)))

    def fused(self, opinions: Opinions) -> Floats:
        """The network's probabilities, and those of both together in the pieces given away."""
        return self.decision(opinions).carried_out(opinions)

    def to_json(self) -> dict[str, Any]:
        """Return the gate as plain values, each weight by its feature's name."""
        named = dict(zip(FEATURES, self.weights, strict=True))
        return asdict(self) | {"weights": named, "interval": list(self.interval)}


def gate_from_json(values: object, name: str) -> Gate:
    """Read what `Gate.to_json` gave.

    Args:
        values: what was kept.
        name: how messages call the file.

    Raises:
        ModelError: it is no gate, or one of other features.
    """
    try:
        if not isinstance(values, dict) or not isinstance(values["weights"], dict):
            raise TypeError("no table of values")
        if set(values["weights"]) != set(FEATURES):
            raise ValueError("weights of other features; learn it again")
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


def _forbidden(evidence: NDArray[np.float32]) -> Flags:
    """(N,) bool: GrabCut would take the piece away, but no edge says so, or it is cut off."""
    unfounded = (evidence[:, _FIT] < _EDGE) | (evidence[:, _LENGTH] < _CUT)
    return np.asarray((evidence[:, _ADDS] < 0.5) & unfounded)


def _number(value: object) -> float:
    """A number within reason: sums of products with it stay finite."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= _LARGEST:
        raise ValueError("something that is no number, or too large")
    return float(value)
