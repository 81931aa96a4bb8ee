"""Makes the opacity of a cut-out soft along the outline, and nowhere else.

At the outline, a pixel mixes object and background, and a probability between 0 and 1 is a fair
opacity. Farther away such a probability is uncertainty; as an opacity it would show areas that are
half transparent beside and inside the object.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import shrunk
from maskwright.refine.strips import Floats, enlarged_rows, strips

REACH = 0.015
"""Reach of the soft edge from the outline, as a fraction of the long side: some five pixels at the
network's size."""

_SIDE = 1024  # long side at which distances are measured; distances are smooth
_STEEPER = 2  # slope at the outline, relative to the probabilities, which are several pixels wide
_STRIP = 2**18  # pixels processed at once
_HALF = np.float32(127.5)


def soft_at_edges(alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Make every pixel that is not near the outline opaque or transparent.

    Pixels stay on their side of one half, so the outline is still the outline of the mask.

    Args:
        alpha: (H, W) uint8, 255 for a probability of 1; changed in place.

    Returns:
        The same array: steeper with the distance from the outline, and 0 or 255 beyond `REACH`.
    """
    height, width = alpha.shape
    flatness = _flatness(alpha)
    for rows in strips(height, width, _STRIP):
        near = np.maximum(enlarged_rows(flatness, rows, height, width), np.float32(1e-3))
        strip = (alpha[rows] - _HALF) / near + _HALF
        alpha[rows] = np.rint(np.clip(strip, 0, 255))
    return alpha


def _flatness(alpha: NDArray[np.uint8]) -> Floats:
    """Return divisors of the probabilities: (h, w) float32, small, from 1/2 at the outline to 0."""
    inside = (shrunk(alpha, _SIDE) > _HALF).astype(np.uint8)
    # Each distance is 0 on the other side; the outline runs between the pixels.
    distance = sum(cv2.distanceTransform(side, cv2.DIST_L2, 5) for side in (inside, 1 - inside))
    reach = max(2.0, REACH * max(inside.shape))
    return np.asarray(np.clip(1 - (distance - 0.5) / reach, 0, 1) / _STEEPER, np.float32)
