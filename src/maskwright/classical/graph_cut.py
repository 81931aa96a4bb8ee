"""The best outline for given log odds: a minimum cut, found by OpenCV's solver.

OpenCV keeps its solver to itself: the only way to it is `cv2.grabCut`, which learns the log odds
from colours. With frozen models it learns nothing, though, and the models are ours to write. So
the solver is given a picture of which two channels show the photo, and the third holds the log
odds; and two models of one Gaussian each, which differ in the third channel alone and have the
same variance there. The difference of their log densities is then linear in that channel: the
solver sees the log odds, in steps of 1.3, and takes the contrasts that an outline should follow
from the photo.

The price: contrasts are those along the photo's two main axes of colour, a step of the log odds
counts as a small contrast too, and the mean contrast is that of the picture given.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classical.colour_model import Counts, Floats, Palette
from maskwright.core import Image

Flags = NDArray[np.bool_]
LogOdds = NDArray[np.float32]

MOST = 40.0
"""Log odds beyond this decide as if they were this: almost whatever the neighbours say."""

# Few levels, so that steps of the third channel hardly count as contrasts.
_LEVELS = 64
_STEPS_PER_UNIT = (_LEVELS - 1) / (2 * MOST)


def guide_of(image: Image, palette: Palette, counts: Counts) -> NDArray[np.uint8]:
    """The two channels that tell most of a photo: its colours along their two main axes.

    Args:
        image: (H, W, 3) uint8, contiguous.
        palette: colours among which are all of the photo's.
        counts: (N,) how often each of them occurs.

    Returns:
        (H, W, 2) uint8.
    """
    centred = palette.colours - np.average(palette.colours, axis=0, weights=counts)
    axes = np.linalg.eigh((centred * counts[:, None]).T @ centred)[1][:, :0:-1]
    along = palette.colours @ axes
    low = along.min(axis=0)
    scale = min(1.0, 250 / max(1.0, float((along - low).max())))
    # The palette's colours are rounded: a little room at both ends keeps all within a byte.
    matrix = np.concatenate([axes.T * scale, (2.5 - low * scale)[:, None]], axis=1)
    return np.asarray(cv2.transform(image, matrix), np.uint8)


def cut(guide: NDArray[np.uint8], log_odds: LogOdds, unknown: Flags, labels: Flags) -> Flags:
    """Find the foreground with the least energy: close to GrabCut's, with these log odds.

    Args:
        guide: (H, W, 2) uint8, where contrasts are looked for.
        log_odds: (H, W) float32, positive where foreground is likelier.
        unknown: (H, W) bool, what is to be decided.
        labels: (H, W) bool, what all other pixels are.

    Returns:
        (H, W) bool.
    """
    if not unknown.any():
        return labels
    level = np.rint((np.clip(log_odds, -MOST, MOST) + MOST) * _STEPS_PER_UNIT)
    picture = cv2.merge([guide, level.astype(np.uint8)])
    mask = np.where(unknown, np.uint8(cv2.GC_PR_BGD), labels.astype(np.uint8))
    mode = cv2.GC_EVAL_FREEZE_MODEL
    background, foreground = _model(0), _model(_LEVELS - 1)
    cv2.grabCut(picture, mask, (0, 0, 1, 1), background, foreground, 1, mode)
    return np.asarray(mask & 1, np.bool_)


def _model(level: int) -> Floats:
    """A Gaussian at a level of the third channel, in OpenCV's layout of five in a row.

    The log odds are (2 v - L) L / (2 s) at level v, with L the highest and s the variance: the
    variance below makes them the log odds that v stands for.
    """
    weights, means, covariances = np.zeros(5), np.zeros((5, 3)), np.zeros((5, 3, 3))
    weights[0] = 1
    means[0] = (128, 128, level)
    covariances[0] = np.diag([1e4, 1e4, (_LEVELS - 1) * _STEPS_PER_UNIT])
    return np.concatenate([weights, means.ravel(), covariances.ravel()])[None]
