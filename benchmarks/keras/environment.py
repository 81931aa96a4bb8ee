"""The environments of both sides: Keras's own Python, and two threads for all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).parent / "requirements.txt"
THREADS = 2
_READY = "benchmark-requirements.txt"


def keras_python(venv: Path) -> Path:
    """Return the Python of the Keras environment; make the environment first where it is missing.

    Args:
        venv: its folder. It is left alone when it holds the versions of requirements.txt.
    """
    python, ready = venv / "bin" / "python", venv / _READY
    wanted = REQUIREMENTS.read_text()
    if not ready.exists() or ready.read_text() != wanted:
        print(f"installing TensorFlow into {venv}", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        install = ["-m", "pip", "install", "--quiet", "--requirement", str(REQUIREMENTS)]
        subprocess.run([str(python), *install], check=True)
        ready.write_text(wanted)
    return python


def variables() -> dict[str, str]:
    """This process's variables, with two threads, and TensorFlow as it is by default."""
    mine = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TF_", "KERAS_", "MALLOC_", "PYTHON"))
    }
    threads = {name: str(THREADS) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    return mine | threads | {"TF_CPP_MIN_LOG_LEVEL": "2"}
