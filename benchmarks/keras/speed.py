"""Seconds per training step, seconds per predicted photo and peak memory: Keras against ours.

A step has 8 photos of 256 x 256 pixels, a frozen encoder and Adam: making the batch, forward pass,
loss, backward pass and update. Keras holds the resized photos in tf.data's cache; ours resizes them
at every step. Keras counts void pixels as background; ours leaves them out of the loss. Unless maps
are computed once, both run the encoder at every step.

Prediction goes from photo files to mask files of the photos' own sizes, all photos in one call with
two threads; Keras by the better of two ways. Ours also checks photos, turns them upright, converts
colour profiles and keeps its journal; `fast` sees 320 pixels and the mirrored photo too.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.inference.worker import SHIPPED, SPREAD, worker_command
from benchmarks.keras.environment import THREADS, keras_python, variables
from benchmarks.keras.expanded import NAME as EXPANDED
from benchmarks.keras.rounds import compared, in_turns
from benchmarks.keras.worker import Worker
from maskwright.data.dataset import open_dataset
from maskwright.data.doctor.fix import fix

KERAS = "keras"
WARM_UP, _MODEL_STEPS = 2, 100
_KERAS_WAYS = ("model.predict", "model(photo)")
# What our side trains: by name, the encoder and when the frozen encoder's maps are computed.
_TRAINERS = {
    f"paper, {EXPANDED}": (EXPANDED, "each step"),
    "paper, mobilenet_v2": ("mobilenet_v2", "each step"),
    "paper, efficientnet_lite0": ("efficientnet_lite0", "each step"),
    "paper, efficientnet_lite0, maps computed once": ("efficientnet_lite0", "once"),
}
_MODELS = {
    f"paper, {EXPANDED}": ("paper", EXPANDED),
    "paper, mobilenet_v2": ("paper", "mobilenet_v2"),
    "paper, efficientnet_lite0": ("paper", "efficientnet_lite0"),
    "fast": ("fast", "efficientnet_lite0"),
}
# Trained weights are as many in Keras and in ours with the tutorial's maps; of all weights ours has
# 4 x 320 more, a BatchNorm behind the last map, which the tutorial takes before it.


def speed(data: Path, work: Path, venv: Path, *, rounds: int, steps: int) -> dict[str, Any]:
    """Measure everything in turns.

    Args:
        data: a data folder.
        work: where a clean copy of it, models and predictions go.
        venv: the Keras environment; made when missing.
        rounds: how many count.
        steps: of training, a round.
    """
    python = keras_python(venv)
    folder = fix(data, work / "data", overwrite=True).out
    classes = len(open_dataset(folder).classes)
    command = [str(python), "-P", str(Path(__file__).parent / "pipeline.py")]
    keras_command = [*command, str(folder), str(classes)]
    models = {name: _model(folder, work, name) for name in _MODELS}
    with Worker(KERAS, keras_command, variables()) as keras:
        about = keras("about")
        training = _training(keras, folder, rounds, steps)
        prediction = _prediction(keras, folder, models, work, rounds)
    return {
        "stack": {name: about[name] for name in ("tensorflow", "keras", "xla")},
        "threads": THREADS,
        "training": training,
        "prediction": prediction,
    }


def _training(keras: Worker, folder: Path, rounds: int, steps: int) -> dict[str, Any]:
    peaks: dict[str, float] = {}

    def trained(name: str, worker: Worker) -> float:
        answer = worker("train", steps=steps, warm_up=WARM_UP)
        peaks[name] = round(answer["peak_mb"], 1)
        return float(answer["seconds"])

    with ExitStack() as stack:
        workers = {KERAS: keras}
        for name, (encoder, maps) in _TRAINERS.items():
            command = _ours("train", str(folder), encoder, maps)
            workers[name] = stack.enter_context(Worker(name, command, variables()))
        weights = {name: worker("about") for name, worker in workers.items()}
        ways = {name: (worker, partial(trained, name)) for name, worker in workers.items()}
        seconds, idle = in_turns(ways, rounds)
    table = compared(seconds, KERAS)
    for name, row in table.items():
        row["peak_mb"] = peaks[name]
        row |= {key: weights[name][key] for key in ("weights", "weights_trained")}
    return {"steps_a_round": steps, "others_used_cores": round(idle, 4), "of": table}


def _prediction(
    keras: Worker, folder: Path, models: dict[str, Path], work: Path, rounds: int
) -> dict[str, Any]:
    photos = [str(path) for path in sorted((folder / "images").iterdir())]
    out = work / "predictions"

    def theirs(way: str, worker: Worker) -> float:
        answer = worker("predict", photos=photos, out=str(out / "keras"), way=way)
        return float(answer["seconds"])

    turns = iter(range(10**9))

    def ours(worker: Worker) -> float:
        # A new folder each time: finished photos would be skipped.
        answer = worker("predict", photos=photos, out=str(out / f"ours-{next(turns)}"))
        return float(answer["seconds"])

    ways: dict[str, tuple[Worker, Callable[[Worker], float]]] = {
        way: (keras, partial(theirs, way)) for way in _KERAS_WAYS
    }
    with ExitStack() as stack:
        for name, model in models.items():
            worker = Worker(name, worker_command(SHIPPED, SPREAD, model), variables())
            ways[name] = (stack.enter_context(worker), ours)
        seconds, idle = in_turns(ways, rounds)
    best = min(_KERAS_WAYS, key=lambda way: median(seconds[way]))
    table = compared(seconds, best)
    return {
        "photos": len(photos),
        "keras_way": best,
        "others_used_cores": round(idle, 4),
        "of": table,
    }


def _model(folder: Path, work: Path, name: str) -> Path:
    """Train a model to predict with, once."""
    recipe, encoder = _MODELS[name]
    out = work / f"{recipe}-{list(_MODELS).index(name)}-{_MODEL_STEPS}"
    if not (out / "MANIFEST.sha256").exists():
        print(f"training {name} for {_MODEL_STEPS} steps, to predict with", flush=True)
        command = _ours("model", str(folder), recipe, encoder, str(out), str(_MODEL_STEPS))
        subprocess.run(command, env=variables(), check=True)
    return out


def _ours(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.keras.ours", *arguments]
