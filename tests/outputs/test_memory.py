"""What large photos cost in memory, as the system sees it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pictures

from tests.support.models import metadata, red_model, write_model

LAUNCHER = Path(__file__).parents[2] / "benchmarks" / "inference" / "launch.py"
SMALL, LARGE, HUGE = 1e6, 20e6, 100e6
"""Pixels; what the largest takes is reckoned from the others."""


def peak(photo: Path, out: Path, model: Path, *options: str) -> float:
    """Peak memory of `maskwright predict` in bytes, in a process of its own."""
    command = ["predict", str(photo), "-o", str(out), "--model", str(model), "--threads", "1"]
    # Started by a small process: a parent's memory would count too.
    launcher = [sys.executable, "-I", "-S", str(LAUNCHER), sys.executable, "-m", "maskwright"]
    run = subprocess.run(
        [*launcher, *command, "--quiet", *options],
        stdout=subprocess.PIPE,
        check=True,
    )
    told = json.loads(run.stdout)
    assert told["code"] == 0
    return float(told["peak_bytes"])


def write_noise(path: Path, pixels: float) -> Path:
    """A photo of 3 to 2 with a red half, whose PNG is nearly as large as its pixels."""
    height, width = round((pixels * 2 / 3) ** 0.5), round((pixels * 3 / 2) ** 0.5)
    image = np.random.default_rng(0).integers(0, 60, (height, width, 3), np.uint8)
    image[:, width // 2 :, 0] += 190
    Pictures.fromarray(image).save(path, quality=90)
    return path


@pytest.mark.slow
def test_100_megapixels_fit_into_one_and_a_half_gigabytes(tmp_path: Path) -> None:
    model = write_model(tmp_path / "model", red_model(metadata(enlarge="guided")))
    small, large = (write_noise(tmp_path / f"{size:.0f}.jpg", size) for size in (SMALL, LARGE))
    options = ["--save", "mask,cutout,prob", "--background", str(small)]
    base = peak(small, tmp_path / "out", model, *options)
    at_large = peak(large, tmp_path / "out", model, *options)
    # More than the truth: what is done at the working size does not grow any further.
    expected = at_large + (at_large - base) / (LARGE - SMALL) * (HUGE - LARGE)
    assert expected < 1.5e9, (base, at_large)
