"""What the bundled model's scores become: figures by photo and group, and tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.bundled import FAST, SHIPPED, of_networks, scored, tables, ways_of
from benchmarks.data_folders import opened
from tests.support.data_folders import blob, data_folder
from tests.support.models import write_model


def test_scores_and_tables_of_videos(tmp_path: Path) -> None:
    ways = ways_of(write_model(tmp_path / "model"))
    names = [f"{video}_{frame:05d}" for video in ("bear", "cow", "dog") for frame in (0, 10)]
    data = data_folder(tmp_path / "davis100", {name: blob() for name in names})
    found = scored(opened(data), ways)
    assert (found["photos"], found["groups"]) == (6, 3)
    assert list(found["ways"]) == list(ways)
    one = found["ways"][SHIPPED]
    ious = [one["by_photo"][f"bear_{frame}"][0] for frame in ("00000", "00010")]
    assert found["by_group"]["bear"]["iou"] == pytest.approx(sum(ious) / 2)
    assert found["by_group"]["bear"]["photos"] == 2
    low, high = one["intervals"]["iou"]
    assert low <= one["iou"] <= high
    pairs = {(pair["first"], pair["figure"]) for pair in found["comparisons"]}
    assert pairs == {(way, figure) for way in list(ways)[1:] for figure in ("iou", "boundary_f")}
    parts = tables({"data/davis100": found})
    (row,) = parts["bundled"].splitlines()[2:]
    assert row.startswith(f"| data/davis100 | 6 in 3 groups | {one['iou']:.3f} ({low:.3f} to")
    assert [line.split(" | ")[1] for line in parts["bundled-ways"].splitlines()[2:]] == [
        *list(ways)[1:]
    ]
    groups = parts["bundled-groups"].splitlines()[2:]
    assert {line.split(" | ")[0] for line in groups} == {
        f"| data/davis100: {video}" for video in ("bear", "cow", "dog")
    }


def test_single_photos_are_no_groups(tmp_path: Path) -> None:
    ways = {SHIPPED: ways_of(write_model(tmp_path / "model"))[FAST]}
    data = data_folder(tmp_path / "data", {name: blob() for name in ("ant", "bee")})
    parts = tables({"mine/data": scored(opened(data), ways)})
    assert parts["bundled"].splitlines()[2].startswith("| mine/data | 2 | ")
    assert len(parts["bundled-groups"].splitlines()) == 2


def test_figures_of_another_network_are_not_shown_beside_new_ones() -> None:
    networks = {SHIPPED: "aa", FAST: "bb"}
    kept = {"photos": 3, "networks": networks}
    results = {
        "mine": kept,
        "older": kept | {"networks": networks | {SHIPPED: "cc"}},
        "other in 8 bits": kept | {"networks": networks | {FAST: "cc"}},
    }
    assert of_networks(results, networks) == {"mine": kept}
