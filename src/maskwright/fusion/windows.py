"""Means in a window around each pixel: what local correlations are made of."""

from __future__ import annotations

import cv2
import numpy as np

from maskwright.fusion.opinions import Floats

FLAT = 1e-4
"""Variance of a window in which there is nothing to correlate."""


def window_means(plane: Floats, window: int) -> Floats:
    """The mean around each pixel, (H, W) float32; what lies outside is mirrored.

    Args:
        plane: (H, W) float32.
        window: side of the window in pixels.
    """
    means = cv2.blur(plane, (window, window), borderType=cv2.BORDER_REFLECT)
    return np.asarray(means, np.float32)
