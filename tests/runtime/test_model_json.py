"""What model.json and the other JSON files of a model may say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from maskwright.errors import ModelError
from maskwright.evaluation.methods import ModelFile
from maskwright.runtime.directory import seal
from maskwright.runtime.model_json import model_info, parsed_json
from tests.support.models import write_model

FILE = Path("model.json")


def info(**changes: Any) -> bytes:
    usual = {
        "format": 1,
        "network": {"encoder": "e", "decoder": "d", "classes": ["background", "foreground"]},
        "resize": {"rule": "area", "size": 320, "multiple": 32},
    }
    return json.dumps(usual | changes).encode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": 10**400}, "format 1000.*, this version reads 1"),
        ({"network": ["e"]}, "bad network"),
        ({"network": {"encoder": ["e"]}}, "bad encoder"),
        ({"network": {"decoder": {}}}, "bad decoder"),
        ({"resize": 3}, "bad resize"),
        ({"resize": {"size": 32_000_000}}, "bad size"),
        ({"resize": {"size": 10**400}}, "bad size"),
        ({"resize": {"size": 0}}, "bad size"),
        ({"resize": {"size": True}}, "bad size"),
        ({"resize": {"size": 320.0}}, "bad size"),
        ({"seed": "x" * 2**22}, "larger than"),
    ],
)
def test_values_out_of_range_are_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError, match=rf"model\.json: {said}"):
        model_info(FILE, info(**changes))


def test_what_is_missing_is_not_refused() -> None:
    assert model_info(FILE, info())["format"] == 1
    assert model_info(FILE, b'{"format": 1}') == {"format": 1}


@pytest.mark.parametrize("levels", [31, 900, 200_000])
def test_deep_nesting_is_refused(levels: int) -> None:
    with pytest.raises(ModelError, match=r"model\.json: (more than 30 levels deep|not JSON)"):
        parsed_json(FILE, b'{"a":' * levels + b"1" + b"}" * levels)


@pytest.mark.parametrize("encoding", [3, [], {"rules": [[1e999]]}, {"rules": 3}, "x"])
def test_a_mask_encoding_that_is_none_is_refused(tmp_path: Path, encoding: Any) -> None:
    model = write_model(tmp_path / "model")
    known = json.loads((model / "model.json").read_text(encoding="utf-8"))
    text = json.dumps(known | {"mask_encoding": encoding})
    (model / "model.json").write_text(text, encoding="utf-8")
    seal(model)
    with pytest.raises(ModelError, match=r"model\.json: bad mask_encoding"):
        _ = ModelFile(model).encoding
