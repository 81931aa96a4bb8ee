"""What every segmenter keeps to, whoever made it.

`CHECKS` holds one function per rule; each takes a segmenter and fails with an assertion. A rule
that a test runs over `SEGMENTERS` (tests/test_contract.py) binds every kind named there.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from maskwright.core import Image, Probs, Segmenter, thresholded

SIZES = [(1, 1), (1, 37), (41, 1), (2, 3), (33, 47), (64, 64)]
_SUM_ERROR = 1e-5


def photo(height: int, width: int, seed: int = 0) -> Image:
    """A photo with a coloured disc on noise: something to find, at any size."""
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 90, (height, width, 3)).astype(np.uint8)
    rows, columns = np.mgrid[:height, :width]
    disc = (rows - height / 2) ** 2 + (columns - width / 2) ** 2 < (min(height, width) / 3) ** 2
    image[disc] = (220, 60, 40)
    return image


def prior_of(segmenter: Segmenter, height: int, width: int, label: int | None) -> Probs:
    """A prior that is certain of one class, or knows nothing anywhere (label None)."""
    classes = len(segmenter.classes)
    if label is None:
        return np.full((height, width, classes), 1 / classes, np.float32)
    return np.eye(classes, dtype=np.float32)[np.full((height, width), label)]


def assert_probabilities(probs: Probs, image: Image, segmenter: Segmenter) -> None:
    assert isinstance(probs, np.ndarray)
    assert probs.dtype == np.float32
    assert probs.shape == (*image.shape[:2], len(segmenter.classes))
    assert np.isfinite(probs).all()
    assert probs.min() >= 0
    assert probs.max() <= 1 + _SUM_ERROR
    np.testing.assert_allclose(probs.sum(axis=2), 1, atol=_SUM_ERROR)


def names_its_classes(segmenter: Segmenter) -> None:
    classes = segmenter.classes
    assert isinstance(classes, tuple)
    assert len(classes) >= 2
    assert all(isinstance(name, str) and name for name in classes)
    assert len(set(classes)) == len(classes)


def gives_probabilities_at_every_size(segmenter: Segmenter) -> None:
    for height, width in SIZES:
        image = photo(height, width)
        assert_probabilities(segmenter(image), image, segmenter)


def takes_grey_black_and_white_photos(segmenter: Segmenter) -> None:
    grey = photo(21, 30).mean(axis=2, keepdims=True).astype(np.uint8).repeat(3, axis=2)
    for image in (grey, np.zeros((21, 30, 3), np.uint8), np.full((21, 30, 3), 255, np.uint8)):
        assert_probabilities(segmenter(image), image, segmenter)


def takes_every_prior(segmenter: Segmenter) -> None:
    """Nothing known, or all certain of one class: seeds that leave nothing to learn from."""
    for height, width in [(1, 1), (1, 9), (19, 26)]:
        image = photo(height, width)
        for label in (None, *range(len(segmenter.classes))):
            prior = prior_of(segmenter, height, width, label)
            assert_probabilities(segmenter(image, prior), image, segmenter)


def repeats_itself(segmenter: Segmenter) -> None:
    image, prior = photo(29, 34), prior_of(segmenter, 29, 34, None)
    prior[8:20, 8:20] = prior_of(segmenter, 12, 12, 1)
    for given in (None, prior):
        first = segmenter(image, given).copy()
        segmenter(photo(13, 17, seed=1))  # what came between must leave no trace
        np.testing.assert_array_equal(segmenter(image, given), first)


def leaves_its_inputs_alone(segmenter: Segmenter) -> None:
    image, prior = photo(27, 31), prior_of(segmenter, 27, 31, 1)
    kept_image, kept_prior = image.copy(), prior.copy()
    result = segmenter(image, prior)
    np.testing.assert_array_equal(image, kept_image)
    np.testing.assert_array_equal(prior, kept_prior)
    # Writing into a result must not reach an input or the next result either.
    expected = result.copy()
    if result.flags.writeable:
        result[:] = 0
        np.testing.assert_array_equal(prior, kept_prior)
    np.testing.assert_array_equal(segmenter(image, prior), expected)


def takes_read_only_and_strided_inputs(segmenter: Segmenter) -> None:
    image, prior = photo(28, 36), prior_of(segmenter, 28, 36, None)
    prior[5:15, 5:15] = prior_of(segmenter, 10, 10, 1)
    expected = segmenter(image, prior)
    image.flags.writeable = prior.flags.writeable = False
    np.testing.assert_array_equal(segmenter(image, prior), expected)
    views = [
        (np.asfortranarray(image), np.asfortranarray(prior)),
        (image[::-1].copy()[::-1], prior[:, ::-1].copy()[:, ::-1]),
        (image.repeat(2, axis=1)[:, ::2], prior.repeat(2, axis=0)[::2]),
    ]
    for strided_image, strided_prior in views:
        np.testing.assert_array_equal(segmenter(strided_image, strided_prior), expected)


def may_be_called_from_threads(segmenter: Segmenter) -> None:
    photos = [photo(20 + 3 * seed, 25 + seed, seed) for seed in range(8)]
    alone = [segmenter(image) for image in photos]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(segmenter, photos * 3))
    for at, probs in enumerate(together):
        np.testing.assert_array_equal(probs, alone[at % len(photos)])


def has_its_threshold_at_the_argmax(segmenter: Segmenter) -> None:
    """The mask is the argmax: with two classes, foreground is where it is more than one half."""
    if len(segmenter.classes) != 2:
        return
    image = photo(33, 47)
    probs = segmenter(image)
    argmax = probs.argmax(axis=2)
    # Rounding may put a pixel at a half on either side: those within it are left out.
    clear = np.abs(probs[:, :, 1] - 0.5) > _SUM_ERROR
    np.testing.assert_array_equal(argmax[clear], (probs[:, :, 1] > 0.5)[clear])
    at_half = thresholded(segmenter, 0.5)(image).argmax(axis=2)
    np.testing.assert_array_equal(at_half[clear], argmax[clear])


CHECKS: list[Callable[[Segmenter], None]] = [
    names_its_classes,
    gives_probabilities_at_every_size,
    takes_grey_black_and_white_photos,
    takes_every_prior,
    repeats_itself,
    leaves_its_inputs_alone,
    takes_read_only_and_strided_inputs,
    may_be_called_from_threads,
    has_its_threshold_at_the_argmax,
]


def refuses(check: Callable[[Segmenter], None], segmenter: Segmenter) -> None:
    """Assert that a check catches a segmenter that breaks its rule."""
    with pytest.raises(AssertionError):
        check(segmenter)
