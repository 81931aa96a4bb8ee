"""GrabCut from coarse to fine: the same colour models and nearly the same energy, but faster.

`cv2.grabCut` spends its time on cuts of the whole photo, one for each iteration. Here the
iterations cut a small copy, and each finer copy up to full size is cut once, in a band along the
outline. Halving a photo quarters the sum of its log odds, but only halves the length of an outline.
So the mean log odds of a coarse pixel are multiplied by its width, and a coarse outline has the
same weight as at full size. Otherwise outlines would be twice as stiff with every halving.

Colour models are always learned from all pixels of the photo at full size.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classical.colour_model import (
    ColourModel,
    Counts,
    first_model,
    palette_of,
)
from maskwright.classical.graph_cut import MOST, Flags, LogOdds, cut, guide_of
from maskwright.core import Image, resized

COARSE_SIDE = 128
"""Largest long side of the unknown area in the copy on which the iterations run."""

_MARGIN = 4  # pixels of the coarsest copy, around the unknown area
_BAND = 4  # pixels on each side of an outline that the next finer scale decides again

# An empty mask has the shortest outline, so an object of faint colours may vanish from its box, as
# with OpenCV's engine. Then colours get more weight against the outline until something is left.
_LEAST_LEFT = 0.01
_EMPHASES = (1, 2, 4, 8)

Window = tuple[slice, slice]
Models = list[ColourModel]
"""Of foreground and background."""


def cut_coarse_to_fine(
    image: Image, given: NDArray[np.float32], *, iterations: int, prior_weight: float
) -> tuple[Flags, LogOdds]:
    """Segment from coarse to fine.

    Args:
        image: (H, W, 3) uint8.
        given: (H, W) float32, the prior's foreground: 0 and 1 are certain, the rest is decided.
            Some pixels are undecided, some are at least 0.5, and some below.
        iterations: largest number of cuts of the coarsest copy; each finer copy is cut once.
        prior_weight: weight of the logit of `given` beside the log odds of the colours.

    Returns:
        (H, W) bool, the foreground; and (H, W) float32, the log odds of the last cut.
    """
    side, window = _window((given > 0) & (given < 1))
    scene = _Scene(image, given, window, prior_weight)
    start = given[window] >= 0.5
    for emphasis in _EMPHASES:
        labels, log_odds = _descended(scene, start, _scales(side), iterations, emphasis)
        if not _is_lost(scene, start, labels):
            break
    mask, all_odds = given == 1, _logit(given)
    mask[window], all_odds[window] = labels, log_odds
    return mask, all_odds


def _descended(
    scene: _Scene, start: Flags, scales: list[int], iterations: int, emphasis: int
) -> tuple[Flags, LogOdds]:
    """Cut from the coarsest to the finest scale, with the log odds multiplied by `emphasis`."""
    labels, log_odds = start, scene.leaning
    models: Models | None = None
    for scale in scales:
        level = _Level(scene, scale)
        coarsest = models is None
        for _ in range(iterations if coarsest else 1):
            counts = scene.counts(labels)
            if not all(count.any() for count in counts):
                break  # one side is empty: there is nothing to learn from
            before = models or [first_model(scene.palette, count) for count in counts]
            models = [
                model.relearned(scene.palette, count)
                for model, count in zip(before, counts, strict=True)
            ]
            log_odds = scene.log_odds(models)
            last = labels
            labels = level.cut(emphasis * log_odds, labels, whole=coarsest)
            if np.array_equal(labels, last):
                break
    return labels, log_odds


def _is_lost(scene: _Scene, start: Flags, labels: Flags) -> bool:
    """Whether hardly any of the unknown foreground at the start is left."""
    if scene.sure_counts.any():
        return False
    left, before = (np.count_nonzero(flags & scene.unknown) for flags in (labels, start))
    return bool(left < _LEAST_LEFT * before)


def _window(unknown: Flags) -> tuple[int, Window]:
    """Return the long side of the box around the unknown pixels, and the box with a margin."""
    spans = [np.flatnonzero(unknown.any(axis=axis)) for axis in (1, 0)]
    side = max(int(span[-1] - span[0]) + 1 for span in spans)
    margin = _MARGIN * _scales(side)[0]
    rows, columns = (slice(max(0, span[0] - margin), span[-1] + 1 + margin) for span in spans)
    return side, (rows, columns)


def _scales(side: int) -> list[int]:
    """Return powers of two down to 1; the first shrinks `side` to at most `COARSE_SIDE`."""
    halvings = max(0, math.ceil(math.log2(side / COARSE_SIDE)))
    return [2**power for power in range(halvings, -1, -1)]


class _Scene:
    """The values that stay the same between cuts; (h, w) is the window around the unknown area.

    Attributes:
        palette: the colours of the whole photo.
        all_counts: (N,) pixels of each colour in the photo.
        sure_counts: (N,) pixels of each colour that are certainly foreground.
        pixels: (h, w) index of each pixel's colour.
        guide: (h, w, 2) the image whose contrasts the outline follows.
        unknown: (h, w) the pixels to decide.
        leaning: (h, w) log odds of the prior, added to the log odds of the colours.
    """

    def __init__(
        self, image: Image, given: NDArray[np.float32], window: Window, prior_weight: float
    ) -> None:
        self.palette = palette_of(image)
        self.all_counts = self.palette.counts(self.palette.pixels)
        self.sure_counts = self.palette.counts(self.palette.pixels[given == 1])
        self.pixels = np.ascontiguousarray(self.palette.pixels[window])
        inside = np.ascontiguousarray(image[window])
        self.guide = guide_of(inside, self.palette, self.all_counts)
        near = given[window]
        self.unknown = (near > 0) & (near < 1)
        odds = prior_weight * _logit(near)
        self.leaning: LogOdds = np.where(self.unknown, odds, np.float32(0))

    def counts(self, labels: Flags) -> tuple[Counts, Counts]:
        """Count the pixels of each colour in the foreground and in the background: (N,) each."""
        found = self.palette.counts(self.pixels[labels & self.unknown])
        foreground = self.sure_counts + found
        return foreground, self.all_counts - foreground

    def log_odds(self, models: Models) -> LogOdds:
        foreground, background = (model.log_likelihood(self.palette) for model in models)
        # Certain pixels keep the odds of their colours too: the solver does not decide them, but it
        # would see a step at the edge of a box as a contrast.
        return (foreground - background).astype(np.float32)[self.pixels] + self.leaning


class _Level:
    """The window at one scale.

    Attributes:
        scale: width of a pixel of this level, in pixels of the photo.
        inside: (h, w) bool, the pixels to decide, at full size.
        guide: (h / scale, w / scale, 2) uint8.
        unknown: (h / scale, w / scale) bool, the pixels to decide, by majority.
    """

    def __init__(self, scene: _Scene, scale: int) -> None:
        self.scale, self.inside = scale, scene.unknown
        self.guide = np.asarray(_shrunk(scene.guide, scale), np.uint8)
        self.unknown = _shrunk(scene.unknown.astype(np.float32), scale) > 0.5

    def cut(self, log_odds: LogOdds, labels: Flags, *, whole: bool) -> Flags:
        """Cut all unknown pixels, or only the band along the outline of the labels.

        Labels and result are (h, w) at full size.
        """
        coarse = _shrunk(labels.astype(np.float32), self.scale) > 0.5
        unknown = self.unknown if whole else self.unknown & _band(coarse)
        odds = self.scale * _shrunk(log_odds, self.scale)
        found = cut(self.guide, odds, unknown, coarse).astype(np.float32)
        enlarged = resized(found[:, :, None], *labels.shape)[:, :, 0] > 0.5
        return np.where(self.inside, enlarged, labels)


def _shrunk(plane: NDArray[Any], scale: int) -> NDArray[Any]:
    if scale == 1:
        return plane
    height, width = plane.shape[:2]
    size = max(1, round(width / scale)), max(1, round(height / scale))
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)


def _band(labels: Flags) -> Flags:
    """Return the pixels within `_BAND` of an outline."""
    square = np.ones((2 * _BAND + 1, 2 * _BAND + 1), np.uint8)
    plane = labels.astype(np.uint8)
    return np.asarray(cv2.dilate(plane, square) > cv2.erode(plane, square))


def _logit(probability: NDArray[np.float32]) -> LogOdds:
    """Return the log odds of probabilities, clipped at `MOST`."""
    with np.errstate(divide="ignore"):
        odds = np.log(probability) - np.log1p(-probability)
    return np.asarray(np.clip(odds, -MOST, MOST), np.float32)
