"""The format of results: nothing is lost but digits, and a row of a table is a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.result_files import FOLDER, read_results, write_results

MIXED: dict[str, Any] = {
    "scores": {
        name: {"iou": 0.5, "interval": [0.25, 0.75], "note": None}
        for name in ("ä", *map("photo{:040}".format, range(4)))
    },
    "curve": [{"step": step, "loss": 1 / 2**step} for step in range(5)],
    "machine": {"cores": 2, "packages": {"numpy": "2.3"}},
    "ragged": {"a": {"x": 1}, "b": {"x": 1, "y": 2}, "c": {"y": 2, "x": 1}},
    "runs": [{"deep": {"x": 1}}] * 3,
    "empty": [{}, [], {"nothing": {}}],
    "flags": [True, False],
}


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "new" / "results.json"
    assert read_results(file) == {}
    assert write_results(file, MIXED) == MIXED == read_results(file)
    assert list(read_results(file)["ragged"]["c"]) == ["y", "x"]


def test_tables_name_their_columns_once_and_take_a_line_a_row(tmp_path: Path) -> None:
    write_results(tmp_path / "results.json", MIXED)
    text = (tmp_path / "results.json").read_text("utf-8")
    assert '\n   "ä": [0.5, [0.25, 0.75], null],\n' in text
    assert text.count('"interval"') == text.count('"loss"') == 1
    assert json.loads(text)["curve"] == {
        "columns": {"step": [0, 1, 2, 3, 4], "loss": [1, 0.5, 0.25, 0.125, 0.0625]}
    }


def test_numbers_are_rounded_and_keys_are_strings(tmp_path: Path) -> None:
    kept = write_results(tmp_path / "results.json", {"iou": 2 / 3, "runs": {40: (1, 2)}})
    assert kept == {"iou": 0.6666667, "runs": {"40": [1, 2]}}
    with pytest.raises(ValueError):
        write_results(tmp_path / "results.json", {"iou": float("nan")})
    assert read_results(tmp_path / "results.json") == kept


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.json")), ids=lambda file: file.stem)
def test_the_committed_results_are_in_this_format(file: Path, tmp_path: Path) -> None:
    write_results(tmp_path / "again.json", read_results(file))
    assert (tmp_path / "again.json").read_bytes() == file.read_bytes()
