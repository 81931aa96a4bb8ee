from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from maskwright.cli.app import app
from tests.support.data_folders import blob, data_folder


@pytest.fixture
def banded(tmp_path: Path) -> Path:
    """Masks of 0, 128 and 255, which nobody can know the meaning of."""
    mask = blob()
    mask[20:24] = 128
    return data_folder(tmp_path / "data", {f"p{number:02d}": mask for number in range(12)})


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["check", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_problem_and_cure_and_exit_2(banded: Path) -> None:
    code, text, _ = run(banded)
    assert code == 2
    assert "error: mask values 0, 128, 255" in text
    assert "--values 0=background,255=foreground --ignore 128" in text


def test_content_and_exit_0(banded: Path) -> None:
    code, text, _ = run(banded, "--ignore", "128")
    assert code == 0 and text.endswith("12 pairs, the data can be used\n")


def test_json_is_one_object_in_every_case(banded: Path, tmp_path: Path) -> None:
    for arguments, code in (
        ((banded,), 2),
        ((banded, "--ignore", "128"), 0),
        ((banded, "--values", "nonsense"), 2),
        ((tmp_path / "missing",), 2),
        ((banded, "--fix", tmp_path / "out"), 2),
        ((banded, "--ignore", "128", "--fix", tmp_path / "out"), 0),
    ):
        found, text, _ = run(*arguments, "--json")
        stored = json.loads(text)
        assert (found, stored["ok"], bool(stored["errors"])) == (code, code == 0, code != 0)
        assert stored["command"] == "check"


def test_fix_writes_a_copy_that_check_is_content_with(banded: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (banded / "images" / "p00.png").write_bytes(b"torn")
    code, text, _ = run(banded, "--ignore", "128", "--fix", out)
    assert code == 0
    assert "left out: images/p00.png" in text and "a clean copy with 11 pairs" in text
    assert run(out)[0] == 0
    code, _, complaint = run(banded, "--ignore", "128", "--fix", out)
    assert code == 2 and "--overwrite" in complaint
    assert run(banded, "--ignore", "128", "--fix", out, "--overwrite")[0] == 0


def test_quiet_prints_errors_and_the_sum(banded: Path) -> None:
    assert run(banded, "--ignore", "128", "-q")[1].count("\n") == 1
    assert "error: mask values" in run(banded, "-q")[1]
