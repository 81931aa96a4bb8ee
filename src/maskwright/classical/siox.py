"""SIOX, simple interactive object extraction: segmentation by colour signatures.

Known background, and known foreground if there is some, are each described by a few colours. An
unknown pixel belongs to the side of the nearest colour. Then the areas are smoothed.

Source: Friedland, Jantz, Rojas: SIOX: Simple Interactive Object Extraction in Still Images (IEEE
International Symposium on Multimedia, 2005). Written from a description of the method.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.classical.seeds.priors import foreground_of, two_class_probs
from maskwright.classical.siox_colours import (
    LIMITS,
    Colours,
    Counts,
    lab_of,
    signature,
    squared_distances,
)
from maskwright.classical.siox_shape import (
    Confidence,
    Flags,
    dilate,
    erode,
    fill_colour_regions,
    keep_components,
    smooth,
)
from maskwright.core import Image, Probs, Segmenter, from_function
from maskwright.data.masks.count import packed
from maskwright.data.masks.encoding import BINARY_NAMES

KNOWN_BACKGROUND, KNOWN_FOREGROUND = 0.1, 0.8
"""A prior of at most the first or at least the second is known."""

CLUSTER_SIZE = sum((2 * limit) ** 2 for limit in LIMITS)
"""Squared distance to the background beyond which a colour is not a background colour."""

_DOUBT = np.float32(0.01)


def siox(
    *,
    smoothness: int = 3,
    size_factor: float = 4,
    fill_colours: bool = False,
    cluster_size: float = CLUSTER_SIZE,
    learn_foreground: bool = False,
) -> Segmenter:
    """Make a SIOX segmenter of background and foreground.

    Its seeds are the prior: up to 0.1 is known background, from 0.8 known foreground, and the rest
    is decided. The default prior is a centred box. A prior without known background, or with
    nothing to decide, is returned unchanged. Without known foreground, as with a box, a colour is
    foreground if it is far from all background colours.

    Args:
        smoothness: how often the outline is smoothed, from 0.
        size_factor: areas this many times smaller than the largest area are dropped, except areas
            with certain foreground; 0 keeps the largest area only.
        fill_colours: grow areas into neighbours of the same colour. This finds more of objects of
            one colour, and leaks across soft edges.
        cluster_size: without known foreground, a colour is foreground if its squared distance to
            the background, in CIELAB, is more than this.
        learn_foreground: without known foreground, classify twice, the second time with the
            foreground of the first as known. Not part of the published method.

    Returns:
        A segmenter that gives an unknown pixel its distance to the background, divided by the sum
        of its distances to background and foreground, in CIELAB. If smoothing changed the
        decision, the probability is just on the other side of 0.5.

    Raises:
        ValueError: a negative number.
    """
    if min(smoothness, size_factor, cluster_size) < 0:
        raise ValueError("smoothness, size_factor and cluster_size must not be negative")

    def run(image: Image, prior: Probs | None) -> Probs:
        given = foreground_of(prior, *image.shape[:2])
        background, foreground = given <= KNOWN_BACKGROUND, given >= KNOWN_FOREGROUND
        unknown = ~(background | foreground)
        if not background.any() or not unknown.any():
            return two_class_probs(given)
        palette = _palette(image)
        share = _classified(palette, background, foreground, unknown, cluster_size)
        if learn_foreground and not foreground.any():
            guessed = unknown & (share[palette.pixels] >= 0.5)
            share = _classified(palette, background, guessed, unknown, cluster_size)
        probability = np.where(unknown, share[palette.pixels], given)
        found = np.where(unknown, probability >= 0.5, foreground)
        area = _smooth_areas(found, given == 1, smoothness, size_factor)
        if fill_colours:
            filled = fill_colour_regions(area > 0, palette.lab[palette.pixels], background)
            area = filled.astype(np.float32)
        mask = np.where(given == 0, False, np.where(given == 1, True, dilate(area) > 0))
        return two_class_probs(_on_side_of(mask, probability.astype(np.float32)))

    return from_function(BINARY_NAMES, run)


def _smooth_areas(found: Flags, certain: Flags, smoothness: int, size_factor: float) -> Confidence:
    """Turn classified pixels into smooth areas, 1 inside and 0 outside."""
    confidence = erode(smooth(found.astype(np.float32)))
    confidence = keep_components(confidence, certain, size_factor)
    for _ in range(smoothness):
        confidence = smooth(confidence)
    return keep_components((confidence >= 0.5).astype(np.float32), certain, size_factor)


@dataclass(frozen=True)
class Palette:
    """The colours of a photo: (N, 3) in CIELAB, and (H, W) the index of each pixel's colour."""

    lab: Colours
    pixels: NDArray[np.int64]


def _palette(image: Image) -> Palette:
    numbers, index = np.unique(packed(image), return_inverse=True)
    rgb = np.stack([numbers >> 16, numbers >> 8 & 255, numbers & 255], axis=1)
    return Palette(lab_of(rgb.astype(np.uint8)), index.reshape(image.shape[:2]))


def _classified(
    palette: Palette, background: Flags, foreground: Flags, unknown: Flags, cluster_size: float
) -> NDArray[np.float64]:
    """Return the probability of foreground of each colour of the unknown pixels, (N,).

    Other colours get 0.
    """
    wanted = _counted(palette, unknown) > 0
    colours = palette.lab[wanted]
    to_background = squared_distances(colours, _signature_of(palette, background))
    if foreground.any():
        to_foreground = squared_distances(colours, _signature_of(palette, foreground))
    else:
        to_foreground = np.full(len(colours), np.nextafter(cluster_size, np.inf))
    far, near = np.sqrt(to_background), np.sqrt(to_foreground)
    both = far + near
    share = np.zeros(len(palette.lab))
    share[wanted] = np.divide(far, both, out=np.full_like(far, 0.5), where=both > 0)
    return share


def _signature_of(palette: Palette, where: Flags) -> Colours:
    counts = _counted(palette, where)
    return signature(palette.lab[counts > 0], counts[counts > 0])


def _counted(palette: Palette, where: Flags) -> Counts:
    return np.bincount(palette.pixels[where], minlength=len(palette.lab))


def _on_side_of(mask: Flags, probability: NDArray[np.float32]) -> NDArray[np.float32]:
    """Move probabilities just past 0.5 where the mask disagrees."""
    low, high = np.float32(0.5) - _DOUBT, np.float32(0.5) + _DOUBT
    return np.where(mask, np.maximum(probability, high), np.minimum(probability, low))
