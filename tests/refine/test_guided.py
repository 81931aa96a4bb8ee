"""Outlines follow the photo."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from maskwright.core import Image, Mask, Probs, normalised, resized
from maskwright.metrics.boundary import boundary_f
from maskwright.metrics.region import confusion
from maskwright.refine import guided as module
from maskwright.refine.enlarge import enlarge_mask, enlarge_plane
from maskwright.refine.guided import fit_colours, guided


def scene(height: int = 320, width: int = 480) -> tuple[Image, Mask]:
    """A star of one colour on another, with noise, and its mask."""
    angles = np.linspace(0, 2 * np.pi, 10, endpoint=False)
    radii = height * np.where(np.arange(10) % 2, 0.2, 0.42)
    corners = np.stack([width / 2 + radii * np.cos(angles), height / 2 + radii * np.sin(angles)], 1)
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 1)
    clean = np.where(mask[:, :, None] > 0, (200, 120, 60), (60, 130, 120))
    noise = np.random.default_rng(0).normal(0, 8, clean.shape)
    return np.clip(clean + noise, 0, 255).astype(np.uint8), mask


def coarse(mask: Mask, factor: int = 4) -> Probs:
    """What a network makes of it: small and blurred."""
    size = (mask.shape[1] // factor, mask.shape[0] // factor)
    small = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    found = np.asarray(cv2.GaussianBlur(small, (0, 0), 2), np.float32)
    return np.dstack([1 - found, found])


def accuracy(truth: Mask, prediction: Mask) -> float:
    table = confusion(truth, prediction, 2)
    return float(np.trace(table) / table.sum())


def test_outlines_come_nearer_to_the_photos() -> None:
    image, mask = scene()
    probs = coarse(mask)
    plain = resized(probs, *mask.shape).argmax(axis=2).astype(np.uint8)
    followed = guided(probs, image).argmax(axis=2).astype(np.uint8)
    assert boundary_f(mask, followed) > boundary_f(mask, plain) + 0.1
    assert accuracy(mask, followed) > accuracy(mask, plain)


def test_a_flat_photo_changes_next_to_nothing() -> None:
    _, mask = scene()
    probs = coarse(mask)
    flat = np.full((*mask.shape, 3), 99, np.uint8)
    difference = np.abs(guided(probs, flat) - resized(probs, *mask.shape))
    assert difference.mean() < 0.02
    level = np.full((20, 30, 2), 0.5, np.float32)
    level[:, :, 1], level[:, :, 0] = 0.3, 0.7
    np.testing.assert_allclose(guided(level, flat)[:, :, 1], 0.3, atol=1e-5)


def test_a_small_object_that_colour_does_not_show_stays() -> None:
    probs = np.zeros((64, 64, 2), np.float32)
    probs[28:34, 28:34, 1] = 1
    probs[:, :, 0] = 1 - probs[:, :, 1]
    noise = np.random.default_rng(0).integers(90, 110, (128, 128, 3)).astype(np.uint8)
    found = guided(probs, noise).argmax(axis=2)
    assert found[60:64, 60:64].all()
    assert found.sum() > 0.6 * 144


@pytest.mark.parametrize("classes", [2, 3, 6])
def test_the_result_is_probabilities(classes: int) -> None:
    rng = np.random.default_rng(0)
    probs = normalised(rng.random((24, 32, classes), dtype=np.float32) ** 8)
    image = rng.integers(0, 256, (50, 70, 3)).astype(np.uint8)
    before = probs.copy(), image.copy()
    found = guided(probs, image)
    assert found.dtype == np.float32
    assert found.shape == (50, 70, classes)
    assert found.min() >= 0
    assert found.max() <= 1
    np.testing.assert_allclose(found.sum(axis=2), 1, atol=1e-5)
    np.testing.assert_array_equal(probs, before[0])
    np.testing.assert_array_equal(image, before[1])


def test_two_classes_of_three_that_never_occur_change_nothing() -> None:
    image, mask = scene()
    probs = coarse(mask)
    third = np.dstack([probs, np.zeros(probs.shape[:2], np.float32)])
    np.testing.assert_allclose(guided(third, image)[:, :, :2], guided(probs, image), atol=1e-5)


@pytest.mark.parametrize("small", [(1, 1), (1, 7), (2, 3), (33, 5)])
@pytest.mark.parametrize("large", [(1, 1), (5, 1), (1, 64), (40, 41)])
def test_any_size(small: tuple[int, int], large: tuple[int, int]) -> None:
    probs = np.full((*small, 3), 1 / 3, np.float32)
    found = guided(probs, np.zeros((*large, 3), np.uint8))
    np.testing.assert_allclose(found, np.full((*large, 3), 1 / 3), atol=1e-5)


def test_the_small_photo_may_be_given() -> None:
    image, mask = scene()
    probs = coarse(mask)
    shrunk = cv2.resize(image, probs.shape[1::-1], interpolation=cv2.INTER_AREA)
    small = np.asarray(shrunk, np.uint8)
    np.testing.assert_allclose(guided(probs, image, small=small), guided(probs, image), atol=0.05)


def test_strips_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    image, mask = scene()
    probs = coarse(mask)
    whole = guided(probs, image)
    monkeypatch.setattr(module, "_STRIP", 7 * image.shape[1])
    np.testing.assert_allclose(guided(probs, image), whole, atol=1e-5)


def grey_edges() -> Image:
    """Black beside white, in three equal colours: the covariance is all but singular."""
    level = np.zeros((26, 26), np.uint8)
    level[:, 14:] = level[18:, :6] = 255
    return np.repeat(level[:, :, None], 3, axis=2)


@pytest.mark.parametrize("grey", [False, True])
def test_it_is_the_guided_filter(monkeypatch: pytest.MonkeyPatch, grey: bool) -> None:
    """Where fits are trusted: the formula of He, Sun and Tang, reckoned in 64 bits."""
    monkeypatch.setattr(module, "_trust", lambda explained, _: np.ones_like(explained))
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (26, 26, 3)).astype(np.uint8)
    image = grey_edges() if grey else image
    plane = rng.random((26, 26)).astype(np.float32)
    plane = (0.2 * plane + 0.8 * (image[:, :, 0] > 0)).astype(np.float32) if grey else plane
    fit = fit_colours(np.dstack([1 - plane, plane]), image)
    height, width = fit.planes.shape[2:]
    colours = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA) / 255
    small = cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA)
    side = 2 * module._RADIUS + 1
    padded = np.pad(colours, ((side // 2,) * 2, (side // 2,) * 2, (0, 0)), "symmetric")
    values = np.pad(small, side // 2, "symmetric")
    gains, offsets = np.empty((height, width, 3)), np.empty((height, width))
    for row in range(height):
        for column in range(width):
            window = padded[row : row + side, column : column + side].reshape(-1, 3)
            value = values[row : row + side, column : column + side].ravel()
            mean = window.mean(axis=0)
            covariance = (window - mean).T @ (window - mean) / len(window)
            together = (window - mean).T @ (value - value.mean()) / len(window)
            gain = np.linalg.solve(covariance + module._FLAT * np.eye(3), together)
            gains[row, column] = gain
            offsets[row, column] = value.mean() - gain @ mean
    size = (side, side)
    smooth = [cv2.blur(one, size, borderType=cv2.BORDER_REFLECT) for one in (gains, offsets)]
    np.testing.assert_allclose(fit.planes[0, :3] * 255, smooth[0].transpose(2, 0, 1), atol=1e-3)
    np.testing.assert_allclose(fit.planes[0, 3], smooth[1], atol=1e-3)


def test_masks_and_planes_of_large_photos_follow_them() -> None:
    image, mask = scene(640, 960)
    probs = coarse(mask, 8)
    plain = enlarge_mask(probs, *mask.shape)
    followed = enlarge_mask(probs, *mask.shape, photo=image)
    assert boundary_f(mask, followed) > boundary_f(mask, plain) + 0.1
    expected = guided(probs, image)
    np.testing.assert_array_equal(followed, expected.argmax(axis=2))
    plane = enlarge_plane(probs, 1, *mask.shape, top=65535, photo=image)
    np.testing.assert_allclose(plane / 65535, expected[:, :, 1], atol=1e-4)
    three = np.dstack([probs, np.zeros(probs.shape[:2], np.float32)])
    np.testing.assert_array_equal(enlarge_mask(three, *mask.shape, photo=image), followed)


def test_what_needs_no_enlarging_is_left_alone() -> None:
    image, mask = scene()
    probs = resized(coarse(mask), *mask.shape)
    np.testing.assert_array_equal(
        enlarge_mask(probs, *mask.shape, photo=image), probs.argmax(axis=2)
    )
