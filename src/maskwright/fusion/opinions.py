"""What a network and the classical methods that start from it find in a photo."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.classical.seeds.priors import two_class_probs
from maskwright.core import Image, Segmenter
from maskwright.fusion.odds import chances, log_odds

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

SURE = (0.1, 0.9)
"""Below and above these probabilities the network is taken at its word."""

_SAY = np.float32(0.5)  # of GrabCut's log odds: it saw the network's before it spoke


@dataclass(frozen=True)
class Opinions:
    """The probabilities of foreground that several methods found in one photo.

    Attributes:
        image: (H, W, 3) uint8.
        network: (H, W) float32.
        grabcut: (H, W) float32; who does not start from the network's probabilities is welcome
            too, but these are what the weights of a gate were learned on.
        siox: (H, W) float32, where it was asked.
    """

    image: Image
    network: Floats
    grabcut: Floats
    siox: Floats | None = None

    @cached_property
    def joint(self) -> Floats:
        """(H, W) what both say together: the log odds of the network, and half of GrabCut's.

        Where the network is sure it stands, so GrabCut can move what is in doubt and no more.
        """
        return chances(self.network_odds + _SAY * self.grabcut_odds).astype(np.float32)

    @cached_property
    def network_odds(self) -> Floats:
        """(H, W) the log odds of the network."""
        return log_odds(self.network)

    @cached_property
    def grabcut_odds(self) -> Floats:
        """(H, W) those of GrabCut."""
        return log_odds(self.grabcut)

    @cached_property
    def disputes(self) -> Disputes:
        """Where both together say otherwise than the network alone."""
        return Disputes.between(self.network > 0.5, self.joint > 0.5)


@dataclass(frozen=True)
class Disputes:
    """The connected pieces in which two masks differ, all of a piece in the same way.

    Attributes:
        labels: (H, W) int32: 0 where they agree, else the number of the piece, from 1; first what
            only the other has, then what only the one has.
        areas: (N + 1,) pixels; the first is where they agree.
    """

    labels: NDArray[np.int32]
    areas: NDArray[np.int64]

    @classmethod
    def between(cls, one: Flags, other: Flags) -> Disputes:
        """Find them; pixels that only touch at a corner are not connected."""
        added, labels = _pieces(other & ~one)
        taken, others = _pieces(one & ~other)
        labels[others > 0] = others[others > 0] + added
        return cls(labels, np.bincount(labels.ravel(), minlength=added + taken + 1))

    def __len__(self) -> int:
        return len(self.areas) - 1

    def nearest(self, height: int, width: int) -> NDArray[np.int32]:
        """The number of the nearest piece, of each pixel at another size; 0 where there is none.

        Args:
            height: rows.
            width: columns.
        """
        disputed = self.labels > 0
        _, origins = cv2.distanceTransformWithLabels(
            (~disputed).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
        )
        numbers = np.zeros(int(origins.max()) + 1, np.int32)
        numbers[origins[disputed]] = self.labels[disputed]
        near = cv2.resize(numbers[origins], (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
        return np.asarray(near, np.int32).reshape(height, width)

    def means(self, plane: NDArray[np.generic], where: Flags | None = None) -> NDArray[np.float64]:
        """The mean of a plane (H, W) in each piece, (N,); 0 where no pixel counts.

        Args:
            plane: what to average.
            where: (H, W) the pixels that count [default: all].
        """
        at = self._disputed if where is None else self._disputed[where.ravel()[self._disputed]]
        labels = self.labels.ravel()[at]
        sums = np.bincount(
            labels, weights=plane.ravel()[at].astype(np.float64), minlength=len(self.areas)
        )
        counts = np.bincount(labels, minlength=len(self.areas))
        return np.asarray((sums / np.maximum(counts, 1))[1:])

    @cached_property
    def _disputed(self) -> NDArray[np.intp]:
        """Where there are pieces, as flat indices."""
        return np.flatnonzero(self.labels)

    def where(self, chosen: Flags) -> Flags:
        """(H, W) bool: the pixels of the pieces that are chosen, (N,) bool."""
        return np.concatenate([[False], chosen])[self.labels]


def seeded(network: Floats, sure: tuple[float, float] = SURE) -> Floats:
    """What GrabCut and SIOX start from: certain where the network is sure, else its leaning.

    Args:
        network: (H, W) float32 probabilities of foreground.
        sure: below the first it is certain background, above the second certain foreground.
    """
    low, high = sure
    seeds = network.copy()
    seeds[network < low] = 0
    seeds[network > high] = 1
    return seeds


def asked(
    image: Image,
    network: Floats,
    grabcut: Segmenter,
    siox: Segmenter | None = None,
    *,
    sure: tuple[float, float] = SURE,
) -> Opinions:
    """Ask the classical methods, each starting from what the network found.

    Args:
        image: (H, W, 3) uint8.
        network: (H, W) float32 probabilities of foreground.
        grabcut: a segmenter that minds its prior.
        siox: another one.
        sure: see `seeded`.
    """
    prior = two_class_probs(seeded(network, sure))
    third = None if siox is None else siox(image, prior)[:, :, 1]
    return Opinions(image, network, grabcut(image, prior)[:, :, 1], third)


def _pieces(mask: Flags) -> tuple[int, NDArray[np.int32]]:
    """How many pieces a mask has, and their numbers from 1, (H, W)."""
    many, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    return many - 1, np.asarray(labels, np.int32)
