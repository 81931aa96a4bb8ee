"""predict.jsonl survives what a killed process leaves, and tells done from not done."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from maskwright.outputs.manifest import (
    MOST_BYTES,
    PhotoResult,
    is_done,
    journal_of,
    read_results,
    write_results,
)


def result(name: str = "a", **changes: Any) -> PhotoResult:
    plain = PhotoResult(
        name=name, input=f"photos/{name}.jpg", sha256="1", model="2", options={"save": ["mask"]}
    )
    return replace(plain, **changes)


@pytest.fixture
def done(tmp_path: Path) -> PhotoResult:
    """A result whose output is there."""
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / "a.png").write_bytes(b"mask")
    return result(outputs={"masks/a.png": hashlib.sha256(b"mask").hexdigest()})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "predict.jsonl"
    results = [result("a"), result("Blüte \udcff", error="no"), result("b", foreground=0.5)]
    for one in results:
        journal_of(file)(one)
    assert list(read_results(file).values()) == results
    write_results(file, reversed(results))
    assert list(read_results(file).values()) == results[::-1]


def test_the_last_line_of_a_photo_counts(tmp_path: Path) -> None:
    file = tmp_path / "predict.jsonl"
    write_results(file, [result("a", error="no"), result("b"), result("a", foreground=0.5)])
    assert read_results(file)["a"].foreground == 0.5


def test_no_file_is_no_results(tmp_path: Path) -> None:
    assert read_results(tmp_path / "predict.jsonl") == {}


@pytest.mark.parametrize("keep", [1, 20, -2, -1])
def test_a_torn_last_line_is_ignored_and_swallows_nothing(tmp_path: Path, keep: int) -> None:
    file = tmp_path / "predict.jsonl"
    write_results(file, [result("a")])
    whole = file.read_bytes()
    file.write_bytes(whole + whole.replace(b'"a"', b'"b"')[:keep])
    assert list(read_results(file)) == ["a"]
    journal_of(file)(result("c"))
    found = read_results(file)
    assert {"a", "c"} <= set(found)


@pytest.mark.parametrize("line", [b"3", b"[]", b"{}", b'{"name": "a"}', b"\xff\xfe"])
def test_foreign_lines_are_ignored(tmp_path: Path, line: bytes) -> None:
    file = tmp_path / "predict.jsonl"
    write_results(file, [result("a")])
    file.write_bytes(line + b"\n" + file.read_bytes())
    assert list(read_results(file)) == ["a"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"outputs": ["masks/a.png"]},
        {"outputs": {"masks/a.png": ["x"]}},
        {"kept": "masks/a.png"},
        {"kept": [["x"]]},
        {"name": {}},
        {"name": ["a"]},
        {"sha256": 1},
        {"model": []},
        {"error": {}},
        {"options": {"save": {"mask": [[]]}}},
        {"width": "1"},
        {"seconds": 10**400},
        {"confidence": float("nan")},
    ],
)
def test_a_line_with_values_of_other_types_is_ignored(
    tmp_path: Path, wrong: dict[str, Any]
) -> None:
    file = tmp_path / "predict.jsonl"
    write_results(file, [result("a")])
    line = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(line | wrong) + "\n", encoding="utf-8")
    assert read_results(file) == {}


@pytest.mark.parametrize("line", [b"[" * 200_000, b"x" * (3 * MOST_BYTES), b"9" * 5000])
def test_a_line_that_nobody_wrote_is_ignored(tmp_path: Path, line: bytes) -> None:
    file = tmp_path / "predict.jsonl"
    write_results(file, [result("a")])
    file.write_bytes(line + b"\n" + file.read_bytes())
    assert list(read_results(file)) == ["a"]


def test_done_is_done(done: PhotoResult, tmp_path: Path) -> None:
    assert is_done(done, result(), tmp_path)


@pytest.mark.parametrize("path", ["x" * 70_000, "a\0b"])
def test_an_output_that_no_file_can_be_is_not_done(
    done: PhotoResult, tmp_path: Path, path: str
) -> None:
    assert not is_done(replace(done, outputs={path: "1"}), done, tmp_path)


@pytest.mark.parametrize(
    "now",
    [
        result(sha256="changed"),
        result(model="changed"),
        result(model=None),
        result(options={"save": ["mask", "prob"]}),
    ],
)
def test_another_input_model_or_option_is_not_done(
    done: PhotoResult, now: PhotoResult, tmp_path: Path
) -> None:
    assert not is_done(done, now, tmp_path)


def test_a_failed_or_missing_or_changed_output_is_not_done(
    done: PhotoResult, tmp_path: Path
) -> None:
    assert not is_done(replace(done, error="no"), result(), tmp_path)
    assert not is_done(replace(done, outputs={}), result(), tmp_path)
    (tmp_path / "masks" / "a.png").write_bytes(b"mas")
    assert not is_done(done, result(), tmp_path)
    (tmp_path / "masks" / "a.png").unlink()
    assert not is_done(done, result(), tmp_path)
