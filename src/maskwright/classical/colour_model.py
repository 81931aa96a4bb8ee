"""Colour models of the foreground and background of one photo: mixtures of Gaussians.

A mixture is learned from a histogram of colours, not from pixels: without the two lowest bits, a
photo has some ten thousand colours, and fifteen times as many pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image

Floats = NDArray[np.float64]
Counts = NDArray[np.float64]
"""(N,) number of pixels of each colour of a palette."""

COMPONENTS = 5
"""Number of Gaussians in a mixture, as in GrabCut."""

_BITS = 6
_STEP = 1 << (8 - _BITS)
_KMEANS_ROUNDS = 10
# The variance of the rounding error of the dropped bits. It also keeps the covariance of a single
# colour from being singular.
_LEAST_VARIANCE = _STEP**2 / 12
_ROWS, _COLUMNS = np.triu_indices(3)


@dataclass(frozen=True)
class Palette:
    """The colours of a photo.

    Attributes:
        pixels: (H, W) int32, the index of each pixel's colour.
        colours: (N, 3) float64, RGB.
        terms: (N, 10) float64, the terms of a quadratic form of the colour: 1, the three channels,
            and their six products. With them, moments and likelihoods are matrix products.
    """

    pixels: NDArray[np.int32]
    colours: Floats
    terms: Floats

    def counts(self, pixels: NDArray[np.int32]) -> Counts:
        """Count the colours of these pixels, of any shape: (N,)."""
        return np.bincount(pixels.ravel(), minlength=len(self.colours)).astype(np.float64)


def palette_of(image: Image) -> Palette:
    """Return the colours of a photo (H, W, 3) uint8, with the six highest bits of each channel."""
    red, green, blue = np.moveaxis((image >> (8 - _BITS)).astype(np.int32), 2, 0)
    codes = (red << 2 * _BITS) | (green << _BITS) | blue
    present = np.zeros(1 << 3 * _BITS, bool)
    present[codes] = True
    used = np.flatnonzero(present)
    numbers = np.zeros(len(present), np.int32)
    numbers[used] = np.arange(len(used))
    channels = np.stack([used >> 2 * _BITS, used >> _BITS, used], axis=1) & ((1 << _BITS) - 1)
    colours = channels.astype(np.float64) * _STEP + (_STEP - 1) / 2
    return Palette(numbers[codes], colours, _terms(colours))


@dataclass(frozen=True)
class ColourModel:
    """A mixture of up to `COMPONENTS` Gaussians over RGB.

    Attributes:
        log_weights: (K,) float64.
        forms: (10, K) float64, the log density of each Gaussian as factors of `Palette.terms`.
    """

    log_weights: Floats
    forms: Floats

    def log_likelihood(self, palette: Palette) -> Floats:
        """Return the log density of each colour, (N,), up to a constant common to all mixtures."""
        each = palette.terms @ self.forms + self.log_weights
        highest = each.max(axis=1)
        return np.asarray(highest + np.log(np.exp(each - highest[:, None]).sum(axis=1)))

    def relearned(self, palette: Palette, counts: Counts) -> ColourModel:
        """Assign each colour to its most likely Gaussian, and learn the mixture anew.

        Args:
            palette: the colours of the photo.
            counts: (N,) pixels of each colour; at least one is not 0.
        """
        nearest = (palette.terms @ self.forms).argmax(axis=1)
        return _model_of(palette.terms, counts, nearest)


def first_model(palette: Palette, counts: Counts) -> ColourModel:
    """Learn a mixture without a start: by k-means from splits along main axes.

    Args:
        palette: the colours of the photo.
        counts: (N,) pixels of each colour; at least one is not 0.
    """
    seen = counts > 0
    terms, counts = palette.terms[seen], counts[seen]
    return _model_of(terms, counts, _k_means(terms, counts, _split(terms, counts)))


def model_from(weights: Floats, means: Floats, covariances: Floats) -> ColourModel:
    """Make a mixture from its parameters.

    Args:
        weights: (K,), positive.
        means: (K, 3), RGB.
        covariances: (K, 3, 3), not singular.
    """
    means = means - _MIDDLE
    precisions = np.linalg.inv(covariances)
    slopes = np.einsum("kij,kj->ki", precisions, means)
    constants = -0.5 * ((means * slopes).sum(axis=1) + np.linalg.slogdet(covariances)[1])
    # A product of two different channels is one term, but occurs twice in the form.
    squares = -0.5 * precisions[:, _ROWS, _COLUMNS] * np.where(_ROWS == _COLUMNS, 1, 2)
    forms = np.concatenate([constants[:, None], slopes, squares], axis=1).T
    return ColourModel(np.log(weights), forms)


# Centred colours have smaller squares, and so smaller rounding errors in their differences.
_MIDDLE = 128.0


def _terms(colours: Floats) -> Floats:
    centred = colours - _MIDDLE
    ones = np.ones((len(colours), 1))
    return np.concatenate([ones, centred, centred[:, _ROWS] * centred[:, _COLUMNS]], axis=1)


def _model_of(terms: Floats, counts: Counts, cluster: NDArray[np.int64]) -> ColourModel:
    sizes, means, covariances = _clusters(terms, counts, cluster, COMPONENTS)
    kept = sizes > 0
    sizes, means, covariances = sizes[kept], means[kept], covariances[kept]
    spread = covariances + _LEAST_VARIANCE * np.eye(3)
    return model_from(sizes / sizes.sum(), means + _MIDDLE, spread)


def _clusters(
    terms: Floats, counts: Counts, cluster: NDArray[np.int64], number: int
) -> tuple[Counts, Floats, Floats]:
    """Return sizes (K,), means (K, 3) of centred colours, and covariances (K, 3, 3)."""
    member = np.where(cluster[:, None] == np.arange(number), counts[:, None], 0)
    moments = member.T @ terms
    sizes = moments[:, 0]
    moments = moments / np.maximum(sizes, 1)[:, None]
    means = moments[:, 1:4]
    covariances = np.empty((number, 3, 3))
    covariances[:, _ROWS, _COLUMNS] = moments[:, 4:] - means[:, _ROWS] * means[:, _COLUMNS]
    covariances[:, _COLUMNS, _ROWS] = covariances[:, _ROWS, _COLUMNS]
    return sizes, means, covariances


def _split(terms: Floats, counts: Counts) -> NDArray[np.int64]:
    """Split the cluster of largest variance across its main axis, until there are enough.

    Source: Orchard and Bouman: Color quantization of images (IEEE Transactions on Signal
    Processing, 1991). Unlike k-means++ it is deterministic.
    """
    cluster = np.zeros(len(terms), np.int64)
    for number in range(1, COMPONENTS):
        sizes, means, covariances = _clusters(terms, counts, cluster, number)
        spreads, axes = np.linalg.eigh(covariances)
        widest = int(np.argmax(spreads[:, -1] * sizes))
        axis = axes[widest, :, -1]
        beyond = terms[:, 1:4] @ axis > means[widest] @ axis
        cluster[(cluster == widest) & beyond] = number
    return cluster


def _k_means(terms: Floats, counts: Counts, cluster: NDArray[np.int64]) -> NDArray[np.int64]:
    for _ in range(_KMEANS_ROUNDS):
        sizes, means, _ = _clusters(terms, counts, cluster, COMPONENTS)
        nearness = terms[:, 1:4] @ means.T - 0.5 * (means**2).sum(axis=1)
        nearness[:, sizes == 0] = -np.inf
        moved = nearness.argmax(axis=1)
        if np.array_equal(moved, cluster):
            break
        cluster = moved
    return cluster
