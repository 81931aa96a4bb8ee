"""Learns a gate from the disputed regions of photos with true masks.

A region's weight is the IoU that it can change in its photo. Bounds are chosen by cross-validation:
each photo's regions are judged by weights that were fitted on the photos of other folds. The gain
is measured by another cross-validation around all of this.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from maskwright.core import VOID, Mask
from maskwright.fusion.features import FEATURES, region_features
from maskwright.fusion.gate import CLOSED, Gate
from maskwright.fusion.logistic_regression import fit_logistic
from maskwright.fusion.method_outputs import MethodOutputs
from maskwright.fusion.regions import Flags

BOUNDS = (0.5, 0.6, 0.7, 0.8, 0.9)
_STANDARD_ERRORS = 1.96  # of a 95 % interval
_CERTAIN = 50.0  # bias if GrabCut is right in all regions or in none


@dataclass(frozen=True)
class GateSample:
    """The disputed regions of one photo with a true mask.

    Attributes:
        features: (N, F) float32, from `region_features`.
        intersection_gain: (N,) pixels of true foreground that the mask gains with the region,
            less those that it loses.
        union_gain: (N,) the same for true background; void pixels count nowhere.
        intersection: pixels that the network's mask shares with the truth.
        union: pixels of either.
    """

    features: NDArray[np.float32]
    intersection_gain: NDArray[np.int64]
    union_gain: NDArray[np.int64]
    intersection: int
    union: int

    @classmethod
    def of(cls, outputs: MethodOutputs, truth: Mask, network: Flags, combined: Flags) -> GateSample:
        """Measure one photo at its own size, at which masks are used.

        Where the two masks differ, the difference counts for the nearest region.

        Args:
            outputs: at the size of the network.
            truth: (H, W) uint8: 0, 1 and `VOID`.
            network: (H, W) the mask of the network alone.
            combined: (H, W) the mask if all regions were accepted.
        """
        region = outputs.regions.nearest(*truth.shape)
        added, removed = combined & ~network, network & ~combined

        def gain(label: int) -> NDArray[np.int64]:
            counts = (
                np.bincount(region[there & (truth == label)], minlength=len(outputs.regions.areas))
                for there in (added, removed)
            )
            return np.asarray(np.subtract(*counts)[1:], np.int64)

        return cls(
            features=region_features(outputs),
            intersection_gain=gain(1),
            union_gain=gain(0),
            intersection=int(np.count_nonzero(network & (truth == 1))),
            union=int(np.count_nonzero((network & (truth != VOID)) | (truth == 1))),
        )

    @property
    def improves(self) -> Flags:
        """(N,) whether accepting the region corrects more pixels than it spoils."""
        return np.asarray(self.intersection_gain > self.union_gain, np.bool_)

    @property
    def weights(self) -> NDArray[np.float64]:
        """(N,) about how much IoU each region can change."""
        change = np.abs(self.intersection_gain - self.union_gain)
        return np.asarray(change / max(1, self.union))

    def iou(self, accepted: Flags) -> float:
        """Return the photo's IoU if these regions, (N,) bool, are accepted."""
        intersection = self.intersection + int(self.intersection_gain[accepted].sum())
        union = self.union + int(self.union_gain[accepted].sum())
        return intersection / union if union else 1.0

    def gain(self, accepted: Flags) -> float:
        """Return the IoU that these regions, (N,) bool, add to the network's."""
        return self.iou(accepted) - self.iou(np.zeros(len(accepted), np.bool_))


def learn_gate(
    samples: Sequence[GateSample],
    folds: Sequence[int],
    sources: Sequence[str],
    *,
    conservative: bool = False,
) -> Gate:
    """Learn a gate.

    Args:
        samples: photos that the network was not trained on.
        folds: the fold of each photo; related photos share one. With fewer than three folds the
            gate stays closed: weights, bound and gain need different photos.
        sources: the source of each photo: photos of one source count as one in the interval.
        conservative: choose the highest of the bounds that are about as good as the best; for a
            gate that is used on other kinds of photos.

    Returns:
        The gate; closed if the 95 % interval of its gain is not above 0.

    Raises:
        ValueError: no samples.
    """
    if not samples:
        raise ValueError("a gate is learned from photos, and there are none")
    fold = np.asarray(folds)
    source = np.unique(np.asarray(sources), return_inverse=True)[1]
    gains = np.zeros(len(samples))
    for held in np.unique(fold) if len(np.unique(fold)) > 1 else ():
        rest = fold != held
        others = _with_bound(_select(samples, rest), fold[rest], source[rest], conservative)
        for at in np.flatnonzero(~rest):
            gains[at] = samples[at].gain(others.accepts(samples[at].features))
    gate = _with_bound(samples, fold, source, conservative)
    low, high = _interval(gains, source)
    return replace(
        gate,
        bound=gate.bound if low > 0 else CLOSED,
        gain=float(gains.mean()),
        interval=(low, high),
        photos=len(samples),
    )


