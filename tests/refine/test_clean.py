"""Small pieces go, small holes close."""

from __future__ import annotations

import numpy as np
import pytest

from maskwright.core import Probs, from_function
from maskwright.refine.clean import Clean, cleaned, cleaning


def scene() -> Probs:
    """A large piece with two holes, a middling piece and a speck."""
    foreground = np.full((100, 140), 0.1, np.float32)
    foreground[10:60, 10:60] = 0.9  # 2500 pixels, the holes among them
    foreground[20:24, 20:24] = 0.2  # a hole of 16
    foreground[30:50, 30:50] = 0.3  # a hole of 400
    foreground[70:90, 80:100] = 0.8  # 400 pixels
    foreground[5:8, 120:123] = 0.7  # 9 pixels
    return np.dstack([1 - foreground, foreground])


def mask_of(clean: Clean) -> np.ndarray:
    return np.asarray(cleaned(scene(), clean).argmax(axis=2))


def test_nothing_is_cleaned_unless_asked_for() -> None:
    np.testing.assert_array_equal(cleaned(scene(), Clean(0, 0)), scene())


@pytest.mark.parametrize(
    ("components", "middling", "speck"), [(0.001, 1, 1), (0.1, 1, 0), (0.5, 0, 0), (1, 0, 0)]
)
def test_small_pieces_go(components: float, middling: int, speck: int) -> None:
    mask = mask_of(Clean(components, 0))
    assert mask[15, 15] == 1, "the largest always stays"
    assert (mask[80, 90], mask[6, 121]) == (middling, speck)
    assert mask[22, 22] == 0
    assert mask[40, 40] == 0


@pytest.mark.parametrize(("holes", "small", "large"), [(0.001, 0, 0), (0.05, 1, 0), (1, 1, 1)])
def test_small_holes_close(holes: float, small: int, large: int) -> None:
    mask = mask_of(Clean(0, holes))
    assert (mask[22, 22], mask[40, 40]) == (small, large)
    assert mask[65, 65] == 0, "what reaches the frame is no hole"
    assert mask[6, 121] == 1


def test_a_dropped_piece_takes_its_soft_edge_along() -> None:
    probs = scene()
    probs[4, 119:124, 1], probs[4, 119:124, 0] = 0.4, 0.6
    found = cleaned(probs, Clean(0.1, 0))
    assert not found[3:9, 119:124, 1].any()
    np.testing.assert_array_equal(found[70:90, 80:100], probs[70:90, 80:100])
    np.testing.assert_allclose(found.sum(axis=2), 1, atol=1e-6)


def test_a_photo_without_foreground_stays() -> None:
    empty = np.dstack([np.full((9, 7), 0.8), np.full((9, 7), 0.2)]).astype(np.float32)
    np.testing.assert_array_equal(cleaned(empty, Clean(1, 1)), empty)
    one = np.array([[[0, 1]]], np.float32)
    np.testing.assert_array_equal(cleaned(one, Clean(1, 1)), one)


def test_inputs_are_not_changed_and_a_segmenter_can_be_cleaned() -> None:
    probs = scene()
    segmenter = cleaning(from_function(("a", "b"), lambda *_: probs), Clean(0.1, 0.05))
    found = segmenter(np.zeros((100, 140, 3), np.uint8))
    np.testing.assert_array_equal(probs, scene())
    np.testing.assert_array_equal(found, cleaned(scene(), Clean(0.1, 0.05)))
    assert segmenter.classes == ("a", "b")
