"""How a gate learns: from disputed pieces of photos whose truth is known.

A piece counts as much as it can change the IoU of its photo. Every photo's pieces are judged by
weights of photos of other parts, and these judgements choose how likely GrabCut must be to be
right. What that brings is measured on photos that took no part in any of it: all of this once
more for each part, without it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from maskwright.core import VOID, Mask
from maskwright.fusion.features import FEATURES, features
from maskwright.fusion.gate import SHUT, Gate
from maskwright.fusion.logistic import fitted
from maskwright.fusion.opinions import Flags, Opinions

BOUNDS = (0.5, 0.6, 0.7, 0.8, 0.9)
_SURE = 1.96  # standard errors of a 95 % interval
_CERTAIN = 50.0  # log odds where all pieces say the same


@dataclass(frozen=True)
class Lesson:
    """What one photo teaches.

    Attributes:
        evidence: (N, F) float32, `features` of its disputed pieces.
        hits_gained: (N,) pixels of true foreground that the mask gains with a piece, less those
            that it loses.
        union_gained: (N,) the same of true background; void counts nowhere.
        hits: pixels that the network's mask shares with the truth.
        union: pixels of either.
    """

    evidence: NDArray[np.float32]
    hits_gained: NDArray[np.int64]
    union_gained: NDArray[np.int64]
    hits: int
    union: int

    @classmethod
    def of(cls, opinions: Opinions, truth: Mask, alone: Flags, together: Flags) -> Lesson:
        """Look at one photo, at its own size: that is where masks are used.

        Where the masks differ, the nearest piece is what makes the difference.

        Args:
            opinions: at the size of the network.
            truth: (H, W) uint8: 0, 1 and `VOID`.
            alone: (H, W) the mask that the network makes.
            together: (H, W) the mask if all pieces were given away.
        """
        disputes = opinions.disputes
        piece = disputes.nearest(*truth.shape)
        added, taken = together & ~alone, alone & ~together

        def gained(label: int) -> NDArray[np.int64]:
            counts = (
                np.bincount(piece[there & (truth == label)], minlength=len(disputes.areas))
                for there in (added, taken)
            )
            return np.asarray(np.subtract(*counts)[1:], np.int64)

        return cls(
            evidence=features(opinions),
            hits_gained=gained(1),
            union_gained=gained(0),
            hits=int(np.count_nonzero(alone & (truth == 1))),
            union=int(np.count_nonzero((alone & (truth != VOID)) | (truth == 1))),
        )

    @property
    def right(self) -> Flags:
        """(N,) whether the mask is more right with the piece than without."""
        return np.asarray(self.hits_gained > self.union_gained, np.bool_)

    @property
    def stakes(self) -> NDArray[np.float64]:
        """(N,) about how much IoU each piece is worth."""
        return np.asarray(np.abs(self.hits_gained - self.union_gained) / max(1, self.union))

    def iou(self, given: Flags) -> float:
        """IoU of the photo where GrabCut decides the pieces that are given to it, (N,) bool."""
        hits = self.hits + int(self.hits_gained[given].sum())
        union = self.union + int(self.union_gained[given].sum())
        return hits / union if union else 1.0

    def gain(self, given: Flags) -> float:
        """What that adds to the network's IoU."""
        return self.iou(given) - self.iou(np.zeros(len(given), np.bool_))


def learned_gate(
    lessons: Sequence[Lesson],
    parts: Sequence[int],
    sources: Sequence[str],
    *,
    careful: bool = False,
) -> Gate:
    """Learn a gate.

    Args:
        lessons: of photos that the network did not learn from.
        parts: of each, the part it belongs to: relatives belong to the same one. There are three
            or more, or the gate stays shut: one learns, one chooses, and one judges.
        sources: of each, what it was taken of: photos of one source prove no more than one.
        careful: of the bounds that are about as good as the best take the highest, for a gate
            that is to be used on photos of another kind.

    Returns:
        The gate; shut where it did not make masks surely better.

    Raises:
        ValueError: no lessons.
    """
    if not lessons:
        raise ValueError("a gate learns from photos: there are none")
    part = np.asarray(parts)
    source = np.unique(np.asarray(sources), return_inverse=True)[1]
    gains = np.zeros(len(lessons))
    for held in np.unique(part) if len(np.unique(part)) > 1 else ():
        rest = part != held
        others = _chosen(_those(lessons, rest), part[rest], source[rest], careful)
        for at in np.flatnonzero(part == held):
            gains[at] = lessons[at].gain(others.decides(lessons[at].evidence))
    gate = _chosen(lessons, part, source, careful)
    low, high = _interval(gains, source)
    return replace(
        gate,
        bound=gate.bound if low > 0 else SHUT,
        gain=float(gains.mean()),
        interval=(low, high),
        photos=len(lessons),
    )


