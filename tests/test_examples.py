"""The examples run from the first line to the last, with a few steps of a small network."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.shapes import write_shapes

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.py"))


def hastened(code: str) -> str:
    """The same program, but training takes a few steps of a small network."""
    code = re.sub(r"\bsize=\d+,.*\n", "", code)
    code = re.sub(r"\bminutes=\d+", "steps=4, size=64, threads=1", code)
    return re.sub(r"^STEPS, SIZE, BATCH = .*$", "STEPS, SIZE, BATCH = 4, 64, 2", code, flags=re.M)


def test_there_are_three_depths() -> None:
    assert [path.stem for path in EXAMPLES] == ["advanced", "expert", "simple"]


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_makes_cut_outs(example: Path, tmp_path: Path) -> None:
    data = write_shapes(tmp_path / "data", 12)
    for photo in (*data.glob("*/photo00.png"), *data.glob("*/photo01.png")):
        photo.rename(photo.with_name(photo.name.replace("photo", "plant1_")))  # of one plant
    out = tmp_path / "out"
    code = hastened(example.read_text("utf-8"))
    assert code != example.read_text("utf-8")
    done = subprocess.run(
        [sys.executable, "-c", code, data, data / "images", out], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    cutouts = sorted((out / "cutouts").iterdir())
    assert len(cutouts) == 12
    with Image.open(cutouts[0]) as file:
        assert np.asarray(file).shape[2] in (3, 4)
    assert "cutouts" in done.stdout
