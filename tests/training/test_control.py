"""A program watches a training, stops it from another thread, and resumes it."""

from __future__ import annotations

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import maskwright
from maskwright.errors import Stopped
from maskwright.training.control import TrainingStep
from maskwright.training.run import TrainResult
from tests.support.shapes import write_shapes

pytestmark = pytest.mark.usefixtures("tiny_network")
SMALL: dict[str, Any] = {"steps": 8, "size": 32, "threads": 1}
FILES = ("weights.safetensors", "model.onnx", "metrics.json", "splits.json")


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shapes(tmp_path_factory.mktemp("data") / "shapes", 10)


@pytest.fixture(scope="module")
def undisturbed(shapes: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainResult:
    return maskwright.train(shapes, tmp_path_factory.mktemp("model") / "m", **SMALL)


def assert_same_files(one: Path, two: Path) -> None:
    for name in FILES:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name


def test_a_training_stopped_from_another_thread_resumes_to_the_same_weights(
    undisturbed: TrainResult, shapes: Path, tmp_path: Path
) -> None:
    third, stop = threading.Event(), threading.Event()

    def on_step(now: TrainingStep) -> None:
        if now.step == 3:
            third.set()
            stop.wait(60)  # until the main thread has set it

    with ThreadPoolExecutor(1) as pool:
        training = pool.submit(
            maskwright.train, shapes, tmp_path / "m", **SMALL, on_step=on_step, stop=stop
        )
        assert third.wait(120)
        stop.set()
        stopped = training.result()
    assert stopped.interrupted and stopped.steps == 3
    assert maskwright.load(stopped.model).classes == ("background", "foreground")
    resumed = maskwright.train(shapes, tmp_path / "m", **SMALL, resume=True)
    assert not resumed.interrupted
    assert_same_files(undisturbed.model, resumed.model)


def test_each_step_is_reported(shapes: Path, tmp_path: Path) -> None:
    seen: list[TrainingStep] = []
    threads: set[int] = set()

    def on_step(now: TrainingStep) -> None:
        seen.append(now)
        threads.add(threading.get_ident())

    maskwright.train(shapes, tmp_path / "m", **SMALL, on_step=on_step)
    assert threads == {threading.get_ident()}
    assert [now.step for now in seen] == list(range(1, 9))
    assert {(now.steps, now.model, now.models) for now in seen} == {(8, 1, 1)}
    assert all(math.isfinite(now.loss) and now.loss > 0 for now in seen)
    assert all(now.validation is not None and 0 <= now.validation <= 1 for now in seen)
    assert all(now.seconds_left > 0 for now in seen[:-1])
    assert seen[0].seconds_left > seen[-2].seconds_left > seen[-1].seconds_left == 0


def test_steps_say_which_model_of_how_many_is_trained(shapes: Path, tmp_path: Path) -> None:
    seen: list[TrainingStep] = []
    few = {**SMALL, "steps": 2}
    maskwright.train(shapes, tmp_path / "m", **few, folds=2, on_step=seen.append)
    models = [(now.model, now.models, now.step) for now in seen]
    assert models == [(model, 3, step) for model in (1, 2, 3) for step in (1, 2)]
    assert all(now.seconds_left > 0 for now in seen[:-1])
    assert seen[-1].seconds_left == 0
    assert {now.validation for now in seen} == {None}


def test_an_exception_in_the_callback_keeps_the_checkpoint(
    undisturbed: TrainResult, shapes: Path, tmp_path: Path
) -> None:
    def on_step(now: TrainingStep) -> None:
        if now.step == 3:
            raise ValueError("the page is gone")

    with pytest.raises(ValueError, match="the page is gone"):
        maskwright.train(shapes, tmp_path / "m", **SMALL, on_step=on_step)
    seen: list[TrainingStep] = []
    resumed = maskwright.train(shapes, tmp_path / "m", **SMALL, resume=True, on_step=seen.append)
    assert [now.step for now in seen] == [4, 5, 6, 7, 8]
    assert_same_files(undisturbed.model, resumed.model)


def test_two_trainings_at_once_do_not_disturb_each_other(
    undisturbed: TrainResult, shapes: Path, tmp_path: Path
) -> None:
    together = threading.Barrier(2)

    def train(seed: int) -> TrainResult:
        together.wait(60)
        return maskwright.train(shapes, tmp_path / f"m{seed}", **SMALL, seed=seed, start="scratch")

    alone = maskwright.train(shapes, tmp_path / "alone", **SMALL, seed=1, start="scratch")
    with ThreadPoolExecutor(2) as pool:
        zero, one = pool.map(train, (0, 1))
    assert_same_files(alone.model, one.model)
    again = maskwright.train(shapes, tmp_path / "again", **SMALL, start="scratch")
    assert_same_files(again.model, zero.model)


def test_a_training_stopped_in_a_fold_has_no_model_yet(shapes: Path, tmp_path: Path) -> None:
    stop = threading.Event()
    few = {**SMALL, "steps": 2, "folds": 2}

    def on_step(now: TrainingStep) -> None:
        if now.model == 2:
            stop.set()

    stopped = maskwright.train(shapes, tmp_path / "m", **few, on_step=on_step, stop=stop)
    assert stopped == TrainResult(tmp_path / "m", {}, "", 0, interrupted=True)
    seen: list[TrainingStep] = []
    resumed = maskwright.train(shapes, tmp_path / "m", **few, resume=True, on_step=seen.append)
    assert [(now.model, now.step) for now in seen] == [(2, 2), (3, 1), (3, 2)]
    straight = maskwright.train(shapes, tmp_path / "straight", **few)
    assert_same_files(straight.model, resumed.model)


def test_a_stopped_cross_validation_resumes_to_the_same_scores(
    shapes: Path, tmp_path: Path
) -> None:
    few = {**SMALL, "steps": 2, "folds": 2}
    straight = maskwright.cross_validate(shapes, **few)
    stop = threading.Event()
    seen: list[TrainingStep] = []

    def on_step(now: TrainingStep) -> None:
        seen.append(now)
        if now.model == 2:
            stop.set()

    with pytest.raises(Stopped):
        maskwright.cross_validate(shapes, **few, work=tmp_path, on_step=on_step, stop=stop)
    assert [(now.model, now.models, now.step) for now in seen] == [(1, 2, 1), (1, 2, 2), (2, 2, 1)]
    stop.clear()

    def on_photo(_row: object, _photos: int) -> None:
        stop.set()

    again = {**few, "work": tmp_path, "resume": True}
    with pytest.raises(Stopped):
        maskwright.cross_validate(shapes, **again, on_photo=on_photo, stop=stop)
    assert maskwright.cross_validate(shapes, **again).rows == straight.rows
