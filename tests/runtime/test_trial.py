"""Trying a model in a process with limits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import numpy_helper
from typer.testing import CliRunner

from maskwright import try_model
from maskwright.cli.app import app
from maskwright.errors import ModelError
from tests.support.models import red_model, write_model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model")


def test_a_model_that_works_passes_and_nothing_here_is_imported(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The current folder may come with the model, and hold a module called as one of ours."""
    for name in ("numpy", "json", "maskwright"):
        (model.parent / f"{name}.py").write_text("raise SystemExit(7)", encoding="utf-8")
    monkeypatch.chdir(model.parent)
    try_model(Path("model"))


def test_what_fails_there_is_said_here(tmp_path: Path) -> None:
    proto = red_model()
    proto.graph.initializer[0].CopyFrom(
        numpy_helper.from_array(np.full((2, 3, 1, 1), np.nan, np.float32), "kernel")
    )
    model = write_model(tmp_path / "nan", proto)
    done = CliRunner().invoke(app, ["info", str(model), "--untrusted"])
    assert done.exit_code == 2
    assert f"{model / 'model.onnx'}: what its network computes are no probabilities" in done.stderr
    assert CliRunner().invoke(app, ["info", str(model)]).exit_code == 0  # which runs nothing


def test_a_model_that_takes_too_long_is_refused(model: Path) -> None:
    with pytest.raises(ModelError, match=r"takes more than 0\.02 seconds; do not use this model"):
        try_model(model, seconds=0.02)


@pytest.mark.skipif("sys.platform != 'linux'")
def test_a_model_that_takes_too_much_memory_is_refused(model: Path) -> None:
    with pytest.raises(ModelError, match=r"memory|bad_alloc|ends the program"):
        try_model(model, memory=2**28)
