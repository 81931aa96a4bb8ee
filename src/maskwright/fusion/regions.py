"""The connected regions in which two masks of a photo differ."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class DisputedRegions:
    """The N connected regions in which two masks differ, each in one direction.

    Attributes:
        labels: (H, W) int32: 0 where the masks agree, else the number of the region from 1. First
            come the regions that only the other mask has, then those that only the one has.
        areas: (N + 1,) pixels; the first is where the masks agree.
    """

    labels: NDArray[np.int32]
    areas: NDArray[np.int64]

    @classmethod
    def between(cls, one: Flags, other: Flags) -> DisputedRegions:
        """Find the regions; pixels that only touch at a corner are not connected."""
        added, labels = _connected(other & ~one)
        removed, others = _connected(one & ~other)
        labels[others > 0] = others[others > 0] + added
        return cls(labels, np.bincount(labels.ravel(), minlength=added + removed + 1))

    def __len__(self) -> int:
        return len(self.areas) - 1

    def mask(self, chosen: Flags) -> Flags:
        """Return the pixels of the regions that are chosen, (N,) bool -> (H, W) bool."""
        return np.concatenate([[False], chosen])[self.labels]

    def means(self, plane: NDArray[np.generic], where: Flags | None = None) -> NDArray[np.float64]:
        """Average a plane (H, W) over each region: (N,); 0 if no pixel counts.

        Args:
            plane: the values.
            where: (H, W) the pixels that count [default: all].
        """
        at = self._disputed if where is None else self._disputed[where.ravel()[self._disputed]]
        labels = self.labels.ravel()[at]
        sums = np.bincount(
            labels, weights=plane.ravel()[at].astype(np.float64), minlength=len(self.areas)
        )
        counts = np.bincount(labels, minlength=len(self.areas))
        return np.asarray((sums / np.maximum(counts, 1))[1:])

    def nearest(self, height: int, width: int) -> NDArray[np.int32]:
        """Return the number of the nearest region for each pixel at another size.

        Returns:
            (height, width) int32; all 0 if there are no regions.
        """
        disputed = self.labels > 0
        _, origins = cv2.distanceTransformWithLabels(
            (~disputed).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
        )
        numbers = np.zeros(int(origins.max()) + 1, np.int32)
        numbers[origins[disputed]] = self.labels[disputed]
        near = cv2.resize(numbers[origins], (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
        return np.asarray(near, np.int32).reshape(height, width)

    @cached_property
    def _disputed(self) -> NDArray[np.intp]:
        """Flat indices of the pixels in regions."""
        return np.flatnonzero(self.labels)


def _connected(mask: Flags) -> tuple[int, NDArray[np.int32]]:
    """Return the number of connected regions of a mask, and their labels from 1, (H, W)."""
    many, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    return many - 1, np.asarray(labels, np.int32)
