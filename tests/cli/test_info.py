"""The info command."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from maskwright.cli.app import app
from maskwright.cli.info import command
from maskwright.runtime.directory import seal
from maskwright.runtime.metadata import with_metadata
from maskwright.runtime.segmenter import load
from tests.support.models import write_model


class Terminal(io.StringIO):
    """A terminal that keeps what was printed."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model")


def test_a_model_is_described(model: Path) -> None:
    done = CliRunner().invoke(app, ["info", str(model)])
    assert done.exit_code == 0, done.output
    assert "background, foreground" in done.output
    assert "all 3 files are unchanged" in done.output
    assert load(model).fingerprint in done.output
    for option in ("-q", "-v"):
        assert CliRunner().invoke(app, ["info", str(model), option]).stdout == done.stdout


def test_as_json(model: Path) -> None:
    done = CliRunner().invoke(app, ["info", str(model), "--json"])
    results = json.loads(done.stdout)["results"]
    assert results["classes"] == ["background", "foreground"]
    assert results["info"]["recipe"]["name"] == "fast"
    assert results["gate"]["of"] == "package"
    assert results["resize"] == {"rule": "area", "size": 64, "multiple": 32}
    assert sorted(results["files"]) == ["metrics.json", "model.json", "model.onnx"]


def test_it_says_what_is_done_to_masks(model: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["info", str(model)])
    assert "cleaned       nothing" in done.output
    assert "fused         the gate of the package" in done.output
    clean = {"components": 0.1, "holes": 0.003}
    file = tmp_path / "cleans.onnx"
    file.write_bytes(with_metadata((model / "model.onnx").read_bytes(), {"clean": clean}))
    done = CliRunner().invoke(app, ["info", str(file)])
    assert "pieces under 10.0% of the largest one, holes under 0.3% of it" in done.output


def test_an_onnx_file_alone_is_described_too(model: Path) -> None:
    done = CliRunner().invoke(app, ["info", str(model / "model.onnx")])
    assert done.exit_code == 0
    assert "background, foreground" in done.output


def test_a_damaged_model_ends_in_2(model: Path) -> None:
    (model / "metrics.json").write_text("{}", encoding="utf-8")
    done = CliRunner().invoke(app, ["info", str(model), "--json"])
    assert done.exit_code == 2
    assert "metrics.json: not as sealed" in json.loads(done.stdout)["errors"][0]["error"]


def test_the_card_of_a_model_is_printed(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["info", "subject"])
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert "# subject" in lines
    assert "## Data and terms" in lines
    results = json.loads(CliRunner().invoke(app, ["info", "subject", "--json"]).stdout)["results"]
    assert results["card"] in done.stdout
    assert "images" not in results["metrics"]["validation"]


def test_on_a_terminal_a_card_is_laid_out(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (model / "CARD.md").write_text("# mine\n\nof **bold** \x1b[2J[words](https://a.b)\n")
    seal(model)
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with pytest.raises(typer.Exit):
        command(model=str(model))
    said = terminal.getvalue()
    assert "of" in said and "bold" in said and "https://a.b" in said
    assert "# mine" not in said and "**" not in said and "\x1b[2J" not in said


def test_a_card_commands_no_terminal(model: Path) -> None:
    (model / "CARD.md").write_text("# mine\n\x1b[2Jgone\n", encoding="utf-8")
    seal(model)
    done = CliRunner().invoke(app, ["info", str(model)])
    assert done.exit_code == 0
    assert "# mine" in done.stdout
    assert "\x1b" not in done.stdout
