"""What the picture files hold, read back with another library than the one that wrote them."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pictures
from PIL import ImageCms

from maskwright.outputs.pictures import (
    Encoded,
    compose,
    composed_png,
    covering,
    cutout_png,
    mask_png,
    overlay_jpg,
    probability_png,
)


def opened(data: Encoded) -> Pictures.Image:
    return Pictures.open(io.BytesIO(data))


def noise(height: int, width: int, channels: int = 3) -> NDArray[np.uint8]:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (height, width, channels)).astype(np.uint8)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (37, 41)])
def test_masks_are_0_and_255_or_class_indices(size: tuple[int, int]) -> None:
    mask = np.random.default_rng(0).integers(0, 2, size).astype(np.uint8)
    two = opened(mask_png(mask, 2))
    assert two.mode == "L"
    np.testing.assert_array_equal(np.asarray(two), mask * 255)
    np.testing.assert_array_equal(np.asarray(opened(mask_png(mask * 3, 4))), mask * 3)


def test_probabilities_keep_16_bits() -> None:
    plane = np.arange(0, 65536, 7).astype(np.uint16)[None]
    read = opened(probability_png(plane))
    np.testing.assert_array_equal(np.asarray(read).astype(np.uint16), plane)


def test_cutouts_keep_pixels_and_profile() -> None:
    pixels, alpha = noise(20, 30), noise(20, 30, 1)[:, :, 0]
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = cutout_png(np.dstack([pixels, alpha]), icc)
    read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert read is not None
    np.testing.assert_array_equal(read[:, :, 2::-1], pixels)
    np.testing.assert_array_equal(read[:, :, 3], alpha)
    assert opened(data).info["icc_profile"] == icc
    assert "icc_profile" not in opened(cutout_png(np.dstack([pixels, alpha]), None)).info


def composed(
    image: NDArray[np.uint8], alpha: NDArray[np.uint8], background: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Composed in strips of 7 rows, encoded and read back."""
    canvas = background.copy()
    rows = [slice(first, min(first + 7, len(image))) for first in range(0, len(image), 7)]
    compose([(some, image[some]) for some in rows], alpha, canvas)
    return np.asarray(opened(composed_png(canvas)), np.uint8)


def test_compositions_blend_exactly() -> None:
    height, width = 600, 5  # more rows than one strip
    image, background = noise(height, width), noise(height, width)[::-1]
    alpha = noise(height, width, 1)[:, :, 0]
    read = composed(image, alpha, background)
    share = alpha[:, :, None] / 255
    np.testing.assert_allclose(read, image * share + background * (1 - share), atol=0.51)
    for value, expected in ((0, background), (255, image)):
        whole = np.full((height, width), value, np.uint8)
        np.testing.assert_array_equal(composed(image, whole, background), expected)


def test_overlays_tint_the_object_and_leave_the_rest() -> None:
    image = np.full((60, 80, 3), 100, np.uint8)
    mask = np.zeros((60, 80), np.uint8)
    mask[16:40, 16:40] = 1
    mask[16:40, 56:72] = 2
    before = image.copy()
    drawn = np.asarray(opened(overlay_jpg(image, mask))).astype(int)
    assert np.abs(drawn[50:, :8] - 100).max() < 12
    first, second = drawn[28, 28], drawn[28, 64]
    assert np.abs(first - 100).max() > 30
    assert np.abs(second - 100).max() > 30
    assert np.abs(first - second).max() > 30, "two classes look different"
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("size", [(10, 10), (7, 31), (90, 20), (1, 1)])
def test_a_background_covers_without_being_stretched(size: tuple[int, int]) -> None:
    rows, columns = np.mgrid[:40, :60]
    background = np.dstack([rows, columns, rows]).astype(np.uint8)
    covered = covering(background, *size).astype(float)
    assert covered.shape == (*size, 3)
    if min(size) > 1:
        down = np.diff(covered[:, size[1] // 2, 0]).mean()
        across = np.diff(covered[size[0] // 2, :, 1]).mean()
        assert down == pytest.approx(across, rel=0.25)
        assert covered[:, :, 0].mean() == pytest.approx(19.5, abs=1), "centred"
        assert covered[:, :, 1].mean() == pytest.approx(29.5, abs=1.5), "centred"


def test_a_colour_covers_everything() -> None:
    colour = np.array([[[255, 136, 0]]], np.uint8)
    assert (covering(colour, 5, 9) == colour).all()
