"""Tables on fusing: differences paired by photo, means over sets, and what fusing adds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.fusion import cost
from benchmarks.fusion.cost import OPENCV, PLAIN, WHOLE, cost_table, costs
from benchmarks.fusion.tables import (
    Difference,
    by_set,
    difference,
    mean,
    mean_of_sets,
    summary,
    table,
    ways_over_sets,
)
from benchmarks.fusion.ways import BOX, FUSED, GRABCUT, PHOTO, PIECE, SIOX, UNET, UNLEARNED
from tests.support.folders import disc, write_data

Result = dict[str, Any]


def result(ways: Mapping[str, Sequence[float]], sources: str = "") -> Result:
    """Photos a, b, c, … with their IoU by each way; their boundary F is half of it."""
    names = "abcdef"[: len(ways[UNET])]
    photos = {
        name: {way: [ious[at], ious[at] / 2] for way, ious in ways.items()}
        for at, name in enumerate(names)
    }
    return {"photos": photos, "groups": dict(zip(names, sources or names, strict=True))}


def two_repeats(sources: str = "") -> list[Result]:
    """Points of IoU: +2.4, +0.04, -1, +2 in the first, 0, 0, 0, -2 in the second."""
    unet = (0.5, 0.6, 0.8, 0.4)
    first = result({UNET: unet, FUSED: (0.524, 0.6004, 0.79, 0.42)}, sources)
    second = result({UNET: unet, FUSED: (0.5, 0.6, 0.8, 0.38)}, sources)
    # Each repeat has other folds, and with them another order of the photos.
    second["photos"] = dict(reversed(second["photos"].items()))
    return [first, second]


def test_a_photos_difference_is_its_mean_over_repeats() -> None:
    found = difference(two_repeats(), FUSED, 0)
    assert found.mean == pytest.approx((1.2 + 0.02 - 0.5 + 0) / 4)
    assert (found.better, found.worse) == (1, 1)
    assert found.repeats == pytest.approx((0.86, -0.5))
    assert found.spread == f"{1.36 / math.sqrt(2):.2f}"
    assert difference(two_repeats()[:1], FUSED, 0).spread == ""
    assert difference(two_repeats(), FUSED, 1).mean == pytest.approx(0.09)


def test_intervals_draw_whole_sources() -> None:
    # a and c, by 0.35 on average, are one source, b and d, by 0.01, the other.
    assert str(difference(two_repeats("xyxy"), FUSED, 0)) == "+0.18 (+0.01 to +0.35)"
    assert str(difference(two_repeats("zzzz"), FUSED, 0)) == "+0.18 (+0.18 to +0.18)"
    apart = difference(two_repeats(), FUSED, 0)
    assert -0.5 <= apart.low < 0.01
    assert 0.35 < apart.high <= 1.2


@pytest.mark.parametrize(
    ("points", "counted"), [(0.06, (1, 0)), (0.04, (0, 0)), (-0.04, (0, 0)), (-0.06, (0, 1))]
)
def test_a_twentieth_of_a_point_is_neither_better_nor_worse(
    points: float, counted: tuple[int, int]
) -> None:
    found = difference([result({UNET: [0.5], FUSED: [0.5 + points / 100]})], FUSED, 0)
    assert (found.better, found.worse) == counted


def test_a_mean_is_that_of_photos_and_repeats() -> None:
    assert mean(two_repeats(), UNET, 0) == pytest.approx(0.575)
    expected = (0.524 + 0.6004 + 0.79 + 0.42 + 0.5 + 0.6 + 0.8 + 0.38) / 8
    assert mean(two_repeats(), FUSED, 0) == pytest.approx(expected)
    assert mean(two_repeats(), FUSED, 1) == pytest.approx(expected / 2)


def test_sets_count_the_same_and_their_half_widths_add_as_squares() -> None:
    sets = [
        Difference(mean=1.0, low=0.7, high=1.3, better=40, worse=2, repeats=(1.0,)),
        Difference(mean=3.0, low=2.6, high=3.4, better=2, worse=0, repeats=(3.0,)),
    ]
    assert mean_of_sets(sets) == "+2.00 (+1.75 to +2.25)"
    assert mean_of_sets(sets[:1]) == "+1.00 (+0.70 to +1.30)"


def test_results_are_sorted_into_sets() -> None:
    first, second, other, test = ({"photos": {}, "groups": {"n": str(n)}} for n in range(4))
    keys = {
        "animals74/train / 1": second,
        "animals74/train, from ImageNet / 0": other,
        "animals74/train / 0": first,
        "animals74/test / 0": test,
    }
    assert by_set(keys) == {
        "animals74/train": [first, second],
        "animals74/train, from ImageNet": [other],
        "animals74/test": [test],
    }


def test_a_sets_table_has_the_ways_that_were_scored() -> None:
    ways = {FUSED: (0.52, 0.6), SIOX: (0.4, 0.61), "mean": (0.5, 0.6), UNET: (0.5, 0.6)}
    assert table([result(ways, "xx")]).splitlines() == [
        "|  | IoU | points, 95 % | better / worse | boundary F | points, 95 % | better / worse |",
        "|---|---|---|---|---|---|---|",
        "| U-Net | 0.550 |  |  | 0.275 |  |  |",
        "| SIOX, from the U-Net | 0.505 | -4.50 (-4.50 to -4.50) | 1 / 1 "
        "| 0.253 | -2.25 (-2.25 to -2.25) | 1 / 1 |",
        "| mean | 0.550 | +0.00 (+0.00 to +0.00) | 0 / 0 "
        "| 0.275 | +0.00 (+0.00 to +0.00) | 0 / 0 |",
        "| **fused**: what ships | 0.560 | +1.00 (+1.00 to +1.00) | 1 / 0 "
        "| 0.280 | +0.50 (+0.50 to +0.50) | 1 / 0 |",
    ]


def one_photo(fused: float, **others: float) -> Result:
    """The U-Net's IoU is 0.5; other ways by their short names."""
    named = {"box": BOX, "cut": GRABCUT, "mask": PHOTO, "piece": PIECE, "siox": SIOX}
    ways = {UNET: 0.5, FUSED: fused} | {named[short]: iou for short, iou in others.items()}
    return result({way: [iou] for way, iou in ways.items()})


