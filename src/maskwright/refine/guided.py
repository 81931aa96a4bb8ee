"""Outlines that follow the photo: the fast guided filter.

A network sees a small copy of the photo, and its outlines are as coarse. Around every pixel,
though, what it found is nearly a linear function of the photo's colours: here the skin, there the
sky. That function is fitted in small windows at a low resolution, where it costs little, and
evaluated with the colours of the photo itself, where the outline is sharp. Where colour explains
little of what was found, that stays as it is.

Source: K. He, J. Sun, X. Tang: Guided image filtering (2013), with colour as the guide; K. He,
J. Sun: Fast guided filter (2015). The constants were chosen on held-out photos with fine outlines,
at once and at twice the network's size; docs/notebook/measurements.md has the figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image, Probs, normalised
from maskwright.refine.strips import Floats, enlarged_rows, strips

# The last level of a network has half its size: windows there cost a quarter and tell as much.
_SUBSAMPLING = 2
_RADIUS = 4
# Variance of colours, in units of their range: what varies less is flat to the filter.
_FLAT = 1e-4
# Variance of probabilities that is no outline to follow.
_NOTHING = np.float32(1e-4)
# A pixel that differs from all its neighbours is noise of the photo more often than an outline.
_SPECKLE = 3
_STRIP = 2**16
"""Pixels evaluated at once: all that is in work then fits into the processor's cache."""


@dataclass(frozen=True)
class ColourFits:
    """Probabilities as linear functions of colour, one for each neighbourhood and class.

    Attributes:
        planes: (K - 1, 4, h, w) float32: for each class but the background what red, green and
            blue in 0..255 are multiplied by, and what is added.
    """

    planes: Floats

    def rows(self, image: Image, rows: slice) -> Probs:
        """Evaluate some rows of a photo.

        Args:
            image: (H, W, 3) uint8, all of the photo.
            rows: which of its rows.

        Returns:
            (rows, W, K) float32 in [0, 1], summing to 1 over K.
        """
        height, width = image.shape[:2]
        # One row more on each side, so that speckles are judged by all their neighbours.
        wider = slice(max(0, rows.start - 1), min(height, rows.stop + 1))
        inner = slice(rows.start - wider.start, rows.stop - wider.start)
        channels = cv2.split(image[wider])
        found = []
        for fit in self.planes:
            *gains, plane = (enlarged_rows(one, wider, height, width) for one in fit)
            plane = plane.copy()
            for gain, channel in zip(gains, channels, strict=True):
                plane += gain * channel
            np.clip(plane, 0, 1, out=plane)
            found.append(np.asarray(cv2.medianBlur(plane, _SPECKLE), np.float32)[inner])
        return _with_background(found)


def guided(probs: Probs, image: Image, *, small: Image | None = None) -> Probs:
    """Enlarge what was found in a small copy of a photo so that outlines follow the photo.

    Args:
        probs: (h, w, K) float32, what was found at any size, the network's as a rule.
        image: (H, W, 3) uint8, the photo; only differences count, so any kind of RGB will do.
        small: (h, w, 3) uint8, the photo at the size of `probs`, where it is at hand.

    Returns:
        (H, W, K) float32 in [0, 1], summing to 1 over K. Nothing is stretched: where the photo is
        flat, this is `probs` enlarged bilinearly.
    """
    height, width = image.shape[:2]
    fits = fit_colours(probs, image if small is None else small)
    found = np.empty((height, width, probs.shape[2]), np.float32)
    for rows in guided_strips(height, width):
        found[rows] = fits.rows(image, rows)
    return found


