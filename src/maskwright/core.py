"""The one seam: what a segmenter is, the arrays that cross it, and the ways to combine segmenters.

Every room may import this module; it imports none of them.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from threading import local
from typing import Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Image: TypeAlias = NDArray[np.uint8]
"""A photo: (H, W, 3) uint8, sRGB, upright."""

Probs: TypeAlias = NDArray[np.float32]
"""Class probabilities: (H, W, K) float32 in [0, 1], summing to 1 over K; class 0 is background."""

Mask: TypeAlias = NDArray[np.uint8]
"""Class indices: (H, W) uint8, 0 to K-1, and `VOID` where nothing is known."""

_Value = TypeVar("_Value", np.uint8, np.float32)

VOID = 255
"""Mask value of pixels that count nowhere: not in training, not in any figure."""


@dataclass(frozen=True)
class Pair:
    """A photo with its mask.

    Attributes:
        name: the photo's path inside its data folder, without ending.
        image: (H, W, 3) uint8, sRGB, upright.
        mask: (H, W) uint8 class indices, `VOID` where nothing is known.
    """

    name: str
    image: Image
    mask: Mask


class Segmenter(Protocol):
    """Anything that turns a photo into class probabilities.

    A segmenter is deterministic, leaves its inputs unchanged and may be called from several
    threads. The mask is always the argmax: a calibrated threshold lives inside the segmenter.

    Attributes:
        classes: names of the K classes; the first is the background.
    """

    @property
    def classes(self) -> tuple[str, ...]: ...

    def __call__(self, image: Image, prior: Probs | None = None) -> Probs:
        """Segment one photo.

        Args:
            image: (H, W, 3) uint8, sRGB, upright; any H and W from 1.
            prior: what is already known, (H, W, K) float32: exactly 0 or 1 is certain, 0.5 is
                unknown, between is a leaning. Segmenters that need no seeds ignore it.

        Returns:
            (H, W, K) float32, summing to 1 over K.
        """
        ...


@dataclass(frozen=True)
class _Wrapped:
    classes: tuple[str, ...]
    run: Callable[[Image, Probs | None], Probs]

    def __call__(self, image: Image, prior: Probs | None = None) -> Probs:
        return self.run(image, prior)


def from_function(
    classes: tuple[str, ...], function: Callable[[Image, Probs | None], Probs]
) -> Segmenter:
    """Make a segmenter of a plain function.

    Args:
        classes: names of the K classes.
        function: (image, prior) -> (H, W, K) float32.
    """
    return _Wrapped(classes, function)


def normalised(probs: Probs) -> Probs:
    """Scale (H, W, K) non-negative values to sum to 1 over K; all-zero pixels become uniform."""
    # Class by class: along a last axis as short as K numpy is up to forty times slower.
    total = reduce(np.add, np.moveaxis(probs, 2, 0))
    scaled: Probs = np.full(probs.shape, 1 / probs.shape[2], np.float32)
    for label in range(probs.shape[2]):
        np.divide(probs[:, :, label], total, out=scaled[:, :, label], where=total > 0)
    return scaled


def resized(probs: Probs, height: int, width: int) -> Probs:
    """Resize probabilities bilinearly to (height, width, K); each pixel still sums to 1."""
    import cv2  # the public face must import in a blink: OpenCV waits until it is needed

    if probs.shape[:2] == (height, width):
        return probs
    grown = cv2.resize(probs, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(grown, np.float32).reshape(height, width, probs.shape[2])


def resized_mask(mask: Mask, height: int, width: int) -> Mask:
    """Resize a mask to (height, width) by nearest neighbours."""
    import cv2

    if mask.shape == (height, width):
        return mask
    nearest = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(nearest, np.uint8).reshape(height, width)


def shrunk(image: NDArray[_Value], long_side: int) -> NDArray[_Value]:
    """Shrink a photo, or probabilities, by pixel areas to at most `long_side`; never enlarge."""
    import cv2

    height, width = image.shape[:2]
    scale = long_side / max(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), image.dtype)


def at_size(segmenter: Segmenter, long_side: int) -> Segmenter:
    """Run a segmenter on a shrunk copy of large photos.

    Args:
        segmenter: what to run.
        long_side: photos whose long side exceeds this many pixels are shrunk to it; the
            probabilities are enlarged back bilinearly.
    """

    def run(image: Image, prior: Probs | None) -> Probs:
        small = shrunk(image, long_side)
        if prior is not None:
            prior = resized(prior, *small.shape[:2])
        return resized(segmenter(small, prior), *image.shape[:2])

    return _Wrapped(segmenter.classes, run)


def flips(segmenter: Segmenter) -> Segmenter:
    """Average a segmenter over the photo and its left-right mirror (test-time augmentation)."""

    def run(image: Image, prior: Probs | None) -> Probs:
        mirrored_prior = None if prior is None else _mirrored(prior)
        straight = segmenter(image, prior)
        mirrored = segmenter(_mirrored(image), mirrored_prior)
        return (straight + _mirrored(mirrored)) * np.float32(0.5)

    return _Wrapped(segmenter.classes, run)


def _mirrored(pixels: NDArray[_Value]) -> NDArray[_Value]:
    import cv2

    # Not numpy's [:, ::-1], which takes ten to forty times as long to copy.
    return np.asarray(cv2.flip(pixels, 1), pixels.dtype).reshape(pixels.shape)


def chain(first: Segmenter, second: Segmenter) -> Segmenter:
    """Let `second` start from what `first` found: its output becomes the prior.

    Raises:
        ValueError: they have different numbers of classes.
    """
    if len(first.classes) != len(second.classes):
        raise ValueError(
            f"cannot chain {len(first.classes)} classes {first.classes} "
            f"to {len(second.classes)} classes {second.classes}"
        )

    def run(image: Image, prior: Probs | None) -> Probs:
        return second(image, first(image, prior))

    return _Wrapped(second.classes, run)


def cache_recent(segmenter: Segmenter, *, most: int = 64) -> Segmenter:
    """Keep what a segmenter found in the last images, for several methods that ask the same.

    Args:
        segmenter: one that ignores the prior.
        most: results kept for each thread; every thread has images of its own.
    """
    kept = local()

    def run(image: Image, prior: Probs | None) -> Probs:
        recent: OrderedDict[bytes, Probs] = kept.__dict__.setdefault("recent", OrderedDict())
        key = hashlib.blake2b(image.tobytes() + repr(image.shape).encode()).digest()
        if key not in recent:
            recent[key] = segmenter(image)
            if len(recent) > most:
                recent.popitem(last=False)
        recent.move_to_end(key)
        return recent[key]

    return _Wrapped(segmenter.classes, run)


def thresholded(segmenter: Segmenter, threshold: float) -> Segmenter:
    """Call a pixel foreground above another probability than one half.

    The probabilities are shifted on the logit scale, so that the argmax is the mask again and
    nothing downstream needs to know of a threshold.

    Args:
        segmenter: one with two classes.
        threshold: in (0, 1); foreground where its probability is more than this.

    Raises:
        ValueError: more than two classes, or a threshold outside (0, 1).
    """
    if len(segmenter.classes) != 2:
        raise ValueError("a threshold needs exactly two classes, background and foreground")
    if not 0 < threshold < 1:
        raise ValueError(f"a threshold lies between 0 and 1, not at {threshold}")
    return weighted(segmenter, np.array([threshold, 1 - threshold], np.float32))


def weighted(segmenter: Segmenter, weights: NDArray[np.float32]) -> Segmenter:
    """Multiply the probabilities of each class by a weight, (K,), and scale them to sum to 1."""

    def run(image: Image, prior: Probs | None) -> Probs:
        return normalised(segmenter(image, prior) * weights)

    return _Wrapped(segmenter.classes, run)
