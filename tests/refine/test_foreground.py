"""Cut-outs carry the object's colours, not those of the background they were taken from."""

from __future__ import annotations

import tracemalloc

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from maskwright.core import Image
from maskwright.refine.foreground import bounding_box, cut_out


def disc(height: int = 240, width: int = 320) -> NDArray[np.uint8]:
    """The alpha channel of a disc whose edge is some pixels wide."""
    rows, columns = np.mgrid[:height, :width]
    distance = np.hypot(rows - height / 2, columns - width / 2) - height / 3
    return np.clip(127.5 - 25 * distance, 0, 255).astype(np.uint8)


def mixed(colour: Image, behind: Image, alpha: NDArray[np.uint8]) -> Image:
    share = alpha[:, :, None] / 255
    return np.rint(colour * share + behind * (1 - share)).astype(np.uint8)


def halo(rgba: NDArray[np.uint8], colour: Image, behind: int) -> float:
    """The mean error on a new background, of the pixels in the edge."""
    alpha = rgba[:, :, 3]
    truth = mixed(colour, np.full_like(colour, behind), alpha).astype(float)
    found = mixed(rgba[:, :, :3], np.full_like(colour, behind), alpha).astype(float)
    edge = (alpha > 0) & (alpha < 255)
    return float(np.abs(truth - found)[edge].mean())


@pytest.mark.parametrize("behind", [0, 255])
def test_no_halo_remains(behind: int) -> None:
    alpha = disc()
    colour = np.empty((*alpha.shape, 3), np.uint8)
    colour[:] = np.linspace(60, 200, alpha.shape[1])[:, None]  # the object is no single colour
    photo = mixed(colour, np.full_like(colour, 255 - behind), alpha)
    before = halo(np.dstack([photo, alpha]), colour, behind)
    after = halo(cut_out(photo, alpha), colour, behind)
    assert before > 15
    assert after < before / 3


def test_opaque_and_invisible_pixels_are_the_photos_own() -> None:
    alpha = disc()
    photo = np.random.default_rng(0).integers(0, 256, (*alpha.shape, 3)).astype(np.uint8)
    rgba = cut_out(photo, alpha)
    np.testing.assert_array_equal(rgba[:, :, 3], alpha)
    kept = (alpha == 0) | (alpha == 255)
    np.testing.assert_array_equal(rgba[kept][:, :3], photo[kept])


def test_doubt_inside_the_object_does_not_smear_it() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (200, 200, 3)).astype(np.uint8)
    alpha = np.zeros((200, 200), np.uint8)
    alpha[20:180, 20:180] = 255
    alpha[80:120, 80:120] = 160
    rgba = cut_out(photo, alpha)
    np.testing.assert_array_equal(rgba[80:120, 80:120, :3], photo[80:120, 80:120])


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 1), (2, 3)])
@pytest.mark.parametrize("value", [0, 1, 100, 200, 255])
def test_any_size_and_any_alpha(size: tuple[int, int], value: int) -> None:
    photo = np.full((*size, 3), 77, np.uint8)
    rgba = cut_out(photo, np.full(size, value, np.uint8))
    assert rgba.shape == (*size, 4)
    np.testing.assert_array_equal(rgba[:, :, :3], photo)


def test_strips_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    alpha = disc()
    photo = np.random.default_rng(0).integers(0, 256, (*alpha.shape, 3)).astype(np.uint8)
    whole = cut_out(photo, alpha)
    monkeypatch.setattr("maskwright.refine.foreground._STRIP", 300)
    np.testing.assert_array_equal(cut_out(photo, alpha), whole)


def test_a_part_is_the_very_part_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    alpha = disc()
    photo = np.random.default_rng(0).integers(0, 256, (*alpha.shape, 3)).astype(np.uint8)
    whole = cut_out(photo, alpha)
    monkeypatch.setattr("maskwright.refine.foreground._STRIP", 5 * 320)
    for box in ((slice(17, 130), slice(90, 251)), (slice(239, 240), slice(0, 1))):
        np.testing.assert_array_equal(cut_out(photo, alpha, box=box), whole[box])


def test_no_halo_remains_where_the_object_reaches_the_border() -> None:
    alpha = np.ascontiguousarray(disc()[:, 160:])  # half a disc, cut by the photo's left side
    colour = np.full((*alpha.shape, 3), (200, 90, 40), np.uint8)
    photo = mixed(colour, np.full_like(colour, 255), alpha)
    rgba = cut_out(photo, alpha)
    assert halo(rgba, colour, 0) < halo(np.dstack([photo, alpha]), colour, 0) / 3
    assert halo(rgba[:, :8], colour[:, :8], 0) < 8
    np.testing.assert_array_equal(rgba[alpha == 255][:, :3], photo[alpha == 255])


def test_full_size_floats_never_exist() -> None:
    alpha = cv2.resize(disc(), (6000, 4000))
    photo = np.zeros((4000, 6000, 3), np.uint8)
    tracemalloc.start()
    rgba = cut_out(photo, np.asarray(alpha, np.uint8))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < rgba.nbytes + 80e6, "72 million floats would be 288 MB"


def test_the_box_around_the_foreground() -> None:
    mask = np.zeros((10, 12), np.uint8)
    assert bounding_box(mask) == (slice(0, 10), slice(0, 12))
    mask[3, 4] = mask[6, 9] = 2
    assert bounding_box(mask) == (slice(3, 7), slice(4, 10))