LEARNED: dict[str, Any] = {
    "gates": {"0": {}}
}  # sets of which something was learned are no test sets
SETS = {
    "leaves / 0": one_photo(0.52, box=0.4, cut=0.45, mask=0.53, piece=0.54, siox=0.3) | LEARNED,
    "leaves / 1": one_photo(0.54, box=0.4, cut=0.47, mask=0.55, piece=0.56, siox=0.5) | LEARNED,
    "animals74/train / 0": one_photo(0.51, box=0.3, cut=0.5, mask=0.51, piece=0.52),
    "animals74/train, from ImageNet / 0": one_photo(0.9, box=0.3, cut=0.5, mask=0.9, piece=0.9),
}


def test_the_summary_has_every_set_and_the_mean_of_those_that_count() -> None:
    lines = summary(SETS).splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert lines[2:] == [
        "| animals74/train | 1 | 0.500 | 0.300 / 0.500 | 0.510 | +1.00 (+1.00 to +1.00) |  "
        "| 1 / 0 | +1.0, +2.0 | +0.50 (+0.50 to +0.50), blind |",
        "| animals74/train, from ImageNet | 1 | 0.500 | 0.300 / 0.500 | 0.900 "
        "| +40.00 (+40.00 to +40.00) |  | 1 / 0 | +40.0, +40.0 "
        "| +20.00 (+20.00 to +20.00), blind |",
        f"| leaves | 1 | 0.500 | 0.400 / 0.460 | 0.530 | +3.00 (+3.00 to +3.00) "
        f"| {2 / math.sqrt(2):.2f} | 1 / 0 | +4.0, +5.0 | +1.50 (+1.50 to +1.50) |",
        "| mean of all sets |  |  |  |  | +2.00 (+2.00 to +2.00) |  |  |  |  |",
        "| mean of the test sets |  |  |  |  | +1.00 (+1.00 to +1.00) |  |  |  |  |",
    ]


def test_a_way_that_one_set_lacks_has_no_mean() -> None:
    head, rule, *lines = ways_over_sets(SETS).splitlines()
    assert head == "|  | animals74/train | leaves | mean, 95 % |"
    assert rule == "|---|---|---|---|"
    cells = {line.split(" | ")[0].removeprefix("| "): line for line in lines}
    assert UNET not in cells
    assert cells[FUSED] == f"| {FUSED} | +1.00 | +3.00 | +2.00 (+2.00 to +2.00) |"
    assert cells[BOX] == f"| {BOX} | -20.00 | -10.00 | -15.00 (-15.00 to -15.00) |"
    assert cells[SIOX] == f"| {SIOX} |  | -10.00 |  |"
    assert cells["mean"] == "| mean |  |  |  |"


def test_what_fusing_adds_is_compared_photo_by_photo() -> None:
    taken = {
        PLAIN: [100.0, 200.0, 300.0],
        WHOLE: [110.0, 201.0, 340.0],
        OPENCV: [100.0, 50.0, 80.0],
    }
    assert cost._added(taken) == {"ms": 10.0, "share": 0.1}
    with pytest.raises(ValueError):
        cost._added(taken | {WHOLE: [110.0]})


def test_the_table_of_costs_leaves_out_what_takes_no_time() -> None:
    found = {"ms": {PLAIN: 101.26, "mean": 0.04}, "added": {"ms": 9.96, "share": 0.0512}}
    assert cost_table(found).splitlines()[2:] == [
        f"| {PLAIN} | 101.3 |",
        "| **fusing adds** | **10.0** |",
        "| of one `cv2.grabCut` | 0.051 |",
    ]


def test_costs_are_those_of_photos_of_one_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "SIZE", (48, 64))
    monkeypatch.setattr(cost, "ROUNDS", 1)
    masks = {"fits": disc(48, 64), "empty": np.zeros((48, 64), np.uint8), "other": disc(64, 48)}
    found = costs(write_data(tmp_path / "data", masks))
    assert found["photos"] == 1
    assert set(found["ms"]) > {PLAIN, WHOLE, OPENCV, FUSED, *UNLEARNED}
    assert min(found["ms"].values()) >= 0
    assert found["ms"][PLAIN] > found["ms"]["mean"]
    assert found["added"]["ms"] == pytest.approx(found["ms"][WHOLE] - found["ms"][PLAIN], abs=2e-3)
