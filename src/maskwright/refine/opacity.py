"""How opaque a cut-out is: soft along the outline, and nowhere else.

At the outline a pixel shows the object and its background at once, and a probability between 0 and
1 is a fair mixture of the two. Farther away it is doubt: shown as it is, half-seen ghosts stand
beside the object, and the object has holes to look through.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.refine.strips import Floats, enlarged_rows, strips

REACH = 0.015
"""How far from the outline a cut-out may be soft, as a share of the long side: some five pixels of
the network's."""

_SIDE = 1024  # long side at which distances are found: they are smooth
_STEEPER = 2  # than the probabilities, at the outline itself: theirs are several pixels wide
_STRIP = 2**18  # pixels that are worked on at once
_HALF = np.float32(127.5)


def soft_at_edges(alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Decide every pixel that is not near the outline.

    What is more opaque than half stays so, and what is less does, so that the outline is that of
    the mask.

    Args:
        alpha: (H, W) uint8, 255 for a probability of 1; changed in place.

    Returns:
        The same array: the steeper the farther from where it crosses one half, and 0 or 255 from
        `REACH` on.
    """
    height, width = alpha.shape
    flatness = _flatness(alpha)
    for rows in strips(height, max(1, _STRIP // width)):
        near = np.maximum(enlarged_rows(flatness, rows, height, width), np.float32(1e-3))
        strip = (alpha[rows] - _HALF) / near + _HALF
        alpha[rows] = np.rint(np.clip(strip, 0, 255))
    return alpha


def _flatness(alpha: NDArray[np.uint8]) -> Floats:
    """What probabilities are divided by: (h, w) float32, small, from 1/2 at the outline to 0."""
    height, width = alpha.shape
    scale = min(1.0, _SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA).reshape(size[::-1])
    inside = (small > _HALF).astype(np.uint8)
    # Each of the two is 0 on the other's side; the outline runs between the pixels.
    distance = sum(cv2.distanceTransform(side, cv2.DIST_L2, 5) for side in (inside, 1 - inside))
    reach = max(2.0, REACH * max(size))
    return np.asarray(np.clip(1 - (distance - 0.5) / reach, 0, 1) / _STEEPER, np.float32)
