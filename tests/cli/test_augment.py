from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from maskwright.cli.app import app
from tests.support.data_folders import blob, data_folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return data_folder(tmp_path / "data", {f"p{number:02d}": blob() for number in range(12)})


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["augment", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_pairs_copies_and_what_was_decided_are_said(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, text, _ = run(data, "-o", out)
    assert code == 0
    assert "foreground from 128 on" in text
    assert text.endswith("84 pairs, 72 of them copies of 12 photos\n")
    code, text, _ = run(data, "-o", out, "-q")
    assert code == 0
    assert text == f"{out}: 84 pairs, 72 of them copies of 12 photos (84 were there already)\n"
    assert CliRunner().invoke(app, ["check", str(out)]).exit_code == 0


def test_options_reach_the_copies(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ("--copies", 2, "--techniques", "zoom,hf", "--seed", 5, "--fill", "void")
    code, _, error = run(data, "-o", out, *options, "--threads", 1, "--groups", r"p\d")
    assert code == 0, error
    record = json.loads((out / "augment.json").read_text())
    assert (record["copies"], record["seed"], record["fill"]) == (2, 5, "void")
    assert record["techniques"] == ["zr", "hf"] and record["like_keras"] is False
    names = {path.stem for path in (out / "images").iterdir()}
    assert {name for name in names if name.endswith("p00")} == {
        "p00",
        "zr1_p00",
        "zr2_p00",
        "hf_p00",
    }
    assert "p01,p0,,," in (out / "pairs.csv").read_text()
    assert run(data, "-o", out, "--like-keras")[0] == 2
    assert run(data, "-o", out, "--like-keras", "--overwrite")[0] == 0
    assert json.loads((out / "augment.json").read_text())["like_keras"] is True


def test_mask_options(tmp_path: Path) -> None:
    mask = blob()
    mask[20:24] = 128
    root = data_folder(tmp_path / "data", {f"p{number}": mask for number in range(3)})
    (root / "masks").rename(root / "outlines")
    code, _, error = run(root, "-o", tmp_path / "out", "--masks", "outlines")
    assert code == 2 and "--ignore 128" in error
    for place in (("-o", tmp_path / "out"), ("--preview", tmp_path / "sheet.png")):
        code, _, error = run(root, *place, "--masks", "outlines", "--ignore", "128")
        assert code == 0, error


def test_a_preview_alone_writes_no_data(data: Path, tmp_path: Path) -> None:
    code, text, _ = run(data, "--preview", tmp_path / "sheet.png")
    assert code == 0 and "5 photos and copies of them" in text
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "sheet.png"]
    code, text, _ = run(data, "--preview", tmp_path / "sheet.png", "-o", tmp_path / "out", "--json")
    results = json.loads(text)["results"]
    assert code == 0 and results["pairs"] == 84
    assert results["preview"] == str(tmp_path / "sheet.png")


def test_json_is_one_object_in_every_case(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for arguments, code in (
        ((data,), 2),
        ((data, "-o", out), 0),
        ((data, "-o", out), 0),
        ((data, "-o", out, "--seed", "1"), 2),
        ((data, "-o", out, "--preview", out / "sheet.png"), 2),
        ((data, "-o", tmp_path / "new", "--techniques", "shear"), 2),
        ((data, "-o", tmp_path / "new", "--like-keras", "--fill", "reflect"), 2),
        ((tmp_path / "missing", "-o", tmp_path / "new"), 2),
        ((data, "-o", data / "out"), 2),
    ):
        found, text, _ = run(*arguments, "--json")
        stored = json.loads(text)
        assert (found, stored["ok"], bool(stored["errors"])) == (code, code == 0, code != 0), text
        assert stored["command"] == "augment"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "out"]


def test_places_that_cannot_be_written_are_named(data: Path, tmp_path: Path) -> None:
    photo = data_folder(tmp_path / "other", {"p": blob()}) / "images" / "p.png"
    code, _, error = run(data, "-o", photo / "x")
    assert code == 2 and f"{photo / 'x'}: cannot be written" in error
    assert "another folder" in error and "make room" not in error
    folder = tmp_path / "folder.png"
    folder.mkdir()
    for more in ((), ("--overwrite",)):
        code, _, error = run(data, "--preview", folder, *more)
        assert code == 2 and f"{folder}: this is a folder: name a file" in error
