"""`maskwright evaluate`, as a person or a script calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import maskwright
from maskwright.cli.app import app
from tests.support.folders import disc, red_photo, save, write_data, write_masks
from tests.support.models import write_model

MASKS = {"a": disc(40, 60), "b": disc(30, 30)}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_data(tmp_path / "data", MASKS, scale=255)


def run(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


def results(done: Any) -> dict[str, Any]:
    body = json.loads(done.stdout)
    assert body["command"] == "evaluate"
    return dict(body["results"])


def test_a_model_in_a_table_and_a_report(data: Path, tmp_path: Path) -> None:
    model, report = write_model(tmp_path / "model"), tmp_path / "report"
    done = run(data, "--model", model, "-o", report)
    assert done.exit_code == 0, done.output
    scores = maskwright.evaluate(data, model=model)
    assert f"{scores.summary.iou:.3f}" in done.stdout
    assert str(report) in done.stdout
    kept = json.loads((report / "scores.json").read_text())["methods"]["unet"]
    assert kept["summary"]["iou"] == scores.summary.iou
    assert (report / "scores.csv").is_file()
    assert (report / "report.html").is_file()


def test_json_is_the_report(data: Path, tmp_path: Path) -> None:
    folder = write_masks(tmp_path / "p", {name: mask * 255 for name, mask in MASKS.items()})
    done = run(data, "--predictions", folder, "--json", "-o", tmp_path / "report")
    assert done.exit_code == 0, done.output
    found = results(done)
    assert found == json.loads((tmp_path / "report" / "scores.json").read_text())
    assert found["methods"]["predictions"]["summary"]["iou"] == 1
    assert found["methods"]["predictions"]["method"] == {"predictions": str(folder)}


def test_the_report_is_refused_before_any_work(data: Path, tmp_path: Path) -> None:
    report = tmp_path / "report"
    save(report / "scores.json.png", MASKS["a"])
    done = run(data, "--model", tmp_path / "no-model", "-o", report)
    assert done.exit_code == 2
    assert "--overwrite" in done.stderr
    model = write_model(tmp_path / "model")
    assert run(data, "--model", model, "-o", report, "--overwrite").exit_code == 0


def test_a_report_that_cannot_be_written_is_refused_before_any_work(
    data: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    done = run(data, "--model", tmp_path / "no-model", "-o", tmp_path / "file" / "report")
    assert done.exit_code == 2
    assert "cannot be written" in done.stderr and "no-model" not in done.stderr


def test_figures_are_told_though_the_disk_fills_up(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("maskwright.report.write.write_bytes", full)
    asked: list[str | Path] = [
        data,
        "--model",
        write_model(tmp_path / "model"),
        "-o",
        tmp_path / "report",
    ]
    done = run(*asked)
    assert done.exit_code == 2
    assert "unet" in done.stdout and "report.html" not in done.stdout
    assert "No space left on device" in done.stderr
    body = json.loads(run(*asked, "--json").stdout)
    assert not body["ok"] and body["results"]["methods"]["unet"]
    assert "No space left" in body["errors"][0]["error"]


def test_values_ignore_and_masks_reach_the_data(tmp_path: Path) -> None:
    mask = disc(40, 60)
    stored = np.where(mask == 1, 255, 0).astype(np.uint8)
    stored[:8] = 128
    save(tmp_path / "data" / "images" / "a.png", red_photo(mask))
    save(tmp_path / "data" / "truth" / "a.png", stored)
    model = write_model(tmp_path / "model")
    asked: list[str | Path] = [tmp_path / "data", "--model", model, "--masks", "truth"]
    unsaid = run(*asked)
    assert unsaid.exit_code == 2
    assert "--ignore 128" in unsaid.stderr
    done = run(*asked, "--values", "0=background,255=leaf", "--ignore", "128", "--json")
    assert done.exit_code == 0, done.output
    assert results(done)["classes"] == ["background", "leaf"]
    assert results(done)["methods"]["unet"]["rows"][0]["void"] == pytest.approx(8 / 40)


def test_threads_and_threshold_reach_the_model(data: Path, tmp_path: Path) -> None:
    model = write_model(tmp_path / "model")
    low = results(run(data, "--model", model, "--threshold", "0.01", "--json"))
    high = results(run(data, "--model", model, "--threshold", "0.9", "--threads", "1", "--json"))
    found = [one["methods"]["unet"]["summary"] for one in (low, high)]
    recalls = [summary["classes"][0]["recall"] for summary in found]
    assert recalls[0] > recalls[1]
    assert run(data, "--model", model, "--threshold", "2").exit_code == 2
    assert run(data, "--model", model, "--device", "abacus").exit_code == 2


def test_the_number_of_worst_photos(data: Path, tmp_path: Path) -> None:
    model = write_model(tmp_path / "model")
    assert "\nb " in run(data, "--model", model, "--worst", "2").stdout
    assert "worst photos" not in run(data, "--model", model, "--worst", "0").stdout


def test_missing_predictions_end_in_2_with_valid_json(data: Path, tmp_path: Path) -> None:
    folder = write_masks(tmp_path / "p", {"a": MASKS["a"] * 255})
    done = run(data, "--predictions", folder, "--json", "-o", tmp_path / "report")
    assert done.exit_code == 2
    body = json.loads(done.stdout)
    assert not body["ok"]
    assert "no predicted mask: b" in body["errors"][0]["error"]
    assert not (tmp_path / "report").exists()


def test_the_default_model_comes_from_the_environment(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = write_model(tmp_path / "elsewhere")
    monkeypatch.setenv("MASKWRIGHT_MODEL", str(model))
    monkeypatch.chdir(tmp_path)
    named = run(data, "--model", model, "--json").stdout
    assert run(data, "--json").stdout == named
    monkeypatch.delenv("MASKWRIGHT_MODEL")
    # Without one it is the bundled model's turn, which knows no red discs.
    bundled = run(data, "--json")
    assert bundled.exit_code == 0, bundled.output
    assert bundled.stdout != named
    assert bundled.stdout == run(data, "--model", "subject", "--json").stdout


def test_several_methods_in_one_go(data: Path, tmp_path: Path) -> None:
    model, report = write_model(tmp_path / "model"), tmp_path / "report"
    asked: list[str | Path] = [
        data,
        "--model",
        model,
        "--method",
        "unet, siox",
        "--box",
        "4,4,26,26",
    ]
    done = run(*asked, "-o", report, "--gallery", "1")
    assert done.exit_code == 0, done.output
    assert "siox minus unet" in done.stdout
    assert "seeds: the box 4,4,26,26" in done.stdout
    body = json.loads((report / "scores.json").read_text())
    assert list(body["methods"]) == ["unet", "siox"]
    assert body["methods"]["siox"]["method"]["seeds"] == "the box 4,4,26,26"
    assert {one["figure"] for one in body["comparisons"]} == {"iou", "error_rate", "boundary_f"}
    assert results(run(*asked, "--json")) == body
    page = (report / "report.html").read_text(encoding="utf-8")
    assert "siox" in page and page.count("data:image/jpeg") == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--method", "magic"], "no such method"),
        (["--box", "1,1,5,5"], "--box"),
        (["--method", "siox", "--model", "m"], "--method unet,siox"),
        (["--method", "siox", "--box", "1,1,5,5", "--seeds", "model"], "--box and --seeds"),
        (["--method", "siox", "--box", "5,5,1,1"], "5,5,1,1"),
        (["--method", "siox", "--scribbles", "nowhere"], "nowhere"),
        (["--method", "unet,predictions"], "predictions"),
    ],
)
def test_options_that_fit_no_method_end_in_2(data: Path, options: list[str], says: str) -> None:
    done = run(data, *options)
    assert done.exit_code == 2
    assert says in done.stderr


def test_groups_reach_the_intervals(data: Path, tmp_path: Path) -> None:
    folder = write_masks(tmp_path / "p", {name: mask * 255 for name, mask in MASKS.items()})
    asked: list[str | Path] = [data, "--predictions", folder, "--json"]
    assert results(run(*asked))["methods"]["predictions"]["intervals"]["iou"] == [1, 1]
    (data / "pairs.csv").write_text("name,group\na,plant\nb,plant\n")
    assert results(run(*asked))["methods"]["predictions"]["intervals"] == {}
    done = run(*asked, "--groups", "^plant")
    assert done.exit_code == 2 and "matches no name" in done.stdout


def test_predict_then_evaluate_without_torch(data: Path, tmp_path: Path) -> None:
    """The two commands in their own processes; neither may need the training extra."""
    model, out = write_model(tmp_path / "model"), tmp_path / "out"
    code = (
        "import sys; sys.modules['torch'] = None\n"  # importing it raises
        "from maskwright.cli.app import main; main()"
    )

    def maskwright_(*arguments: str | Path) -> str:
        command = [sys.executable, "-c", code, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    maskwright_("predict", data / "images", "--model", model, "-o", out, "--save", "mask,prob")
    from_files = json.loads(maskwright_("evaluate", data, "--predictions", out, "--json"))
    direct = json.loads(maskwright_("evaluate", data, "--model", model, "--json"))
    masks = from_files["results"]["methods"]["predictions"]
    assert masks["rows"] == direct["results"]["methods"]["unet"]["rows"]
    assert masks["summary"]["mae"] is not None
