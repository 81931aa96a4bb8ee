"""GrabCut from coarse to fine: its models, and an energy close to its own, in less time.

`cv2.grabCut` spends its time on cuts of the whole photo, one for each iteration. Here the
iterations cut a small copy, where that is cheap; on the way back to full size only a band along
the outline is cut again. Halving a photo quarters the sum of its log odds, but only halves the
length of an outline. So the mean log odds of a coarse pixel count as often as it is wide, and a
coarse outline weighs what it would weigh at full size; otherwise it would be twice as stiff with
every halving.

The colour models are always learned from all pixels of the photo at full size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classical.colour_model import (
    ColourModel,
    Counts,
    Palette,
    first_model,
    palette_of,
)
from maskwright.classical.graph_cut import MOST, Flags, LogOdds, cut, guide_of
from maskwright.core import Image

COARSE_SIDE = 128
"""The iterations run on a copy on which what is unknown has at most this long side."""

_MARGIN = 4  # pixels of the coarsest copy, around all that is unknown
_BAND = 4  # pixels on each side of an outline that are decided anew at the next finer scale

# The shortest outline is none at all: an object of faint colours may vanish from its box, with
# OpenCV's engine too. But something was said to be there: then colours count more, and the
# outline less, until something is left.
_LEAST_LEFT = 0.01
_EMPHASES = (1, 2, 4, 8)

Window = tuple[slice, slice]
Models = tuple[ColourModel, ColourModel]
"""What the foreground and the background look like."""


def cut_coarse_to_fine(
    image: Image, given: NDArray[np.float32], *, iterations: int, prior_weight: float
) -> tuple[Flags, LogOdds]:
    """Find the foreground from coarse to fine.

    Args:
        image: (H, W, 3) uint8.
        given: (H, W) float32, the prior's foreground: 0 and 1 are certain, between is decided.
            Something is to be decided, something is at least 0.5, and something below.
        iterations: how often the coarsest copy is cut, at most; each finer one is cut once.
        prior_weight: what the logit of `given` counts beside the log odds of the colours.

    Returns:
        (H, W) bool, and (H, W) float32: the log odds that the last cut went by.
    """
    unknown = (given > 0) & (given < 1)
    side, window = _window(unknown)
    scene = _scene_of(image, given, unknown, window, prior_weight)
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
    """Cut from the coarsest to the finest scale; what colours say counts `emphasis` times."""
    labels, log_odds = start, scene.leaning
    models: Models | None = None
    for scale in scales:
        level = _Level.of(scene, scale)
        coarsest = models is None
        for _ in range(iterations if coarsest else 1):
            counts = scene.counts(labels)
            if not all(count.any() for count in counts):
                break  # nothing of the one is left to learn from: all is the other
            models = _learned(scene.palette, counts, models)
            log_odds = scene.log_odds(models)
            before = labels
            labels = level.cut(emphasis * log_odds, labels, whole=coarsest)
            if np.array_equal(labels, before):
                break
    return labels, log_odds


def _is_lost(scene: _Scene, start: Flags, labels: Flags) -> bool:
    """Whether hardly anything is left of an object that was said to be there."""
    if scene.sure_counts.any():
        return False
    left, before = (np.count_nonzero(flags & scene.unknown) for flags in (labels, start))
    return bool(left < _LEAST_LEFT * before)


def _window(unknown: Flags) -> tuple[int, Window]:
    """The long side of the box around the unknown pixels, and that box with a margin."""
    spans = [np.flatnonzero(unknown.any(axis=axis)) for axis in (1, 0)]
    side = max(int(span[-1] - span[0]) + 1 for span in spans)
    margin = _MARGIN * _scales(side)[0]
    rows, columns = (slice(max(0, span[0] - margin), span[-1] + 1 + margin) for span in spans)
    return side, (rows, columns)


def _scales(side: int) -> list[int]:
    """Powers of two down to 1, the first of which makes `side` at most `COARSE_SIDE`."""
    halvings = max(0, math.ceil(math.log2(side / COARSE_SIDE)))
    return [2**power for power in range(halvings, -1, -1)]


@dataclass(frozen=True)
class _Scene:
    """What stays as it is between cuts; (h, w) is the window around what is unknown.

    Attributes:
        palette: the colours of the whole photo.
        all_counts: (N,) how many pixels of the photo have each colour.
        sure_counts: (N,) how many of these are certain to be foreground.
        pixels: (h, w) which colour each pixel has.
        guide: (h, w, 2) where contrasts are looked for.
        unknown: (h, w) what is to be decided.
        leaning: (h, w) log odds that the prior adds to those of the colours.
    """

    palette: Palette
    all_counts: Counts
    sure_counts: Counts
    pixels: NDArray[np.int32]
    guide: NDArray[np.uint8]
    unknown: Flags
    leaning: LogOdds

    def counts(self, labels: Flags) -> tuple[Counts, Counts]:
        """How many pixels of the photo have each colour: of the foreground, of the background."""
        found = self.palette.counts(self.pixels[labels & self.unknown])
        foreground = self.sure_counts + found
        return foreground, self.all_counts - foreground

    def log_odds(self, models: Models) -> LogOdds:
        foreground, background = (model.log_likelihood(self.palette) for model in models)
        # Certain pixels have the odds of their colours too: the solver decides nothing there, but
        # would take a step at the edge of a box for a contrast that outlines should follow.
        return (foreground - background).astype(np.float32)[self.pixels] + self.leaning


def _scene_of(
    image: Image,
    given: NDArray[np.float32],
    unknown: Flags,
    window: Window,
    prior_weight: float,
) -> _Scene:
    palette = palette_of(image)
    all_counts = palette.counts(palette.pixels)
    near, inside = given[window], unknown[window]
    return _Scene(
        palette=palette,
        all_counts=all_counts,
        sure_counts=palette.counts(palette.pixels[given == 1]),
        pixels=np.ascontiguousarray(palette.pixels[window]),
        guide=guide_of(np.ascontiguousarray(image[window]), palette, all_counts),
        unknown=inside,
        leaning=np.where(inside, prior_weight * _logit(near), np.float32(0)),
    )


def _learned(palette: Palette, counts: tuple[Counts, Counts], models: Models | None) -> Models:
    """One step of learning, from the last models or from nothing."""
    before = models or tuple(first_model(palette, count) for count in counts)
    foreground, background = (
        model.relearned(palette, count) for model, count in zip(before, counts, strict=True)
    )
    return foreground, background


@dataclass(frozen=True)
class _Level:
    """The window at one scale.

    Attributes:
        scale: how many pixels wide one of this level is.
        inside: (h, w) bool at full size, what is to be decided.
        guide: (h / scale, w / scale, 2) uint8.
        unknown: (h / scale, w / scale) bool, the same, by majority.
    """

    scale: int
    inside: Flags
    guide: NDArray[np.uint8]
    unknown: Flags

    @classmethod
    def of(cls, scene: _Scene, scale: int) -> _Level:
        guide = np.asarray(_shrunk(scene.guide, scale), np.uint8)
        unknown = _shrunk(scene.unknown.astype(np.float32), scale) > 0.5
        return cls(scale, scene.unknown, guide, unknown)

    def cut(self, log_odds: LogOdds, labels: Flags, *, whole: bool) -> Flags:
        """Cut all that is unknown, or only the band along the outline of the labels.

        Both the labels and the result are (h, w) at full size.
        """
        coarse = _shrunk(labels.astype(np.float32), self.scale) > 0.5
        unknown = self.unknown if whole else self.unknown & _band(coarse)
        odds = self.scale * _shrunk(log_odds, self.scale)
        found = cut(self.guide, odds, unknown, coarse)
        return np.where(self.inside, _enlarged(found, *labels.shape), labels)


def _shrunk(plane: NDArray[Any], scale: int) -> NDArray[Any]:
    if scale == 1:
        return plane
    height, width = plane.shape[:2]
    size = max(1, round(width / scale)), max(1, round(height / scale))
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)


def _enlarged(labels: Flags, height: int, width: int) -> Flags:
    if labels.shape == (height, width):
        return labels
    plane = labels.astype(np.float32)
    return cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5


def _band(labels: Flags) -> Flags:
    """What lies within `_BAND` pixels of an outline."""
    square = np.ones((2 * _BAND + 1, 2 * _BAND + 1), np.uint8)
    plane = labels.astype(np.uint8)
    return np.asarray(cv2.dilate(plane, square) > cv2.erode(plane, square))


def _logit(probability: NDArray[np.float32]) -> LogOdds:
    """Log odds of probabilities, limited to what still decides."""
    with np.errstate(divide="ignore"):
        odds = np.log(probability) - np.log1p(-probability)
    return np.asarray(np.clip(odds, -MOST, MOST), np.float32)
