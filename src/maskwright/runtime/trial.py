"""Tries a model of a stranger in a process of its own, with limits of time and memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np

from maskwright.errors import MaskwrightError, ModelError
from maskwright.runtime.bundled import model_path
from maskwright.runtime.segmenter import load

SECONDS = 60.0
MEMORY = 4 * 2**30

_PHOTO = (480, 640, 3)
_NAME = "maskwright.runtime.trial"
_PACKAGES = Path(__file__).parents[2]
# One thread each, because the memory of threads counts too.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def try_model(model: str | Path, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
    """Open a model and segment one photo with it, in another process that can be stopped.

    `load` checks a model, but a network may still compute for hours, and nothing stops ONNX
    Runtime while it does. Call this first where a model comes from a stranger. It takes a second
    for the bundled model.

    Args:
        model: as `load` takes it.
        seconds: after so many, the process is ended.
        memory: address space in bytes that the process may use; 1 GiB is for Python and its
            packages. Not bounded on Windows and macOS.

    Raises:
        ModelError: the model cannot be used, or not within the limits.
    """
    path = model_path(model)
    paths = [str(_PACKAGES), os.environ.get("PYTHONPATH", "")]
    try:
        # -P: no module is imported from the current folder, which may be a stranger's too.
        done = subprocess.run(
            [sys.executable, "-P", "-m", _NAME, str(path.resolve()), str(path), str(memory)],
            env=os.environ | _ONE_THREAD | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise ModelError(
            f"{path}: opening it and segmenting one photo takes more than {seconds:g} seconds; "
            "do not use this model"
        ) from error
    if done.returncode == 0:
        return
    with suppress(ValueError, KeyError, TypeError):
        raise ModelError(str(json.loads(done.stdout)["error"]))
    last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2][:200]
    raise ModelError(
        f"{path}: opening it and segmenting one photo ends the program (code {done.returncode}, "
        f"{last or 'without a message'}); do not use this model"
    )


def _limit(memory: int) -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with suppress(OSError, ValueError):  # macOS refuses it
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _try_here(path: str, name: str, memory: str) -> int:
    _limit(int(memory))
    try:
        load(Path(path), threads=1)(np.full(_PHOTO, 128, np.uint8))
    except (MaskwrightError, MemoryError) as error:
        text = str(error) or f"needs more than {int(memory):,} bytes of memory"
        print(json.dumps({"error": text.replace(path, name)}))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_try_here(*sys.argv[1:]))
