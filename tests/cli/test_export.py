"""The export command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from maskwright.cli.app import app
from maskwright.runtime.segmenter import load
from tests.support.models import write_model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model")


def export(model: Path, file: Path, *more: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["export", str(model), "-o", str(file), "--json", *more])
    errors = json.loads(done.stdout)["errors"]
    return done.exit_code, errors[0]["error"] if errors else ""


def test_the_file_is_the_model(model: Path, tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "leaves.onnx"
    assert export(model, file) == (0, "")
    assert file.read_bytes() == (model / "model.onnx").read_bytes()
    assert load(file).fingerprint == load(model).fingerprint
    assert export(model, file, "--overwrite", "-q", "-v") == (0, "")


def test_an_existing_file_is_kept_unless_told_otherwise(model: Path, tmp_path: Path) -> None:
    file = tmp_path / "leaves.onnx"
    file.write_bytes(b"precious")
    code, error = export(model, file)
    assert code == 2
    assert "--overwrite" in error
    assert file.read_bytes() == b"precious"
    assert export(model, file, "--overwrite") == (0, "")
    assert file.read_bytes() == (model / "model.onnx").read_bytes()


def test_refusals_leave_nothing_behind(model: Path, tmp_path: Path) -> None:
    assert export(model, tmp_path / "leaves.pt")[0] == 2
    (tmp_path / "blocked").write_text("a file", encoding="utf-8")
    assert export(model, tmp_path / "blocked" / "leaves.onnx")[0] == 2
    data = (model / "model.onnx").read_bytes()
    (model / "model.onnx").write_bytes(data[:-1])
    code, error = export(model, tmp_path / "leaves.onnx")
    assert code == 2
    assert "not as sealed" in error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["blocked", "model"]


def test_for_rembg_the_caveat_is_printed(model: Path, tmp_path: Path) -> None:
    arguments = [
        "export",
        str(model),
        "-o",
        str(tmp_path / "m.onnx"),
        "--format",
        "rembg",
        "--half",
    ]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "u2net_custom" in done.stdout
    assert "amplified noise" in done.stdout
    code, error = export(model, tmp_path / "n.onnx", "--format", "coreml")
    assert code == 2
    assert "choose onnx or rembg" in error
    assert not (tmp_path / "n.onnx").exists()


def test_the_bundled_model_by_name(tmp_path: Path) -> None:
    assert export(Path("subject"), tmp_path / "s.onnx") == (0, "")
    assert load(tmp_path / "s.onnx").classes == ("background", "foreground")
