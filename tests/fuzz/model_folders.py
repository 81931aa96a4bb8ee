"""Hostile model directories, sealed again: otherwise the hash would refuse every one of them."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz import byte_mutants
from tests.fuzz.chance import Rng, one_of
from tests.fuzz.graph_mutants import model_mutant
from tests.fuzz.text_mutants import json_mutant
from tests.support.models import metadata, red_green_model, red_model, wide_model, write_model

_NAMES = (
    "../x.json",
    "/etc/passwd",
    "a/b.json",
    "model.pkl",
    "x" * 300,
    "a\nb",
    "CON",
    "training/x",
)
_METRICS = {"sentence": "IoU 0.9", "iou": 0.9, "images": [{"name": "a", "iou": 0.9}]}


@cache
def _seeds() -> list[dict[str, bytes]]:
    """The files of some models, by name."""
    shown = [
        red_model(),
        red_model(metadata(clean={"components": 0.1, "holes": 0.1}, enlarge="guided")),
        red_green_model(),
        wide_model(metadata(resize={"rule": "square", "size": 64, "multiple": 32})),
    ]
    found = []
    with TemporaryDirectory() as folder:
        for number, model in enumerate(shown):
            path = write_model(Path(folder) / str(number), model)
            files = {one.name: one.read_bytes() for one in path.iterdir() if one.is_file()}
            files["metrics.json"] = json.dumps(_METRICS).encode()
            files["CARD.md"] = b"# A model\n\n[link](https://example.org) \x1b[2J\n"
            found.append(files)
    return found


def write_hostile_model(folder: Path, rng: Rng) -> tuple[str, ...]:
    """Write a model directory, changed in one or two places and sealed.

    Returns:
        The name of the folder, which every message has.
    """
    files = dict(one_of(rng, _seeds()))
    manifest = files.pop("MANIFEST.sha256")
    for _ in range(int(rng.integers(1, 3))):
        name = one_of(rng, ("model.onnx",) * 7 + ("model.json",) * 2 + ("metrics.json", "CARD.md"))
        mutant = model_mutant if name == "model.onnx" else json_mutant
        try:
            files[name] = mutant(files[name], rng)
        except Exception:  # the onnx package cannot read what an earlier mutation made
            files[name] = byte_mutants.mutated(files[name], rng)
    lines = [f"{hashlib.sha256(data).hexdigest()}  {name}" for name, data in files.items()]
    if rng.random() < 0.03:
        lines.append(f"{'0' * 64}  {one_of(rng, _NAMES)}")
    manifest = ("\n".join(lines) + "\n").encode()
    if rng.random() < 0.03:
        manifest = byte_mutants.mutated(manifest, rng)
    for name, data in (files | {"MANIFEST.sha256": manifest}).items():
        (folder / name).write_bytes(data)
    return (folder.name,)
