"""Empty arguments: refused by every command, with the name of the option."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from maskwright.cli.app import app

COMMANDS: dict[str, Any] = vars(typer.main.get_command(app))["commands"]


def texts() -> list[tuple[str, str]]:
    """Every option that takes a value, with its command."""
    return [
        (name, parameter.opts[-1])
        for name, command in COMMANDS.items()
        for parameter in command.params
        if parameter.param_type_name == "option" and not parameter.is_flag
    ]


def test_every_command_is_looked_at() -> None:
    assert {name for name, _ in texts()} >= {"predict", "evaluate", "train", "augment", "export"}
    assert len(texts()) > 40


@pytest.mark.parametrize(("command", "option"), texts())
def test_an_empty_option_is_named(command: str, option: str) -> None:
    done = CliRunner().invoke(app, [command, option, ""])
    assert done.exit_code == 2
    assert option in done.output and "it is empty" in done.output


@pytest.mark.parametrize("empty", ["", " ", "\t"])
@pytest.mark.parametrize("command", ["predict", "check", "train", "evaluate", "augment", "info"])
def test_an_empty_argument_is_named(
    command: str, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, [command, empty])
    assert done.exit_code == 2
    assert "it is empty" in done.output
    assert list(tmp_path.iterdir()) == []
