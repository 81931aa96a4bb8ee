"""`maskwright evaluate --cv`, as a person or a script calls it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from maskwright.cli.app import app
from tests.support.shapes import write_shapes
from tests.support.tiny import tiny_command

pytestmark = pytest.mark.usefixtures("tiny_network")
SMALL = ("--cv", "2", "--steps", "3", "--size", "64", "--threads", "1")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shapes(tmp_path_factory.mktemp("data") / "shapes", 8)


def run(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--minutes", "3"), "--minutes is for cross-validation"),
        (("--steps", "3"), "--steps is for cross-validation"),
        (("--recipe", "fast"), "--recipe is for cross-validation"),
        (("--size", "64"), "--size is for cross-validation"),
        (("--learning-curve",), "--learning-curve is for cross-validation"),
        (("--unlabelled", "photos"), "--unlabelled is for cross-validation"),
        (("--resume",), "--resume is for cross-validation"),
        (("--cv", "3", "--model", "m"), "--model: --cv trains models of its own"),
        (("--cv", "3", "--predictions", "p"), "--predictions: --cv trains"),
        (("--cv", "3", "--threshold", "0.3"), "--threshold: --cv trains"),
        (("--cv", "1"), "2 folds or more"),
        (("--cv", "3", "--minutes", "1", "--steps", "9"), "give one of them"),
        (("--cv", "3", "--method", "siox"), "name unet"),
        (("--cv", "3", "--method", "unet,fused"), "learn no gate"),
        (("--cv", "3", "--minutes", "nan"), "finite"),
        (("--cv", "3", "--minutes", "inf"), "finite"),
        (("--cv", "3", "--resume"), "--resume needs -o"),
        (("--cv", "3", "--unlabelled", "nothing-there"), "nothing-there"),
        (("--cv", "9"), "sources are needed"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    data: Path, options: tuple[str, ...], said: str
) -> None:
    done = run(data, *options, "--json")
    assert done.exit_code == 2
    (error,) = json.loads(done.stdout)["errors"]
    assert said in error["error"]


@pytest.mark.parametrize("options", [(), ("--overwrite",), ("--resume",)])
@pytest.mark.parametrize("finished", [True, False])
def test_a_model_is_no_place_for_a_report(
    data: Path, tmp_path: Path, options: tuple[str, ...], finished: bool
) -> None:
    """Neither a finished one nor one whose training was killed, whatever is said."""
    model = tmp_path / "model"
    (model / "training" / "cache").mkdir(parents=True)
    (model / "training" / "plan.json").write_text("{}")
    (model / "training" / "checkpoint.safetensors").write_text("hours of work")
    if finished:
        (model / "MANIFEST.sha256").write_text("")
    before = sorted(model.rglob("*"))
    done = run(data, *SMALL, "-o", model, *options)
    assert done.exit_code == 2
    assert "contains a model" in done.output
    assert sorted(model.rglob("*")) == before


def test_the_report_has_the_study_and_nothing_is_left_of_the_models(
    data: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report"
    done = run(data, *SMALL, "-o", report)
    assert done.exit_code == 0, done.output
    assert "threshold:" in done.stdout
    assert sorted(path.name for path in report.iterdir()) == [
        "report.html",
        "scores.csv",
        "scores.json",
    ]
    kept = json.loads((report / "scores.json").read_text())
    assert kept["photos"] == 8
    assert kept["study"]["folds"] == 2
    assert kept["study"]["steps"] == 3
    assert set(kept["study"]["calibration"]) >= {"threshold", "iou_before", "iou_after", "low"}
    again = run(data, *SMALL, "-o", report)
    assert again.exit_code == 2
    assert "not empty" in again.output


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_ctrl_c_leaves_what_resume_goes_on_with(data: Path, tmp_path: Path) -> None:
    report = tmp_path / "report"
    size = ("--cv", "2", "--steps", "40", "--size", "64", "--threads", "1")
    long = [str(data), "-o", str(report), *size]
    running = subprocess.Popen(
        tiny_command("evaluate", *long), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    log = report / "cross-validation" / "folds" / "fold-1" / "training" / "log.csv"
    deadline = time.monotonic() + 200
    while not (log.exists() and len(log.read_text().splitlines()) > 4):
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=200)
    assert running.returncode == 130
    assert "--resume goes on" in out
    assert not (report / "scores.json").exists()
    done = run(*long)
    assert done.exit_code == 2
    assert "--resume goes on with it" in done.output
    done = run(*long, "--resume", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["results"]["study"]["steps"] == 40
    assert not (report / "cross-validation").exists()
