"""The comparison with Keras, as far as it needs no TensorFlow: arithmetic, turns, workers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.keras.environment import variables
from benchmarks.keras.expanded import NAME, ExpandedMobileNetV2
from benchmarks.keras.quality import first_reaching, nearly_there, split_folder
from benchmarks.keras.rounds import compared, in_turns
from benchmarks.keras.worker import Worker
from maskwright.data.dataset import open_dataset
from maskwright.data.split import Split
from maskwright.unet.encoders.mobilenet_v2 import MobileNetV2
from tests.support.data_folders import blob, data_folder

ECHO = """
import json, sys
for line in sys.stdin:
    order = json.loads(line)
    print(json.dumps({"did": order["do"], **order["with"]}), flush=True)
"""


def curve(*ious: float) -> list[dict[str, Any]]:
    return [{"step": 52 * (n + 1), "validation_iou": iou} for n, iou in enumerate(ious)]


def test_first_step_within_half_a_point() -> None:
    points = curve(0.5, 0.694, 0.695, 0.69, 0.72, 0.7)
    assert nearly_there(points, 0.7) == (156, 0.695)
    assert nearly_there(points[::-1], 0.7) == (156, 0.695)
    assert nearly_there(points, 0.7, points=1) == (104, 0.694)


def test_a_step_above_the_final_figure_counts() -> None:
    assert nearly_there(curve(0.4, 0.75, 0.7), 0.7) == (104, 0.75)


def test_a_curve_that_never_comes_close_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"within 0\.5 points of 0\.8"):
        nearly_there(curve(0.4, 0.5), 0.8)


def test_budgets_grow_until_the_target_and_are_not_run_twice() -> None:
    made = []

    def run(budget: int) -> dict[str, Any]:
        made.append(budget)
        return {"iou": budget / 100}

    runs: dict[int, dict[str, Any]] = {40: {"iou": 0.4}}
    assert first_reaching(runs, (80, 40, 60, 100), 0.75, run) == 80
    assert made == [60, 80]
    assert sorted(runs) == [40, 60, 80]
    assert first_reaching(runs, (40, 60), 0.75, run) is None
    assert made == [60, 80]


def test_split_folder_holds_out_the_photos_named(tmp_path: Path) -> None:
    names = ["ant", "bee", "cat", "dog"]
    data = data_folder(tmp_path / "data", {name: blob() for name in names})
    out = split_folder(data, tmp_path / "out", Split(("ant", "cat"), ("dog",)))
    parts = {one.name: one.split for one in open_dataset(out).examples}
    assert parts == {"ant": "train", "bee": "test", "cat": "train", "dog": "val"}


def test_medians_and_ratios() -> None:
    table = compared({"keras": [0.4, 0.6, 0.5], "ours": [0.2, 0.2, 0.4]}, "keras")
    assert table["ours"]["median"] == 0.2
    assert table["ours"]["times_faster"] == 2.5
    assert table["ours"]["times_faster_range"] == [1.25, 3.0]
    assert table["keras"]["times_faster"] == 1


def test_workers_take_turns_and_the_first_round_does_not_count() -> None:
    asked: list[str] = []

    def measure(worker: Worker) -> float:
        asked.append(worker.name)
        return float(worker("echo", seconds=len(asked))["seconds"])

    command = [sys.executable, "-c", ECHO]
    with Worker("a", command, {}) as a, Worker("b", command, {}) as b:
        assert a("hello", x=1) == {"did": "hello", "x": 1}
        seconds, busiest = in_turns({"a": (a, measure), "b": (b, measure)}, rounds=2)
    assert asked == ["a", "b"] * 3
    assert seconds == {"a": [3, 5], "b": [4, 6]}
    assert busiest >= 0


def test_a_worker_that_dies_is_named() -> None:
    with (
        Worker("ours", [sys.executable, "-c", "raise SystemExit(3)"], {}) as worker,
        pytest.raises(RuntimeError, match="ours ended with 3"),
    ):
        worker("train")


def test_our_encoder_with_the_tutorials_maps_is_the_same_network() -> None:
    torch.manual_seed(0)
    wide, plain = ExpandedMobileNetV2().eval(), MobileNetV2().eval()
    wide.load_state_dict(plain.state_dict())
    photos = torch.rand(1, 3, 64, 64) * 255
    with torch.no_grad():
        features, last = wide(photos), plain(photos)[-1]
    assert [tuple(one.shape[1:]) for one in features] == [
        (channels, 32 >> level, 32 >> level) for level, channels in enumerate(wide.channels)
    ]
    torch.testing.assert_close(features[-1], last)


@pytest.mark.slow
def test_our_worker_trains_a_network_as_large_as_theirs(tmp_path: Path) -> None:
    data = data_folder(tmp_path / "data", {f"photo{n}": blob() for n in range(4)})
    command = [sys.executable, "-m", "benchmarks.keras.ours", "train", str(data)]
    with Worker("ours", [*command, NAME, "each step"], variables()) as ours:
        # What Keras counts, and 4 for each channel of the BatchNorm that it does not come to.
        assert ours("about") == {"weights": 6_502_786 + 4 * 320, "weights_trained": 4_658_882}
        answer = ours("train", steps=1, warm_up=1)
    assert answer["seconds"] > 0
    assert answer["peak_mb"] > 100