def mean_gain(gate: Gate, lessons: Sequence[Lesson]) -> float:
    """The IoU, 0..1, that a gate learned elsewhere brings on these photos."""
    return float(np.mean([one.gain(gate.decides(one.evidence)) for one in lessons]))


def _chosen(
    lessons: Sequence[Lesson], part: NDArray[np.int64], source: NDArray[np.intp], careful: bool
) -> Gate:
    """A gate whose bound brought most to photos of other parts; shut where none surely did."""
    gate = _fitted(lessons)
    if len(np.unique(part)) < 2:
        return gate
    gains = np.zeros((len(lessons), len(BOUNDS)))
    for held in np.unique(part):
        others = _fitted(_those(lessons, part != held))
        for at in np.flatnonzero(part == held):
            chances = others.chances(lessons[at].evidence)
            gains[at] = [lessons[at].gain(chances > bound) for bound in BOUNDS]
    best = int(gains.mean(axis=0).argmax())
    chosen = _most_careful(gains, _error(gains[:, best], source)) if careful else best
    surely = _interval(gains[:, chosen], source)[0] > 0
    return replace(gate, bound=BOUNDS[chosen]) if surely else gate


def _most_careful(gains: NDArray[np.float64], error: float) -> int:
    """The highest bound whose mean gain lies within one standard error of the best bound's.

    Source: the rule of one standard error, L. Breiman et al.: Classification and Regression Trees
    (1984), section 3.4.3.

    Args:
        gains: (photos, len(BOUNDS)).
        error: that of the best bound.
    """
    means = gains.mean(axis=0)
    return int(np.flatnonzero(means >= means.max() - error).max())


def _those(lessons: Sequence[Lesson], where: Flags) -> list[Lesson]:
    return [lessons[at] for at in np.flatnonzero(where)]


def _interval(gains: NDArray[np.float64], source: NDArray[np.intp]) -> tuple[float, float]:
    """The 95 % interval of a mean; one source alone proves nothing."""
    if len(np.unique(source)) < 2:
        return 0.0, 0.0
    mean, reach = float(gains.mean()), _SURE * _error(gains, source)
    return mean - reach, mean + reach


def _error(gains: NDArray[np.float64], source: NDArray[np.intp]) -> float:
    """The standard error of a mean over photos of which some are of one source."""
    off = np.bincount(source, weights=gains - gains.mean())
    many = len(np.unique(source))
    return math.sqrt(many / max(1, many - 1) * float((off**2).sum())) / len(gains)


def _fitted(lessons: Sequence[Lesson]) -> Gate:
    """A gate with weights that tell in which pieces GrabCut is right; it is still shut."""
    evidence = np.concatenate([one.evidence for one in lessons]).astype(np.float64)
    right = np.concatenate([one.right for one in lessons])
    stakes = np.concatenate([one.stakes for one in lessons])
    counts = stakes > 0  # the rest is void, or as much right as wrong
    if len(np.unique(right[counts])) < 2:
        weights, bias = np.zeros(len(FEATURES)), _CERTAIN if right[counts].any() else -_CERTAIN
    else:
        share = stakes[counts] / stakes[counts].mean()
        weights, bias = fitted(evidence[counts], right[counts].astype(np.float64), share)
    return Gate(tuple(map(float, weights)), bias, SHUT, gain=0.0, interval=(0.0, 0.0), photos=0)
