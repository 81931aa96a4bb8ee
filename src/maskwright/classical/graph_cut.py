"""The minimum cut for given log odds, by OpenCV's solver.

OpenCV offers its solver only inside `cv2.grabCut`, which learns log odds from colours. With frozen
models it learns nothing, though, and accepts any models. So the solver gets a picture with two
channels of the photo and the log odds as the third, and two models of one Gaussian each. They
differ only in their mean in the third channel, so the difference of their log densities is linear
in that channel. The solver then uses the log odds, in steps of 1.3, and contrasts of the photo.

The price: contrasts are measured along the photo's two main axes of colour, a step of the log odds
counts as a small contrast too, and the mean contrast is the picture's.
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
"""Log odds are clipped at this value, which outweighs almost all neighbours."""

# Few levels, so that steps of the third channel are small contrasts.
_LEVELS = 64
_STEPS_PER_UNIT = (_LEVELS - 1) / (2 * MOST)


def guide_of(image: Image, palette: Palette, counts: Counts) -> NDArray[np.uint8]:
    """Project the colours of a photo onto their two main axes.

    Args:
        image: (H, W, 3) uint8, contiguous.
        palette: contains all colours of the photo.
        counts: (N,) pixels of each colour.

    Returns:
        (H, W, 2) uint8.
    """
    centred = palette.colours - np.average(palette.colours, axis=0, weights=counts)
    axes = np.linalg.eigh((centred * counts[:, None]).T @ centred)[1][:, :0:-1]
    along = palette.colours @ axes
    low = along.min(axis=0)
    scale = min(1.0, 250 / max(1.0, float((along - low).max())))
    # The palette's colours are rounded: a small margin keeps all values within a byte.
    matrix = np.concatenate([axes.T * scale, (2.5 - low * scale)[:, None]], axis=1)
    return np.asarray(cv2.transform(image, matrix), np.uint8)


def cut(guide: NDArray[np.uint8], log_odds: LogOdds, unknown: Flags, labels: Flags) -> Flags:
    """Find the foreground of least energy, which is close to GrabCut's energy for these log odds.

    Args:
        guide: (H, W, 2) uint8, the image whose contrasts the outline follows.
        log_odds: (H, W) float32, positive for foreground.
        unknown: (H, W) bool, the pixels to decide.
        labels: (H, W) bool, the foreground among all other pixels.

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
    """Return a Gaussian at a level of the third channel, in OpenCV's layout of five Gaussians.

    The log odds at level v are (2 v - L) L / (2 s), with the highest level L and the variance s.
    The variance below makes them the log odds that v encodes.
    """
    weights, means, covariances = np.zeros(5), np.zeros((5, 3)), np.zeros((5, 3, 3))
    weights[0] = 1
    means[0] = (128, 128, level)
    covariances[0] = np.diag([1e4, 1e4, (_LEVELS - 1) * _STEPS_PER_UNIT])
    return np.concatenate([weights, means.ravel(), covariances.ravel()])[None]
