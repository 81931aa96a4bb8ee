"""Cut-outs are soft along the outline, and neither ghosts nor holes are left elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from maskwright.refine.opacity import REACH, soft_at_edges


def ramp(low: int, high: int, *, width: int = 400, soft: int = 6) -> NDArray[np.uint8]:
    """Background on the left, an edge some pixels wide in the middle, foreground on the right."""
    row = np.full(width, low, float)
    row[width // 2 :] = high
    edge = slice(width // 2 - soft, width // 2 + soft)
    row[edge] = np.linspace(low, high, 2 * soft)
    return np.tile(np.rint(row).astype(np.uint8), (120, 1))


@pytest.mark.parametrize(("low", "high"), [(0, 255), (60, 160), (110, 140)])
def test_soft_at_the_edge_and_decided_elsewhere(low: int, high: int) -> None:
    before = ramp(low, high)
    after = soft_at_edges(before.copy())
    np.testing.assert_array_equal(after > 127, before > 127)
    reach = int(REACH * 400) + 2
    assert set(np.unique(after[:, : 200 - reach])) == {0}
    assert set(np.unique(after[:, 200 + reach :])) == {255}
    middle = after[60, 190:210]
    assert (np.diff(middle.astype(int)) >= 0).all()
    assert ((middle > 0) & (middle < 255)).any()


@pytest.mark.parametrize(("level", "decided"), [(0, 0), (100, 0), (127, 0), (128, 255), (255, 255)])
def test_without_an_outline_all_is_one(level: int, decided: int) -> None:
    assert (soft_at_edges(np.full((50, 70), level, np.uint8)) == decided).all()


def test_a_ghost_far_away_vanishes_and_a_hole_is_closed() -> None:
    alpha = ramp(0, 255)
    alpha[40:60, 40:60] = 90
    alpha[40:60, 340:360] = 170
    after = soft_at_edges(alpha.copy())
    assert (after[40:60, 40:60] == 0).all()
    assert (after[40:60, 340:360] == 255).all()


def test_any_size() -> None:
    rng = np.random.default_rng(0)
    for shape in ((1, 1), (1, 3000), (3000, 1), (7, 2100)):
        before = rng.integers(0, 256, shape, dtype=np.uint8)
        after = soft_at_edges(before.copy())
        assert after.shape == shape
        np.testing.assert_array_equal(after > 127, before > 127)