def mean_gain(gate: Gate, samples: Sequence[GateSample]) -> float:
    """Return the mean gain in IoU, -1 to 1, of a gate that was learned on other photos."""
    return float(np.mean([one.gain(gate.accepts(one.features)) for one in samples]))


def _with_bound(
    samples: Sequence[GateSample],
    fold: NDArray[np.int64],
    source: NDArray[np.intp],
    conservative: bool,
) -> Gate:
    """Fit a gate and choose its bound by cross-validation; closed if no bound surely gains."""
    gate = _fitted(samples)
    if len(np.unique(fold)) < 2:
        return gate
    gains = np.zeros((len(samples), len(BOUNDS)))
    for held in np.unique(fold):
        others = _fitted(_select(samples, fold != held))
        for at in np.flatnonzero(fold == held):
            probabilities = others.probabilities(samples[at].features)
            gains[at] = [samples[at].gain(probabilities > bound) for bound in BOUNDS]
    chosen = int(gains.mean(axis=0).argmax())
    if conservative:
        chosen = _highest_good_bound(gains, _standard_error(gains[:, chosen], source))
    surely = _interval(gains[:, chosen], source)[0] > 0
    return replace(gate, bound=BOUNDS[chosen]) if surely else gate


def _highest_good_bound(gains: NDArray[np.float64], error: float) -> int:
    """Return the highest bound with a mean gain within one standard error of the best.

    Source: the one-standard-error rule, L. Breiman et al.: Classification and Regression Trees
    (1984), section 3.4.3.

    Args:
        gains: (photos, len(BOUNDS)).
        error: the standard error of the best bound.
    """
    means = gains.mean(axis=0)
    return int(np.flatnonzero(means >= means.max() - error).max())


def _select(samples: Sequence[GateSample], where: Flags) -> list[GateSample]:
    return [samples[at] for at in np.flatnonzero(where)]


def _interval(gains: NDArray[np.float64], source: NDArray[np.intp]) -> tuple[float, float]:
    """Return the 95 % interval of the mean; (0, 0) for a single source, which proves nothing."""
    if len(np.unique(source)) < 2:
        return 0.0, 0.0
    mean, reach = float(gains.mean()), _STANDARD_ERRORS * _standard_error(gains, source)
    return mean - reach, mean + reach


def _standard_error(gains: NDArray[np.float64], source: NDArray[np.intp]) -> float:
    """Return the standard error of the mean over photos, clustered by source."""
    off = np.bincount(source, weights=gains - gains.mean())
    many = len(np.unique(source))
    return math.sqrt(many / max(1, many - 1) * float((off**2).sum())) / len(gains)


def _fitted(samples: Sequence[GateSample]) -> Gate:
    """Fit the weights of a gate; it is still closed."""
    features = np.concatenate([one.features for one in samples]).astype(np.float64)
    improves = np.concatenate([one.improves for one in samples])
    weights = np.concatenate([one.weights for one in samples])
    counts = weights > 0  # the rest is void, or corrects as much as it spoils
    labels = improves[counts]
    if len(np.unique(labels)) < 2:
        coefficients, bias = np.zeros(len(FEATURES)), _CERTAIN if labels.any() else -_CERTAIN
    else:
        relative = weights[counts] / weights[counts].mean()
        coefficients, bias = fit_logistic(features[counts], labels.astype(np.float64), relative)
    return Gate(
        tuple(map(float, coefficients)), bias, CLOSED, gain=0.0, interval=(0.0, 0.0), photos=0
    )