def guided_strips(height: int, width: int) -> Sequence[slice]:
    """Cut a photo into strips that are evaluated fastest."""
    return list(strips(height, max(1, _STRIP // width)))


def fit_colours(probs: Probs, image: Image) -> ColourFits:
    """Fit probabilities by linear functions of colour, at half their size.

    Args:
        probs: (h, w, K) float32, K from 2.
        image: (H, W, 3) uint8, the photo at any size.
    """
    height, width = (max(1, side // _SUBSAMPLING) for side in probs.shape[:2])
    colours = _shrunk(image, height, width).astype(np.float32) / np.float32(255)
    means = _mean(colours)
    levels = _planes(means)
    inverse = _inverse_covariances(colours, levels)
    planes = np.empty((probs.shape[2] - 1, 4, height, width), np.float32)
    for fit, plane in zip(planes, _planes(probs)[1:], strict=True):
        plane = _shrunk(plane, height, width)
        mean = _mean(plane)
        spread = _mean(plane * plane) - mean * mean
        together = _planes(_mean(colours * plane[:, :, None]) - means * mean[:, :, None])
        offset, explained = mean, np.zeros_like(mean)
        for at, (row, level) in enumerate(zip(inverse, levels, strict=True)):
            gain = row[0] * together[0] + row[1] * together[1] + row[2] * together[2]
            explained += gain * together[at]
            offset = offset - gain * level
            fit[at] = _mean(gain) / np.float32(255)
        fit[3] = _mean(offset)
        trust = _trust(_mean(explained), _mean(spread))
        fit *= trust
        fit[3] += (1 - trust) * plane
    return ColourFits(planes)


def _trust(explained: Floats, spread: Floats) -> Floats:
    """How far a fit replaces what was found: from 0 to 1, the more of its spread colour explains.

    A small object, or one of the colours of what is behind it, would be averaged away otherwise.
    """
    share = (np.maximum(explained, 0) + _NOTHING) / (np.maximum(spread, 0) + _NOTHING)
    # The root: an outline is worth following long before colour explains all of it.
    return np.asarray(cv2.pow(np.minimum(share, 1), 1 / 3), np.float32)


def _planes(values: Floats) -> list[Floats]:
    """(h, w, C) as C contiguous planes, with which arithmetic is far faster."""
    return [np.asarray(plane, np.float32) for plane in cv2.split(values)]


def _mean(values: Floats) -> Floats:
    """The mean over the window around each pixel."""
    size = (2 * _RADIUS + 1, 2 * _RADIUS + 1)
    return np.asarray(cv2.blur(values, size, borderType=cv2.BORDER_REFLECT), np.float32)


def _shrunk(values: NDArray[np.uint8] | Floats, height: int, width: int) -> Floats:
    """By pixel areas, as every photo is shrunk for the network."""
    small = cv2.resize(values, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _inverse_covariances(colours: Floats, levels: Sequence[Floats]) -> list[list[Floats]]:
    """Invert the covariance of the colours around each pixel: 3 x 3 planes of (h, w)."""
    red, green, blue = _planes(colours)
    r, g, b = levels
    rr, gg, bb = _mean(red * red) - r * r, _mean(green * green) - g * g, _mean(blue * blue) - b * b
    rg, rb, gb = _mean(red * green) - r * g, _mean(red * blue) - r * b, _mean(green * blue) - g * b
    # Where all is nearly grey the determinant is a small difference of large products.
    rr, gg, bb, rg, rb, gb = (np.asarray(one, np.float64) for one in (rr, gg, bb, rg, rb, gb))
    rr, gg, bb = rr + _FLAT, gg + _FLAT, bb + _FLAT
    i_rr, i_rg, i_rb = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    i_gg, i_gb, i_bb = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    determinant = i_rr * rr + i_rg * rg + i_rb * rb
    rows = ((i_rr, i_rg, i_rb), (i_rg, i_gg, i_gb), (i_rb, i_gb, i_bb))
    return [[np.asarray(one / determinant, np.float32) for one in row] for row in rows]


def _with_background(planes: Sequence[Floats]) -> Probs:
    """Give the background what the other classes leave: (H, W, K) of K - 1 planes."""
    left = np.float32(1) - sum(planes[1:], start=planes[0])
    if len(planes) == 1:
        return np.asarray(cv2.merge([left, planes[0]]), np.float32)
    # Clipped one by one, classes may sum to more than 1.
    return normalised(np.stack([np.maximum(left, 0), *planes], axis=2))
