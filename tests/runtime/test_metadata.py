"""What a model says of itself can be changed without changing the network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import onnx

import maskwright
from maskwright.refine.clean import Clean
from maskwright.runtime.metadata import with_metadata
from tests.support.models import loaded, red_model, write_model


def test_only_what_is_named_changes(tmp_path: Path) -> None:
    path = write_model(tmp_path / "m", red_model())
    before = (path / "model.onnx").read_bytes()
    after = with_metadata(
        before, {"enlarge": "guided", "clean": {"components": 0.1, "holes": 0.03}}
    )
    assert loaded(after).metadata == replace(
        maskwright.load(path).metadata, enlarge="guided", clean=Clean(0.1, 0.03)
    )
    graphs = [onnx.load_from_string(one).graph.SerializeToString() for one in (before, after)]
    assert graphs[0] == graphs[1]
