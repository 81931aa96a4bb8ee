"""OpenCV's GrabCut: all iterations on the whole photo at full size."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classical.colour_model import first_model, palette_of
from maskwright.classical.graph_cut import MOST, Flags, LogOdds
from maskwright.core import Image

_MODEL_SIZE = 65  # five Gaussians: a weight, three means and nine covariances each


def cut_with_opencv(
    image: Image, given: NDArray[np.float32], *, iterations: int
) -> tuple[Flags, LogOdds] | None:
    """Run `cv2.grabCut`.

    Args:
        image: (H, W, 3) uint8.
        given: (H, W) float32, the prior's foreground. OpenCV has four labels for it: certain
            at 0 and 1, probably background below 0.5, else probably foreground.
        iterations: how often colours are learned and the photo is cut.

    Returns:
        (H, W) bool, the foreground; and (H, W) float32, the log odds by its colours. None if OpenCV
        refuses, as some versions do with fewer pixels than Gaussians.
    """
    guess = np.where(given < 0.5, cv2.GC_PR_BGD, cv2.GC_PR_FGD)
    mask = np.where((given == 0) | (given == 1), given, guess).astype(np.uint8)
    background, foreground = np.zeros((2, 1, _MODEL_SIZE))
    bgr = np.ascontiguousarray(image[:, :, ::-1])
    # k-means starts at random, from a generator of each thread.
    cv2.setRNGSeed(0)
    mode = cv2.GC_INIT_WITH_MASK
    try:
        cv2.grabCut(bgr, mask, (0, 0, 1, 1), background, foreground, iterations, mode)
    except cv2.error as error:
        if error.code != cv2.Error.StsAssert:
            raise  # such as out of memory
        return None
    found = np.asarray(mask & 1, np.bool_)
    return found, _log_odds(image, found)


def _log_odds(image: Image, found: Flags) -> LogOdds:
    """Learn the colours anew, because OpenCV's models may be empty or singular."""
    if found.all() or not found.any():
        return np.where(found, np.float32(MOST), np.float32(-MOST))
    palette = palette_of(image)
    foreground, background = (
        first_model(palette, palette.counts(palette.pixels[side])).log_likelihood(palette)
        for side in (found, ~found)
    )
    return (foreground - background).astype(np.float32)[palette.pixels]
