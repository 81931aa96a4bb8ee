"""`maskwright predict` as a command in a fresh process: its seconds and its peak memory."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.keras.environment import THREADS, variables

_LAUNCHER = Path(__file__).with_name("launch.py")


@dataclass(frozen=True)
class Cost:
    """Seconds and peak memory of a process."""

    seconds: float
    peak_mb: float


def command_cost(command: Sequence[str], *, cwd: Path | None = None) -> Cost:
    """Run a command in a fresh process and measure it.

    Raises:
        RuntimeError: the command failed.
    """
    environment = {k: v for k, v in variables().items() if k != "MASKWRIGHT_MODEL"}
    launcher = [sys.executable, "-I", "-S", str(_LAUNCHER)]
    run = subprocess.run(
        [*launcher, *command], cwd=cwd, env=environment, stdout=subprocess.PIPE, check=True
    )
    told = json.loads(run.stdout)
    if told["code"]:
        raise RuntimeError(f"{' '.join(command)} ended with {told['code']}")
    return Cost(round(told["seconds"], 4), round(told["peak_bytes"] / 1e6, 1))


def predict_cost(
    inputs: Path,
    out: Path,
    model: Path | None,
    *,
    save: str = "mask",
    background: Path | None = None,
    times: int = 1,
) -> list[Cost]:
    """Run `maskwright predict INPUTS -o OUT` some times, each in a fresh process.

    Args:
        inputs: a photo or a folder.
        out: the output folder, gone afterwards.
        model: a model, or None for the default.
        save: as `--save`.
        background: as `--background`.
        times: how often.
    """
    command = [sys.executable, "-m", "maskwright", "predict", str(inputs), "-o", str(out)]
    command += ["--save", save, "--threads", str(THREADS), "--quiet"]
    command += [] if model is None else ["--model", str(model)]
    command += [] if background is None else ["--background", str(background)]
    costs = []
    for _ in range(times):
        costs.append(command_cost(command, cwd=out.parent))  # a folder without other models
        shutil.rmtree(out)
    return costs
