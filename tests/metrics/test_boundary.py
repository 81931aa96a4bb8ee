"""Boundary metrics against definitions written out pixel by pixel."""

from __future__ import annotations

from math import hypot
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from maskwright.core import VOID, Mask
from maskwright.metrics.boundary import boundary_f, boundary_iou, outline, void_contact

Point = tuple[int, int]

# The 5x5 ellipse, written down: the two middle rows reach two pixels sideways, and so do their
# neighbours; straight up and down the reach is two as well.
ELLIPSE = [(dy, dx) for dy in (-1, 0, 1) for dx in range(-2, 3)] + [(-2, 0), (2, 0)]
AROUND = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]


def points(mask: np.ndarray) -> set[Point]:
    return {(int(y), int(x)) for y, x in zip(*np.nonzero(mask), strict=True)}


def grown(some: set[Point], reach: list[Point]) -> set[Point]:
    return {(y + dy, x + dx) for y, x in some for dy, dx in reach}


def outline_by_hand(inside: set[Point], shape: tuple[int, int]) -> set[Point]:
    """Pixels of the mask next to a pixel of the photo outside the mask."""
    height, width = shape
    photo = {(y, x) for y in range(height) for x in range(width)}
    return {p for p in inside if (grown({p}, AROUND) & photo) - inside}


def boundary_f_by_hand(truth: Mask, prediction: Mask) -> float:
    void = points(truth == VOID)
    true, called = points(truth == 1), points(prediction == 1) - void
    if not true or not called:
        return float(not true and not called)
    true_line = outline_by_hand(true, truth.shape)
    called_line = outline_by_hand(called, truth.shape)
    judged = called_line - grown(void, AROUND)
    if not true_line:
        return float(not judged)
    recall = len(true_line & grown(called_line, ELLIPSE)) / len(true_line)
    precision = len(judged & grown(true_line, ELLIPSE)) / len(judged) if judged else 1.0
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def boundary_iou_by_hand(truth: Mask, prediction: Mask) -> float:
    """Cheng et al.: pixels of the mask within d of its outline, the photo's frame included."""
    reach = max(1, round(0.02 * hypot(*truth.shape)))
    square = [(dy, dx) for dy in range(-reach, reach + 1) for dx in range(-reach, reach + 1)]
    void = points(truth == VOID)
    rims = []
    for inside in (points(truth == 1), points(prediction == 1) - void):
        rims.append({p for p in inside if grown({p}, square) - inside})
    union = rims[0] | rims[1]
    return len(rims[0] & rims[1]) / len(union) if union else 1.0


@st.composite
def masks(draw: st.DrawFn) -> tuple[Mask, Mask]:
    """Blocky masks: single random pixels alone would be nothing but outline."""
    scale = draw(st.integers(1, 4))
    shape = draw(hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=7))
    truth = draw(hnp.arrays(np.uint8, shape, elements=st.sampled_from([0, 1, 1, VOID])))
    called = draw(hnp.arrays(np.uint8, shape, elements=st.sampled_from([0, 1])))
    cut = (slice(draw(st.integers(0, scale - 1)), None),) * 2
    block = np.ones((scale, scale), np.uint8)
    return np.kron(truth, block)[cut], np.kron(called, block)[cut]


BLOB = np.zeros((9, 9), np.uint8)
BLOB[2:7, 2:7] = 1
NOTHING, ALL, UNKNOWN = np.zeros_like(BLOB), np.ones_like(BLOB), np.full_like(BLOB, VOID)
PIXEL = np.ones((1, 1), np.uint8)


@given(masks())
@example((BLOB, NOTHING))
@example((BLOB, ALL))
@example((ALL, BLOB))
@example((ALL, ALL))
@example((UNKNOWN, BLOB))
@example((PIXEL, PIXEL))
@example((PIXEL, 0 * PIXEL))
def test_boundary_metrics_agree_with_their_definition(pair: tuple[Mask, Mask]) -> None:
    truth, prediction = pair
    assert boundary_f(truth, prediction) == pytest.approx(boundary_f_by_hand(truth, prediction))
    expected = boundary_iou_by_hand(truth, prediction)
    assert boundary_iou(truth, prediction) == pytest.approx(expected)


@given(hnp.arrays(np.uint8, (6, 8), elements=st.integers(0, 1)))
def test_outline_is_the_mask_minus_its_erosion(mask: Mask) -> None:
    assert points(outline(mask)) == outline_by_hand(points(mask), (6, 8))


def test_boundary_iou_of_a_large_photo_uses_two_per_cent_of_the_diagonal() -> None:
    truth = np.zeros((300, 400), np.uint8)  # diagonal 500: a rim of 10 pixels
    truth[50:250, 50:350] = 1
    hollow = truth.copy()
    hollow[60:240, 60:340] = 0
    assert boundary_iou(truth, hollow) == 1  # the rim is all there is to judge
    hollow[59, 100] = 0
    assert boundary_iou(truth, hollow) < 1


@pytest.mark.parametrize("metric", [boundary_f, boundary_iou])
@pytest.mark.parametrize(
    ("truth", "prediction", "score"),
    [
        (NOTHING, NOTHING, 1),
        (NOTHING, BLOB, 0),
        (NOTHING, ALL, 0),
        (BLOB, NOTHING, 0),
        (BLOB, BLOB, 1),
        (ALL, ALL, 1),
        (UNKNOWN, BLOB, 1),
        (UNKNOWN, NOTHING, 1),
    ],
)
def test_the_empty_rule(metric: object, truth: Mask, prediction: Mask, score: float) -> None:
    assert metric(truth, prediction) == score  # type: ignore[operator]


def test_other_classes_are_looked_at_by_their_label() -> None:
    truth, prediction = 2 * BLOB, np.where(BLOB == 1, 2, 1).astype(np.uint8)
    assert boundary_f(truth, prediction, 2) == boundary_iou(truth, prediction, 2) == 1
    assert boundary_f(truth, prediction, 1) == boundary_iou(truth, prediction, 1) == 0


@pytest.mark.parametrize("metric", [boundary_f, boundary_iou])
def test_sizes_that_differ_are_refused(metric: object) -> None:
    with pytest.raises(ValueError, match="pixels"):
        metric(BLOB, BLOB[1:])  # type: ignore[operator]


def test_void_contact_is_the_share_of_outline_beside_void() -> None:
    truth = np.zeros((9, 9), np.uint8)
    truth[3:6, 3:6] = 1  # outline: the eight pixels around the middle
    assert void_contact(truth) == 0
    truth[2, :] = VOID
    assert void_contact(truth) == 3 / 8
    assert void_contact(NOTHING) == void_contact(ALL) == void_contact(UNKNOWN) == 0


def _moved(mask: Mask) -> Mask:
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    return np.asarray(cv2.dilate(mask, cross, iterations=3), np.uint8)


def test_boundary_f_notices_a_moved_outline_but_not_inside_a_void_band(shared_data: Path) -> None:
    sharp, banded = [], []
    for path in sorted((shared_data / "davis100/masks").iterdir()):
        truth = (np.asarray(Image.open(path).convert("L")) >= 128).astype(np.uint8)
        assert boundary_f(truth, truth) == 1
        sharp.append(boundary_f(truth, _moved(truth)))
    assert np.mean(sharp) == pytest.approx(0.42, abs=0.01)
    for path in sorted((shared_data / "animals74/test/masks").iterdir()):
        truth = np.asarray(Image.open(path))
        banded.append(boundary_f(truth, _moved((truth == 1).astype(np.uint8))))
        assert void_contact(truth) > 0.9
    assert np.mean(banded) == pytest.approx(1, abs=0.01)
