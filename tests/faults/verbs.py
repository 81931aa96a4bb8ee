"""The commands that write, the folder in which they are tried, and how two results are compared."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.models import write_model
from tests.support.photos import write_photos
from tests.support.shapes import write_shapes

OUT = "out"
"""What all of the commands write; with an ending, a file."""


@dataclass(frozen=True)
class Verb:
    """A command that writes.

    Attributes:
        command: its arguments.
        again: further arguments for the same command after it was killed.
        before: a command whose result is there already and is replaced.
        differs: names of files in OUT that hold times, so two runs never agree on them.
        training: it needs torch.
    """

    command: str
    again: str = ""
    before: str = ""
    differs: frozenset[str] = frozenset()
    training: bool = False

    def arguments(self, *, again: bool = False) -> list[str]:
        """What the user types."""
        return [*self.command.split(), *(self.again.split() if again else ())]


_TRAIN = "--from scratch --steps 6 --size 64 --threads 1 -q"

VERBS: dict[str, Verb] = {
    "predict": Verb("predict photos -o out --model model --save mask,cutout,prob --threads 2 -q"),
    "augment": Verb("augment data -o out --threads 2 -q"),
    "augment --overwrite": Verb(
        "augment data -o out --techniques hf,rt --overwrite --threads 2 -q",
        before="augment data -o out --techniques hf --threads 2 -q",
    ),
    "check --fix": Verb("check data --fix out -q", again="--overwrite"),
    "check --fix --overwrite": Verb(
        "check data --fix out --overwrite -q", before="check few --fix out -q"
    ),
    "evaluate": Verb("evaluate data --model model -o out --threads 2 -q", again="--overwrite"),
    "export": Verb("export model -o out.onnx -q", again="--overwrite"),
    "train": Verb(
        f"train data -o out {_TRAIN}",
        again="--resume",
        differs=frozenset({"log.csv"}),
        training=True,
    ),
    "train --overwrite": Verb(
        f"train data -o out --overwrite {_TRAIN}",
        before=f"train data -o out --seed 1 {_TRAIN}",
        differs=frozenset({"log.csv"}),
        training=True,
    ),
    "evaluate --cv": Verb(
        f"evaluate data --cv 2 -o out {_TRAIN}",
        again="--resume",
        differs=frozenset({"log.csv", "report.html"}),
        training=True,
    ),
}
"""The commands by name."""


def write_inputs(folder: Path) -> Path:
    """Write what the commands read: photos, data, few (data too) and model."""
    write_photos(folder / "photos", 6, height=48, width=64)
    write_shapes(folder / "data", 8, size=64)
    write_shapes(folder / "few", 4, size=64)
    write_model(folder / "model")
    return folder


def fresh(inputs: Path, folder: Path) -> Path:
    """A copy of the inputs to run a command in."""
    return Path(shutil.copytree(inputs, folder / "work"))  # a report has its name


def result(folder: Path, verb: Verb) -> dict[str, str]:
    """What a command has written: path -> hash of what the file holds, times left out."""
    found = {}
    for path in sorted(folder.glob(f"{OUT}*")):
        for file in [path, *sorted(path.rglob("*"))]:
            if file.is_file() and file.name not in verb.differs and "tfevents" not in file.name:
                content = hashlib.sha256(_without_times(file)).hexdigest()
                found[file.relative_to(folder).as_posix()] = content
    return found


def inputs_of(folder: Path) -> dict[str, bytes]:
    """The files that a command must leave alone."""
    names = ("photos", "data", "few", "model")
    files = (file for name in names for file in (folder / name).rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def hidden(folder: Path) -> list[str]:
    """What half-written files and folders are called."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.name.startswith(".maskwright") or path.name.endswith(".partial")
    )


def _without_times(file: Path) -> bytes:
    data = file.read_bytes()
    if file.name == "predict.jsonl":
        lines = [_timeless(json.loads(line)) for line in data.splitlines()]
        return json.dumps(lines).encode()
    if file.name == "scores.json":
        return json.dumps(_timeless(json.loads(data))).encode()
    return data


def _timeless(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _timeless(one) for key, one in value.items() if key not in ("seconds", "minutes")
        }
    return [_timeless(one) for one in value] if isinstance(value, list) else value
