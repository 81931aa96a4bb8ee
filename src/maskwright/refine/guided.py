"""The fast guided filter: outlines that follow the photo.

A network sees a small copy of the photo, so its outlines are coarse. Around every pixel, though,
its probabilities are nearly a linear function of the photo's colours. That function is fitted in
small windows at low resolution, where it costs little, and evaluated with the colours of the photo,
where the outline is sharp. Where colour explains little of the probabilities, they stay unchanged.

Source: K. He, J. Sun, X. Tang: Guided image filtering (2013), with colour as the guide; K. He,
J. Sun: Fast guided filter (2015). The constants were chosen on held-out photos with fine outlines,
at once and twice the network's size; docs/notebook/measurements.md has the results.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from maskwright.core import Image, Probs, normalised
from maskwright.refine.strips import Floats, enlarged_rows, resized_by_area, strips

# A network's last level has half its size, so windows at half size tell as much for a quarter.
_SUBSAMPLING = 2
_RADIUS = 4
# Variance of colours, in units of their range, below which a window is flat.
_FLAT = 1e-4
# Variance of probabilities below which there is no outline to follow.
_NOTHING = np.float32(1e-4)
# A pixel that differs from all its neighbours is more often noise than an outline.
_SPECKLE = 3
_STRIP = 2**16
"""Pixels evaluated at once, so that all intermediate values fit into the processor's cache."""


@dataclass(frozen=True)
class ColourFits:
    """Probabilities as linear functions of colour, one for each neighbourhood and class.

    Attributes:
        planes: (K - 1, 4, h, w) float32: for each class but the background, the factors of red,
            green and blue in 0 to 255, and the constant.
    """

    planes: Floats

    def enlarged(self, image: Image) -> Iterator[tuple[slice, Probs]]:
        """Evaluate a photo (H, W, 3) uint8 in strips of the fastest size.

        Yields:
            The rows, and their probabilities: (rows, W, K) float32 in [0, 1], summing to 1 over K.
        """
        height, width = image.shape[:2]
        for rows in strips(height, width, _STRIP):
            yield rows, self._rows(image, rows)

    def _rows(self, image: Image, rows: slice) -> Probs:
        height, width = image.shape[:2]
        # One more row on each side, so that the median filter sees all neighbours.
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
    """Enlarge the probabilities of a small copy of a photo, so that outlines follow the photo.

    Args:
        probs: (h, w, K) float32 at any size, usually the network's.
        image: (H, W, 3) uint8, the photo in any RGB space; only differences of colours count.
        small: (h, w, 3) uint8, the photo at the size of `probs`, if known.

    Returns:
        (H, W, K) float32 in [0, 1], summing to 1 over K. Where the photo is flat, this is `probs`
        enlarged bilinearly.
    """
    height, width = image.shape[:2]
    fits = fit_colours(probs, image if small is None else small)
    found = np.empty((height, width, probs.shape[2]), np.float32)
    for rows, strip in fits.enlarged(image):
        found[rows] = strip
    return found


def fit_colours(probs: Probs, image: Image) -> ColourFits:
    """Fit probabilities by linear functions of colour, at half the size of the probabilities.

    Args:
        probs: (h, w, K) float32, K from 2.
        image: (H, W, 3) uint8, the photo at any size.
    """
    height, width = (max(1, side // _SUBSAMPLING) for side in probs.shape[:2])
    colours = resized_by_area(image, height, width) / np.float32(255)
    means = _mean(colours)
    levels = _planes(means)
    inverse = _inverse_covariances(colours, levels)
    planes = np.empty((probs.shape[2] - 1, 4, height, width), np.float32)
    for fit, plane in zip(planes, _planes(probs)[1:], strict=True):
        plane = resized_by_area(plane, height, width)
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
    """Return the weight of a fit, 0 to 1, by the share of the variance that colour explains.

    Without it, a small object or an object with the colours of its background would be averaged
    away.
    """
    share = (np.maximum(explained, 0) + _NOTHING) / (np.maximum(spread, 0) + _NOTHING)
    # The root, because outlines are worth following before colour explains all of them.
    return np.asarray(cv2.pow(np.minimum(share, 1), 1 / 3), np.float32)


def _planes(values: Floats) -> list[Floats]:
    """Split (h, w, C) into C contiguous planes, on which arithmetic is far faster."""
    return [np.asarray(plane, np.float32) for plane in cv2.split(values)]


def _mean(values: Floats) -> Floats:
    """Return the mean over the window around each pixel."""
    size = (2 * _RADIUS + 1, 2 * _RADIUS + 1)
    return np.asarray(cv2.blur(values, size, borderType=cv2.BORDER_REFLECT), np.float32)


def _inverse_covariances(colours: Floats, levels: Sequence[Floats]) -> list[list[Floats]]:
    """Invert the covariance of the colours around each pixel: 3 x 3 planes of (h, w)."""
    red, green, blue = _planes(colours)
    r, g, b = levels
    rr, gg, bb = _mean(red * red) - r * r, _mean(green * green) - g * g, _mean(blue * blue) - b * b
    rg, rb, gb = _mean(red * green) - r * g, _mean(red * blue) - r * b, _mean(green * blue) - g * b
    # In nearly grey windows the determinant is a small difference of large products.
    rr, gg, bb, rg, rb, gb = (np.asarray(one, np.float64) for one in (rr, gg, bb, rg, rb, gb))
    rr, gg, bb = rr + _FLAT, gg + _FLAT, bb + _FLAT
    i_rr, i_rg, i_rb = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    i_gg, i_gb, i_bb = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    determinant = i_rr * rr + i_rg * rg + i_rb * rb
    rows = ((i_rr, i_rg, i_rb), (i_rg, i_gg, i_gb), (i_rb, i_gb, i_bb))
    return [[np.asarray(one / determinant, np.float32) for one in row] for row in rows]


def _with_background(planes: Sequence[Floats]) -> Probs:
    """Add the background as the rest: K - 1 planes -> (H, W, K)."""
    left = np.float32(1) - sum(planes[1:], start=planes[0])
    if len(planes) == 1:
        return np.asarray(cv2.merge([left, planes[0]]), np.float32)
    # Classes clipped one by one may sum to more than 1.
    return normalised(np.stack([np.maximum(left, 0), *planes], axis=2))
