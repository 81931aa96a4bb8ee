"""Writes a finished network as a model directory."""

from __future__ import annotations

import platform
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from safetensors.torch import save

from maskwright._version import __version__
from maskwright.data.dataset import Dataset
from maskwright.files import write_bytes, write_json
from maskwright.fusion.gate import Gate
from maskwright.runtime.directory import FORMAT, seal
from maskwright.runtime.resize import Resize
from maskwright.study.finishing import Finishing
from maskwright.training.plan import Plan
from maskwright.training.recipes import Recipe
from maskwright.unet.export import export_onnx, finish_onnx
from maskwright.unet.model import UNet

_PACKAGES = ("torch", "numpy", "opencv-python-headless", "onnx", "onnxruntime", "pillow")


def write_network(
    model: Path,
    network: UNet,
    recipe: Recipe,
    classes: tuple[str, ...],
    shift: tuple[float, ...] | None,
) -> None:
    """Write model.onnx, with the shift of its logits, and weights.safetensors."""
    resize = Resize(recipe.resize, recipe.size)
    export_onnx(
        network,
        model / "model.onnx",
        classes=classes,
        resize=asdict(resize),
        use_flips=recipe.flips,
        shift=shift,
    )
    weights = {name: value.contiguous() for name, value in network.state_dict().items()}
    write_bytes(model / "weights.safetensors", save(weights))


def finish_network(model: Path, finishing: Finishing, gate: Gate | None = None) -> dict[str, Any]:
    """Write into model.onnx how masks are finished; returns the entries for metrics.json."""
    finish_onnx(model / "model.onnx", enlarge=finishing.enlarge, clean=finishing.clean, gate=gate)
    said = {"finishing": asdict(finishing)}
    return said if gate is None else said | {"gate": gate.to_json()}


def write_records(
    model: Path,
    *,
    plan: Plan,
    recipe: Recipe,
    dataset: Dataset,
    steps_made: int,
    metrics: dict[str, Any],
) -> None:
    """Write model.json and metrics.json, and seal the directory."""
    info = {
        "format": FORMAT,
        "maskwright": __version__,
        "network": {
            "encoder": recipe.encoder,
            "decoder": recipe.decoder,
            "classes": dataset.classes,
        },
        "resize": asdict(Resize(recipe.resize, recipe.size)),
        "flips": recipe.flips,
        "recipe": recipe.to_json(),
        "start": plan.request.start,
        "mask_encoding": dataset.encoding.to_json(),
        "seed": plan.request.seed,
        "steps": steps_made,
        "plan": plan.to_json(),
        "versions": _versions(),
        "data": {"fingerprint": plan.fingerprint, "pairs": len(dataset.examples)},
    }
    write_json(model / "model.json", info)
    write_json(model / "metrics.json", metrics)
    seal(model)


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):  # OpenCV, for one, comes in several packages
            versions[name] = version(name)
    return versions
