"""The same network at other sizes, once and mirrored: files, photos held out, table and plot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PilImage

from benchmarks.tradeoff import Way, changed, held_out, scored, table, timed
from benchmarks.tradeoff_plot import draw
from maskwright.data.dataset import open_dataset
from maskwright.runtime.segmenter import load
from tests.support.data_folders import blob, data_folder, picture
from tests.support.models import write_model


def data_with_a_split(root: Path) -> Path:
    data_folder(root, {name: blob() for name in ("ant", "bee", "cat")})
    (root / "pairs.csv").write_text("name,split\nant,train\nbee,val\ncat,val\n")
    return root


def test_only_photos_held_out_judge(tmp_path: Path) -> None:
    dataset = open_dataset(data_with_a_split(tmp_path / "data"))
    assert [one.name for one in held_out(dataset).examples] == ["bee", "cat"]


def test_data_without_held_out_photos_are_refused(tmp_path: Path) -> None:
    dataset = open_dataset(data_folder(tmp_path / "data", {"ant": blob(), "bee": blob()}))
    with pytest.raises(SystemExit, match="no split val"):
        held_out(dataset)


def test_a_changed_model_differs_in_nothing_else(tmp_path: Path) -> None:
    model = write_model(tmp_path / "model")
    once = load(changed(model, Way(96, mirrored=False), tmp_path))
    assert (once.metadata.resize.size, once.metadata.flips) == (96, False)
    before = load(model)
    same = changed(model, Way(before.metadata.resize.size, before.metadata.flips), tmp_path)
    assert load(same).metadata == before.metadata
    photo = picture(0)
    np.testing.assert_array_equal(load(same)(photo), before(photo))


def test_every_way_is_scored_and_timed(tmp_path: Path) -> None:
    model = write_model(tmp_path / "model")
    files = {str(size): changed(model, Way(size, mirrored=False), tmp_path) for size in (64, 96)}
    data = data_with_a_split(tmp_path / "data")
    found = scored(held_out(open_dataset(data)), files, "64")
    assert found["fast"] is None
    scores = found["scores"]
    assert list(scores) == ["64", "96"]
    assert scores["64"]["photos"] == 2
    spent = timed(files, sorted((data / "images").iterdir()), rounds=2)["milliseconds"]
    assert [len(spent[name]) for name in files] == [2, 2]
    assert min(spent["64"] + spent["96"]) > 0


def test_fast_is_held_against_the_same_in_32_bits(tmp_path: Path) -> None:
    model = write_model(tmp_path / "model")
    once = Way(64, mirrored=False)
    files = {once.name: changed(model, once, tmp_path), "--fast": model}
    fast = scored(held_out(open_dataset(data_with_a_split(tmp_path / "data"))), files, once.name)[
        "fast"
    ]
    assert fast["against"] == once.name
    assert fast["points"]["iou"] == [0, 0, 0]  # this model has no file in 8 bits


def results() -> dict[str, Any]:
    return {
        "ways": {"large": [320, True], "small": [224, False], "--fast": [320, False]},
        "scores": {
            "large": {"iou": 0.9, "interval": [0.88, 0.92], "boundary_f": 0.7},
            "small": {"iou": 0.8, "interval": [0.78, 0.82], "boundary_f": 0.6},
            "--fast": {"iou": 0.85, "interval": [0.8, 0.9], "boundary_f": 0.65},
        },
        "times": {
            "threads": 2,
            "milliseconds": {"large": [30, 31, 90], "small": [10, 11, 12], "--fast": [15]},
        },
        "shipped": "large",
    }


def test_the_table_sets_what_is_shipped_in_bold() -> None:
    large, small, fast = table(results()).splitlines()[-3:]
    assert large == "| **320** | **yes** | **0.9000 (0.880 to 0.920)** | **0.700** | **31.0** |"
    assert small == "| 224 | no | 0.8000 (0.780 to 0.820) | 0.600 | 11.0 |"
    assert fast == "| 320, `--fast` | no | 0.8500 (0.800 to 0.900) | 0.650 | 15.0 |"


def test_the_table_says_what_8_bits_change() -> None:
    points = {"iou": [-0.031, -0.2, 0.1], "boundary_f": [0.2, 0.1, 0.304]}
    fast = {"against": "320 pixels, once", "points": points}
    assert table(results() | {"fast": fast}).splitlines()[-1] == (
        "`--fast` against 320 pixels, once, on the same photos: -0.03 points of IoU (95 % interval "
        "-0.20 to +0.10), +0.20 points of boundary F (95 % interval +0.10 to +0.30)."
    )


def test_the_plot_is_drawn(tmp_path: Path) -> None:
    draw(tmp_path / "images" / "plot.png", results())
    with PilImage.open(tmp_path / "images" / "plot.png") as plot:
        colours = {colour for _, colour in plot.convert("RGB").getcolors(2**20) or []}
        assert plot.width > 600
    assert {(0, 0x72, 0xB2), (0xD5, 0x5E, 0), (0, 0x9E, 0x73)} <= colours
