"""What an ONNX file may say about itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from maskwright.errors import ModelError
from maskwright.refine.clean import Clean
from maskwright.runtime.onnx_file import parse_metadata
from tests.support.models import metadata


def test_metadata_is_read() -> None:
    found = parse_metadata(json.dumps(metadata(logit_shift=[0.5, -1])), "m.onnx")
    assert found.classes == ("background", "foreground")
    assert (found.resize.rule, found.resize.size, found.resize.multiple) == ("area", 64, 32)
    assert found.flips is True
    assert found.logit_shift == (0.5, -1)
    assert (found.enlarge, found.clean) == ("bilinear", None), "as in files that do not say"


def test_metadata_says_how_masks_are_enlarged_and_cleaned() -> None:
    clean = {"components": 0.1, "holes": 0}
    found = parse_metadata(json.dumps(metadata(enlarge="guided", clean=clean)), "m.onnx")
    assert found.enlarge == "guided"
    assert found.clean == Clean(components=0.1, holes=0)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"classes": ["only"]},
        {"classes": ["same", "same"]},
        {"classes": ["background", "a\x1b[2J"]},
        {"classes": "background"},
        {"classes": [["a"], ["b"]]},
        {"resize": {"rule": "pad", "size": 64, "multiple": 32}},
        {"resize": {"rule": "area", "size": 10**9, "multiple": 32}},
        {"resize": {"rule": "area", "size": 2080, "multiple": 32}},
        {"resize": {"rule": "area", "size": True, "multiple": 32}},
        {"resize": {"rule": "area", "size": 64.5, "multiple": 32}},
        {"resize": {"rule": "area", "size": 64, "multiple": 0}},
        {"resize": {"rule": "square", "size": 100, "multiple": 32}},
        {"resize": 3},
        {"flips": "yes"},
        {"logit_shift": [0.0]},
        {"logit_shift": [0.0, float("nan")]},
        {"logit_shift": [0.0, "1"]},
        {"logit_shift": [0.0, True]},
        {"logit_shift": [0.0, 1e300]},
        {"logit_shift": [0.0, -41]},
        {"logit_shift": [0, 10**400]},
        {"enlarge": "nearest"},
        {"enlarge": None},
        {"clean": 0.1},
        {"clean": {"components": 0.1}},
        {"clean": {"components": 2, "holes": 0}},
        {"clean": {"components": 0, "holes": float("nan")}},
        {
            "classes": ["a", "b", "c"],
            "logit_shift": [0.0, 0.0, 0.0],
            "clean": {"components": 0.1, "holes": 0},
        },
    ],
)
def test_metadata_out_of_range_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match=r"m\.onnx: its metadata cannot be used"):
        parse_metadata(json.dumps(metadata(**changes)), "m.onnx")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", "[" * 100_000, "{}", json.dumps(metadata()) + " " * 2**20]
)
def test_metadata_that_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(ModelError, match=r"m\.onnx: its metadata cannot be used"):
        parse_metadata(text, "m.onnx")


def test_a_foreign_onnx_file_says_where_ours_come_from() -> None:
    with pytest.raises(ModelError, match="maskwright export"):
        parse_metadata(None, "m.onnx")
