"""Training from end to end on small data: what comes out, what is refused, what repeats."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from safetensors.numpy import load_file
from safetensors.torch import load_file as load_torch_file

import maskwright
from maskwright.data.dataset import open_dataset
from maskwright.data.folder import DataFolder
from maskwright.data.photo import read_photo
from maskwright.errors import DataError, ModelError, UsageError
from maskwright.runtime.directory import open_directory, seal
from maskwright.runtime.resize import Resize
from maskwright.training.recipes import FAST
from maskwright.training.run import TrainResult
from maskwright.training.write import refuse_unwritable
from maskwright.unet.model import UNet
from maskwright.unet.segmenter import as_segmenter
from tests.support.clock import hurry
from tests.support.shapes import grey, three_classes, write_shapes
from tests.support.tiny import TINY, tiny_command

pytestmark = pytest.mark.usefixtures("tiny_network")
SIZE = 64


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shapes(tmp_path_factory.mktemp("data") / "shapes", 12)


@pytest.fixture(scope="module")
def trained(shapes: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainResult:
    out = tmp_path_factory.mktemp("model") / "m"
    return maskwright.train(shapes, out, steps=60, size=SIZE, threads=1)


def weights(model: Path) -> dict[str, np.ndarray]:
    return load_file(model / "weights.safetensors")


def assert_same_weights(one: Path, two: Path) -> None:
    expected = weights(one)
    for name, value in weights(two).items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)
    assert (one / "model.onnx").read_bytes() == (two / "model.onnx").read_bytes()


def test_a_short_run_learns_discs(trained: TrainResult) -> None:
    assert trained.steps == 60
    assert trained.metrics["training_mean_iou"] > 0.6
    assert trained.sentence


def test_the_directory_is_whole_and_sealed(trained: TrainResult) -> None:
    model = trained.model
    opened = open_directory(model)
    assert set(opened.hashes) == {
        "model.onnx",
        "model.json",
        "metrics.json",
        "splits.json",
        "weights.safetensors",
    }
    assert opened.info["steps"] == 60
    assert opened.info["network"]["classes"] == ["background", "foreground"]
    names = {path.name for path in model.rglob("*")}
    assert "checkpoint.safetensors" not in names
    assert not any(name.endswith(".tmp") for name in names)
    rows = (model / "training" / "log.csv").read_text().splitlines()
    assert rows[0].startswith("step,loss,val_iou")
    assert len(rows) == 61
    assert rows[-1].split(",")[2] != ""  # the last step is validated


def test_tensorboard_is_written_where_it_is_installed(trained: TrainResult) -> None:
    assert list((trained.model / "training" / "tensorboard").glob("events.*"))


def test_the_split_holds_out_pairs_that_were_not_trained_on(
    trained: TrainResult,
) -> None:
    (split,) = maskwright_splits(trained.model)
    assert set(split["train"]) & set(split["val"]) == set()
    scored = {row["name"] for row in trained.metrics["validation"]["images"]}
    assert scored == set(split["val"])


def maskwright_splits(model: Path) -> list[dict[str, list[str]]]:
    body = json.loads((model / "splits.json").read_text())
    found: list[dict[str, list[str]]] = body["splits"] if isinstance(body, dict) else body
    return found


def test_the_shipped_file_predicts_at_the_photos_size(trained: TrainResult, shapes: Path) -> None:
    segmenter = maskwright.load(trained.model)
    image = read_photo(shapes / "images" / "photo00.png").pixels
    odd = np.ascontiguousarray(image[:77, :101])
    assert segmenter(odd).shape == (77, 101, 2)


def test_the_same_seed_gives_the_same_weights(
    trained: TrainResult, shapes: Path, tmp_path: Path
) -> None:
    short = [maskwright.train(shapes, tmp_path / n, steps=6, size=SIZE, threads=1) for n in "ab"]
    assert_same_weights(short[0].model, short[1].model)
    assert short[0].metrics == short[1].metrics
    other = maskwright.train(shapes, tmp_path / "c", steps=6, size=SIZE, threads=1, seed=1)
    ours, theirs = weights(short[0].model), weights(other.model)
    assert any(not np.array_equal(ours[name], theirs[name]) for name in ours)


def test_a_killed_run_resumes_to_the_same_weights(shapes: Path, tmp_path: Path) -> None:
    options = ("--steps", "60", "--size", str(SIZE), "--threads", "1", "--quiet")
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    choice: dict[str, Any] = {"steps": 60, "size": SIZE, "threads": 1}
    maskwright.train(shapes, straight, **choice)
    run = subprocess.Popen(tiny_command("train", shapes, "-o", killed, *options))
    checkpoint = killed / "training" / "checkpoint.safetensors"
    log = killed / "training" / "log.csv"
    deadline = time.monotonic() + 120
    while not (checkpoint.exists() and len(log.read_text().splitlines()) > 12):
        assert run.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    run.kill()
    run.wait()
    assert not (killed / "MANIFEST.sha256").exists()
    with pytest.raises(ModelError, match="--resume"):
        maskwright.load(killed)
    maskwright.train(shapes, killed, **choice, resume=True)
    assert_same_weights(straight, killed)
    assert (straight / "metrics.json").read_bytes() == (killed / "metrics.json").read_bytes()
    assert len(log.read_text().splitlines()) == 61
    assert not [path for path in killed.rglob("*") if path.name.endswith(".tmp")]


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_ctrl_c_leaves_a_usable_model_that_can_go_on(shapes: Path, tmp_path: Path) -> None:
    model = tmp_path / "m"
    options = ("--steps", "5000", "--size", str(SIZE), "--threads", "1", "--json")
    run = subprocess.Popen(
        tiny_command("train", shapes, "-o", model, *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    log = model / "training" / "log.csv"
    deadline = time.monotonic() + 120
    while not (log.exists() and len(log.read_text().splitlines()) > 4):
        assert run.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    run.send_signal(signal.SIGINT)
    out, _ = run.communicate(timeout=120)
    assert run.returncode == 130
    body = json.loads(out)
    assert body["results"]["interrupted"] is True
    assert maskwright.load(model)(np.zeros((40, 50, 3), np.uint8)).shape == (40, 50, 2)
    made = body["results"]["steps"]
    assert open_directory(model).info["steps"] == made < 5000
    assert (model / "training" / "checkpoint.safetensors").exists()


def test_resume_refuses_to_become_another_run(shapes: Path, tmp_path: Path) -> None:
    maskwright.train(shapes, tmp_path / "m", steps=2, size=SIZE)
    again = maskwright.train(shapes, tmp_path / "m", steps=2, size=SIZE, resume=True)
    assert again.steps == 2
    with pytest.raises(UsageError, match="steps was 2, now 3"):
        maskwright.train(shapes, tmp_path / "m", steps=3, size=SIZE, resume=True)
    with pytest.raises(UsageError, match="--overwrite"):
        maskwright.train(shapes, tmp_path / "m", steps=2, size=SIZE)
    replaced = maskwright.train(shapes, tmp_path / "m", steps=3, size=SIZE, overwrite=True)
    assert replaced.steps == 3


def test_a_folder_that_is_no_model_is_never_touched(shapes: Path, tmp_path: Path) -> None:
    mine = tmp_path / "letters" / "training" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("keep me")
    choices: list[dict[str, Any]] = [{"overwrite": True}, {"resume": True}, {}]
    for choice in choices:
        with pytest.raises(UsageError, match="holds other files"):
            maskwright.train(shapes, tmp_path / "letters", steps=2, size=SIZE, **choice)
    assert [path for path in (tmp_path / "letters").rglob("*") if path.is_file()] == [mine]
    assert mine.read_text() == "keep me"


def test_overwriting_that_fails_early_leaves_the_old_model(shapes: Path, tmp_path: Path) -> None:
    model = maskwright.train(shapes, tmp_path / "m", steps=2, size=SIZE).model
    before = (model / "MANIFEST.sha256").read_bytes()
    with pytest.raises(UsageError, match="too few"):
        maskwright.train(shapes, model, minutes=0.01, size=SIZE, overwrite=True)
    assert (model / "MANIFEST.sha256").read_bytes() == before
    assert maskwright.load(model).classes == ("background", "foreground")


def test_a_run_refused_for_its_minutes_leaves_nothing(shapes: Path, tmp_path: Path) -> None:
    for folds in (None, 2):
        with pytest.raises(UsageError, match="too few"):
            maskwright.train(shapes, tmp_path / "m", minutes=0.01, size=SIZE, folds=folds)
        assert list(tmp_path.iterdir()) == []


def test_a_resumed_run_minds_what_is_said_of_the_data(tmp_path: Path) -> None:
    data = write_shapes(tmp_path / "data", 12)
    maskwright.train(data, tmp_path / "m", steps=2, size=SIZE)
    (data / "dataset.yaml").write_text("values: {0: nothing, 255: disc}\n")
    with pytest.raises(UsageError, match="have changed"):
        maskwright.train(data, tmp_path / "m", steps=2, size=SIZE, resume=True)


def test_held_out_photos_may_all_be_empty(tmp_path: Path) -> None:
    write_shapes(tmp_path / "data" / "train", 4)
    write_shapes(tmp_path / "data" / "val", 2, empty=2)
    result = maskwright.train(tmp_path / "data", tmp_path / "m", steps=2, size=SIZE)
    assert 0 <= result.metrics["validation"]["mean_iou"] <= 1
    assert len(result.metrics["validation"]["images"]) == 2


def test_many_photos_of_one_source_train_without_validation(tmp_path: Path) -> None:
    data = write_shapes(tmp_path / "film", 11)
    film = DataFolder(data, groups="(photo)")
    result = maskwright.train(film, tmp_path / "m", steps=2, size=SIZE)
    assert result.metrics["validation"] is None


def test_models_that_do_not_fit_their_own_words_are_refused(
    trained: TrainResult, shapes: Path, tmp_path: Path
) -> None:
    def sealed(name: str, change: Callable[[Path], None]) -> Path:
        model = tmp_path / name
        shutil.copytree(trained.model, model)
        change(model)
        seal(model)
        return model

    def other_encoder(model: Path) -> None:
        info = json.loads((model / "model.json").read_text())
        info["network"]["encoder"] = "mobilenet_v2"
        (model / "model.json").write_text(json.dumps(info))

    def no_network(model: Path) -> None:
        info = json.loads((model / "model.json").read_text())
        info["network"] = ["what"]
        (model / "model.json").write_text(json.dumps(info))

    def truncated(model: Path) -> None:
        weights_file = model / "weights.safetensors"
        weights_file.write_bytes(weights_file.read_bytes()[:5000])

    for name, change in (("a", other_encoder), ("b", no_network), ("c", truncated)):
        with pytest.raises(ModelError):
            maskwright.train(
                shapes, tmp_path / "out", start=sealed(name, change), steps=2, size=SIZE
            )
    assert not (tmp_path / "out").exists()


def test_data_that_cannot_be_used_leave_no_model(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        maskwright.train(tmp_path / "absent", tmp_path / "m", steps=2)
    assert not (tmp_path / "m").exists()


def test_data_of_which_no_model_could_be_opened_are_refused_first(
    shapes: Path, tmp_path: Path
) -> None:
    dataset = open_dataset(shapes)
    named = replace(dataset.encoding, classes=("background", "x" * 101))
    with pytest.raises(DataError, match="give them other names"):
        refuse_unwritable(replace(dataset, encoding=named), FAST)
    refuse_unwritable(dataset, FAST)


@pytest.mark.parametrize("count", [1, 2])
def test_very_few_pairs_train_without_validation(
    tmp_path: Path, count: int, caplog: pytest.LogCaptureFixture
) -> None:
    data = write_shapes(tmp_path / "few", count)
    result = maskwright.train(data, tmp_path / "m", steps=2, size=SIZE)
    assert result.metrics["validation"] is None
    assert "no honest figure" in result.sentence
    assert any("none will be held out" in record.message for record in caplog.records)


def test_empty_masks_and_the_paper_recipe(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = write_shapes(tmp_path / "some", 10, empty=4)
    result = maskwright.train(data, tmp_path / "m", recipe="paper", steps=3, size=SIZE)
    info = open_directory(result.model).info
    assert "warning: masks with nothing but background" in caplog.text
    assert info["recipe"]["name"] == "paper"
    assert info["resize"] == {"rule": "square", "size": SIZE, "multiple": 32}
    assert np.isfinite(result.metrics["training_mean_iou"])


def test_the_paper_recipe_counts_epochs(shapes: Path, tmp_path: Path) -> None:
    result = maskwright.train(shapes, tmp_path / "m", recipe="paper", size=32)
    assert result.steps == 20 * 1  # 11 photos in batches of 8 are one step an epoch


def test_several_classes_with_void(tmp_path: Path) -> None:
    data = three_classes(write_shapes(tmp_path / "some", 11))
    for path in sorted((data / "masks").iterdir()):
        mask = grey(path)
        mask[:3] = 255
        cv2.imwrite(str(path), mask)
    result = maskwright.train(data, tmp_path / "m", steps=3, size=SIZE)
    assert maskwright.load(result.model)(np.zeros((30, 40, 3), np.uint8)).shape == (30, 40, 3)
    continued = maskwright.train(
        write_shapes(tmp_path / "two", 4), tmp_path / "n", start=result.model, steps=2, size=SIZE
    )
    assert maskwright.load(continued.model).classes == ("background", "foreground")


def test_going_on_from_a_model_starts_better(
    trained: TrainResult, shapes: Path, tmp_path: Path
) -> None:
    fresh = maskwright.train(shapes, tmp_path / "a", steps=3, size=SIZE, start="scratch")
    further = maskwright.train(shapes, tmp_path / "b", steps=3, size=SIZE, start=trained.model)
    assert further.metrics["training_mean_iou"] > fresh.metrics["training_mean_iou"] + 0.2


def test_mobilenet_starts_from_scratch_or_says_what_it_needs(shapes: Path, tmp_path: Path) -> None:
    result = maskwright.train(
        shapes, tmp_path / "m", encoder="mobilenet_v2", start="scratch", steps=2, size=SIZE
    )
    assert open_directory(result.model).info["network"]["encoder"] == "mobilenet_v2"
    with pytest.raises(UsageError, match="mobilenet_v2-b0353104"):
        maskwright.train(shapes, tmp_path / "n", encoder="mobilenet_v2", steps=2)


def test_minutes_become_steps_that_are_kept(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    result = maskwright.train(shapes, tmp_path / "m", minutes=0.5, size=SIZE)
    assert result.steps >= 10
    assert open_directory(result.model).info["plan"]["steps"] == result.steps


@pytest.mark.slow
def test_a_run_by_the_clock_resumes_without_one(shapes: Path, tmp_path: Path) -> None:
    model = tmp_path / "m"
    options = ("--minutes", "0.4", "--size", "32", "--threads", "1", "--quiet")
    run = subprocess.Popen(tiny_command("train", shapes, "-o", model, *options))
    plan, log = model / "training" / "plan.json", model / "training" / "log.csv"
    deadline = time.monotonic() + 120
    while not (plan.exists() and log.exists()):
        assert run.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    run.kill()  # before the first checkpoint: it starts again, by the plan
    run.wait()
    steps = json.loads(plan.read_text())["steps"]
    subprocess.run(tiny_command("train", shapes, "-o", model, *options, "--resume"), check=True)
    assert open_directory(model).info["steps"] == steps
    assert len(log.read_text().splitlines()) == steps + 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"minutes": 1, "steps": 2}, "one of them"),
        ({"steps": 0}, "positive"),
        ({"minutes": 0.0}, "positive"),
        ({"recipe": "slow"}, "unknown recipe"),
        ({"encoder": "resnet"}, "resnet"),
        ({"size": 100}, "multiple of 32"),
        ({"size": 4096}, "up to 2,048"),
        ({"start": "nowhere"}, "--from nowhere"),
        ({"device": "tpu"}, "--device tpu"),
    ],
)
def test_bad_options_are_named(
    shapes: Path, tmp_path: Path, options: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        maskwright.train(shapes, tmp_path / "m", **options)  # type: ignore[arg-type]
    assert not (tmp_path / "m").exists()


def free_port() -> str:
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return str(found.getsockname()[1])


@pytest.mark.slow
def test_two_processes_have_the_loss_of_one(
    trained: TrainResult, shapes: Path, tmp_path: Path
) -> None:
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_machines", "1"]
    losses, known = [], []
    for processes in (1, 2):
        model = tmp_path / f"m{processes}"
        options = ("--from", trained.model, "--steps", "6", "--size", str(SIZE), "--quiet")
        _, *program = tiny_command("train", shapes, "-o", model, *options)
        several = ("--num_processes", str(processes), "--main_process_port", free_port())
        subprocess.run([*launch, *several, *program], check=True, timeout=300)
        rows = (model / "training" / "log.csv").read_text().splitlines()[1:]
        losses.append([float(row.split(",")[1]) for row in rows])
        known.append(open_directory(model).info["plan"]["known"])
    assert len(losses[0]) == 6
    np.testing.assert_allclose(losses[0], losses[1], atol=1e-4)
    assert known[0] == pytest.approx(known[1], abs=1e-4)


def test_torch_and_the_shipped_file_agree_on_odd_sizes(trained: TrainResult, shapes: Path) -> None:
    network = UNet(TINY, "light", 2)
    network.load_state_dict(load_torch_file(trained.model / "weights.safetensors"))
    shipped = maskwright.load(trained.model, enlarge="bilinear")
    ours = as_segmenter(network.eval(), shipped.classes, Resize("area", SIZE), use_flips=True)
    image = read_photo(shapes / "images" / "photo03.png").pixels
    for height, width in ((77, 101), (1, 50), (33, 7), (96, 112)):
        photo = np.ascontiguousarray(image[:height, :width])
        np.testing.assert_allclose(shipped(photo), ours(photo), atol=1e-4)


@pytest.mark.skipif(sys.platform == "win32", reason="no file size limit there")
def test_a_full_disk_ends_with_a_message_and_no_half_file(shapes: Path, tmp_path: Path) -> None:
    model = tmp_path / "m"
    # A limit on file sizes fails a write exactly where a full disk would.
    limited = (
        "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, 2**16));"
        "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    python, *program = tiny_command(
        "train", shapes, "-o", model, "--steps", "2", "--size", str(SIZE)
    )
    run = subprocess.run(
        [python, "-c", limited, *program], capture_output=True, text=True, timeout=300
    )
    assert run.returncode == 2, run.stderr
    assert "Traceback" not in run.stderr
    assert "maskwright:" in run.stderr
    assert not (model / "MANIFEST.sha256").exists()
    assert max(path.stat().st_size for path in model.rglob("*") if path.is_file()) < 2**16
    assert not [path for path in model.rglob("*") if path.name.endswith(".tmp")]


def test_an_output_that_cannot_be_made_is_named(shapes: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write there"):
        maskwright.train(shapes, tmp_path / "file" / "m", steps=2, size=SIZE)
