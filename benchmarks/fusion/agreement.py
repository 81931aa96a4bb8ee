"""Template matching of two masks: how much they look alike around each pixel.

The paper asks for "an ensemble of the results from GrabCut and U-Net … template matching". Read
literally that keeps what both have (T0), and a part that only one of them has disappears: the
beak of its own example. With a fallback it need not (T1).

Sources: normalised cross-correlation (J. P. Lewis: Fast Normalized Cross-Correlation, 1995), here
of a window of one mask with the same window of the other; the similarity index of Z. Wang et al.
(Image Quality Assessment: From Error Visibility to Structural Similarity, 2004).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from maskwright.fusion.edges import FLAT, window_means
from maskwright.fusion.method_outputs import MethodOutputs
from maskwright.fusion.regions import Floats

WINDOW = 15
"""Side of the windows that are compared, in pixels."""

_ALIKE = 0.5  # correlation above which two windows are called alike
_NEAR = 0.25  # difference of the means of two flat windows that are alike all the same
_C1, _C2 = 0.01**2, 0.03**2  # of Wang et al., for values from 0 to 1


@dataclass(frozen=True)
class _Local:
    """Means, variances and the covariance of two planes in a window around each pixel."""

    means: tuple[Floats, Floats]
    variances: tuple[Floats, Floats]
    covariance: Floats

    @classmethod
    def of(cls, one: Floats, other: Floats, window: int) -> _Local:
        means = window_means(one, window), window_means(other, window)
        squares = window_means(one * one, window), window_means(other * other, window)
        variances = (
            np.maximum(squares[0] - means[0] ** 2, 0),
            np.maximum(squares[1] - means[1] ** 2, 0),
        )
        return cls(means, variances, window_means(one * other, window) - means[0] * means[1])


def local_correlation(one: Floats, other: Floats, window: int = WINDOW) -> Floats:
    """Correlate two planes (H, W) in a window around each pixel: (H, W) in [-1, 1].

    Where one of them is flat, two flat windows of about the same mean give 1 and all others 0.
    """
    local = _Local.of(one, other, window)
    product = local.variances[0] * local.variances[1]
    correlation = np.clip(local.covariance / np.sqrt(np.maximum(product, 1e-12)), -1, 1)
    flat = np.minimum(*local.variances) < FLAT
    both = np.maximum(*local.variances) < FLAT
    same = both & (np.abs(local.means[0] - local.means[1]) < _NEAR)
    return np.where(flat, same, correlation).astype(np.float32)


def kept_where_alike(outputs: MethodOutputs) -> Floats:
    """T0, the paper read literally: foreground where the masks look alike and say so on average."""
    ours, theirs = outputs.network > 0.5, outputs.grabcut > 0.5
    alike = local_correlation(ours.astype(np.float32), theirs.astype(np.float32)) > _ALIKE
    return np.where(alike, (outputs.network + outputs.grabcut) / 2, 0).astype(np.float32)


def network_where_unlike(outputs: MethodOutputs) -> Floats:
    """T1: the mean of both the more, the more the masks look alike; else the network's."""
    local = _Local.of(outputs.network, outputs.grabcut, WINDOW)
    one, other = local.means
    level = (2 * one * other + _C1) / (one**2 + other**2 + _C1)
    structure = (2 * local.covariance + _C2) / (sum(local.variances) + _C2)
    likeness = np.clip(level * structure, 0, 1)
    both = (outputs.network + outputs.grabcut) / 2
    return np.asarray(likeness * both + (1 - likeness) * outputs.network, np.float32)
