"""Colour models: what the foreground and the background of one photo look like, as mixtures.

A mixture of Gaussians is learned from how often each colour occurs, not from pixels: a photo has
some ten thousand colours once the two lowest bits are dropped, and fifteen times as many pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image

Floats = NDArray[np.float64]
Counts = NDArray[np.float64]
"""(N,) how many pixels have each colour of a palette."""

COMPONENTS = 5
"""Gaussians of a mixture, as in GrabCut."""

_BITS = 6
_STEP = 1 << (8 - _BITS)
_KMEANS_ROUNDS = 10
# The variance of a uniform error of one step: what dropping the low bits took away. It also keeps
# the covariance of a single colour from being singular.
_LEAST_VARIANCE = _STEP**2 / 12
_ROWS, _COLUMNS = np.triu_indices(3)


@dataclass(frozen=True)
class Palette:
    """The colours of a photo.

    Attributes:
        pixels: (H, W) int32, which colour each pixel has.
        colours: (N, 3) float64, RGB.
        terms: (N, 10) float64, the products that any quadratic form of a colour is a sum of: 1,
            the three channels, and their six products. Moments and likelihoods of mixtures are
            then matrix products.
    """

    pixels: NDArray[np.int32]
    colours: Floats
    terms: Floats

    def counts(self, pixels: NDArray[np.int32]) -> Counts:
        """(N,) how often each colour occurs among these pixels, of any shape."""
        return np.bincount(pixels.ravel(), minlength=len(self.colours)).astype(np.float64)


def palette_of(image: Image) -> Palette:
    """The colours of a photo (H, W, 3), each channel cut down to its six highest bits."""
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
        forms: (10, K) float64, each Gaussian's log density as factors of `Palette.terms`.
    """

    log_weights: Floats
    forms: Floats

    def log_likelihood(self, palette: Palette) -> Floats:
        """(N,) the log density of each colour, up to a constant that all mixtures share."""
        each = palette.terms @ self.forms + self.log_weights
        highest = each.max(axis=1)
        return np.asarray(highest + np.log(np.exp(each - highest[:, None]).sum(axis=1)))

    def relearned(self, palette: Palette, counts: Counts) -> ColourModel:
        """Give each colour to the Gaussian that makes it likeliest, and learn from that.

        Args:
            palette: the colours of the photo.
            counts: (N,) how many pixels of each; at least one is not 0.
        """
        nearest = (palette.terms @ self.forms).argmax(axis=1)
        return _model_of(palette.terms, counts, nearest)


def first_model(palette: Palette, counts: Counts) -> ColourModel:
    """Learn a mixture from nothing: by k-means, which starts from splits along the main axis.

    Args:
        palette: the colours of the photo.
        counts: (N,) how many pixels of each; at least one is not 0.
    """
    seen = counts > 0
    terms, counts = palette.terms[seen], counts[seen]
    return _model_of(terms, counts, _k_means(terms, counts, _split(terms, counts)))


def model_from(weights: Floats, means: Floats, covariances: Floats) -> ColourModel:
    """A mixture from its parts.

    Args:
        weights: (K,), positive.
        means: (K, 3), RGB.
        covariances: (K, 3, 3), not singular.
    """
    means = means - _MIDDLE
    precisions = np.linalg.inv(covariances)
    slopes = np.einsum("kij,kj->ki", precisions, means)
    constants = -0.5 * ((means * slopes).sum(axis=1) + np.linalg.slogdet(covariances)[1])
    # A product of two different channels stands once in the terms and twice in the form.
    squares = -0.5 * precisions[:, _ROWS, _COLUMNS] * np.where(_ROWS == _COLUMNS, 1, 2)
    forms = np.concatenate([constants[:, None], slopes, squares], axis=1).T
    return ColourModel(np.log(weights), forms)


# Around the middle the squares stay small, and with them the rounding errors of their differences.
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
    """Sizes (K,), means (K, 3) around the middle, and covariances (K, 3, 3)."""
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
    """Split the cluster that spreads most, across its main axis, until there are enough.

    Source: Orchard and Bouman: Color quantization of images (IEEE Transactions on Signal
    Processing, 1991). Unlike k-means++ it draws nothing at random.
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
