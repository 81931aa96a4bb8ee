"""The description of a model: the gate of `fused`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from maskwright.errors import ModelError
from maskwright.fusion.gate import CLOSED, bundled_gate
from maskwright.runtime.describe import as_lines, describe
from tests.support.method_outputs import gate_of
from tests.support.models import metadata, red_green_model, red_model, write_model

FIGURES = {"gain": 0.01, "interval": [0.001, 0.019], "photos": 40}


def with_gate(path: Path, gate: dict[str, Any]) -> Path:
    return write_model(path, red_model(metadata(gate=gate)))


def line_of(said: dict[str, Any]) -> str:
    (line,) = (line for line in as_lines(said) if line.startswith("fused "))
    return " ".join(line.split()[1:])


def test_a_model_with_its_own_gate(tmp_path: Path) -> None:
    said = describe(with_gate(tmp_path / "m", gate_of().to_json()))
    assert said["gate"] == {"of": "model", "is_closed": False, **FIGURES}
    assert line_of(said) == (
        "the model's own gate: +1.00 points of IoU (+0.10 to +1.90) on 40 held-out photos"
    )


def test_a_model_with_a_closed_gate(tmp_path: Path) -> None:
    shut = gate_of(CLOSED).to_json() | {"gain": -0.001, "interval": [-0.004, 0.002]}
    said = describe(with_gate(tmp_path / "m", shut))
    assert said["gate"]["of"] == "model" and said["gate"]["is_closed"]
    assert line_of(said) == (
        "the gate is closed: -0.10 points of IoU (-0.40 to +0.20) on 40 held-out photos"
    )


@pytest.mark.parametrize("what", [".", "model.onnx"])
def test_the_gate_of_the_package(tmp_path: Path, what: str) -> None:
    said = describe(write_model(tmp_path / "m") / what)
    gate = bundled_gate()
    assert said["gate"] == {
        "of": "package",
        "is_closed": False,
        "gain": gate.gain,
        "interval": list(gate.interval),
        "photos": gate.photos,
    }
    line = line_of(said)
    assert line.startswith(f"the gate of the package: {100 * gate.gain:+.2f} points of IoU")
    assert line.endswith(f"on {gate.photos} held-out photos of the bundled model")


def test_no_gate_with_more_than_two_classes(tmp_path: Path) -> None:
    said = describe(write_model(tmp_path / "m", red_green_model()))
    assert said["gate"] is None
    assert line_of(said) == "not with more than two classes"


def test_a_damaged_gate_is_found(tmp_path: Path) -> None:
    path = with_gate(tmp_path / "m", gate_of().to_json() | {"photos": None})
    with pytest.raises(ModelError, match=r"/m: its gate .* is damaged"):
        describe(path)
