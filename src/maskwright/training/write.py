"""Writes a finished network as a model directory."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from safetensors.torch import save

from maskwright._version import __version__
from maskwright.data.dataset import Dataset
from maskwright.data.split import Split, write_splits
from maskwright.errors import DataError, ModelError
from maskwright.files import write_bytes, write_json
from maskwright.fusion.gate import Gate
from maskwright.runtime.directory import seal, withdraw
from maskwright.runtime.model_json import FORMAT
from maskwright.runtime.onnx_file import parse_metadata
from maskwright.runtime.resize import Resize
from maskwright.study.finishing import Finishing
from maskwright.training.plan import Plan
from maskwright.training.recipes import Recipe
from maskwright.unet.export import export_onnx, finish_onnx, metadata_text
from maskwright.unet.model import UNet

_PACKAGES = ("torch", "numpy", "opencv-python-headless", "onnx", "onnxruntime", "pillow")


@dataclass(frozen=True)
class Finish:
    """How a trained network becomes a model.

    Attributes:
        splits: go into splits.json.
        finish: called with the model directory when it holds the network; adds to model.onnx how
            masks are finished, and returns the content of metrics.json.
        shift: added to the logits of the classes; None adds nothing.
    """

    splits: Sequence[Split]
    finish: Callable[[Path], dict[str, Any]]
    shift: tuple[float, ...] | None = None


def refuse_unwritable(dataset: Dataset, recipe: Recipe) -> None:
    """Refuse, before the first step, data of which no model can be opened after the last one.

    Raises:
        DataError: the metadata of such a model would be refused.
    """
    resize = asdict(Resize(recipe.resize, recipe.size))
    try:
        parse_metadata(metadata_text(dataset.classes, resize, use_flips=recipe.flips), "model.onnx")
    except ModelError as error:
        raise DataError(
            f"{dataset.root}: a model with the classes {', '.join(dataset.classes)} could not be "
            f"used ({error}): give them other names in dataset.yaml or with --values"
        ) from error


def write_model(
    model: Path,
    network: UNet,
    finish: Finish,
    *,
    plan: Plan,
    recipe: Recipe,
    dataset: Dataset,
    steps: int,
) -> dict[str, Any]:
    """Write and seal a model directory, in the place of an earlier model.

    Args:
        model: the directory.
        network: on the CPU, trained.
        finish: how the network becomes a model.
        plan: of the run.
        recipe: how the network was trained.
        dataset: what it was trained on.
        steps: how many were made.

    Returns:
        The content of metrics.json.
    """
    resize = asdict(Resize(recipe.resize, recipe.size))
    withdraw(model)
    write_splits(model / "splits.json", dataset, finish.splits)
    export_onnx(
        network,
        model / "model.onnx",
        classes=dataset.classes,
        resize=resize,
        use_flips=recipe.flips,
        shift=finish.shift,
        bits=dataset.bits,
    )
    weights = {name: value.contiguous() for name, value in network.state_dict().items()}
    write_bytes(model / "weights.safetensors", save(weights))
    metrics = finish.finish(model)
    info = {
        "format": FORMAT,
        "maskwright": __version__,
        "network": {
            "encoder": recipe.encoder,
            "decoder": recipe.decoder,
            "classes": dataset.classes,
        },
        "resize": resize,
        "flips": recipe.flips,
        "recipe": recipe.to_json(),
        "start": plan.request.start,
        "mask_encoding": dataset.encoding.to_json(),
        "seed": plan.request.seed,
        "steps": steps,
        "plan": plan.to_json(),
        "versions": _versions(),
        "data": {"fingerprint": plan.fingerprint, "pairs": len(dataset.examples)},
    }
    write_json(model / "model.json", info)
    write_json(model / "metrics.json", metrics)
    seal(model)
    return metrics


def finish_network(model: Path, finishing: Finishing, gate: Gate | None = None) -> dict[str, Any]:
    """Write into model.onnx how masks are finished; returns the entries for metrics.json."""
    finish_onnx(model / "model.onnx", enlarge=finishing.enlarge, clean=finishing.clean, gate=gate)
    said = {"finishing": asdict(finishing)}
    return said if gate is None else said | {"gate": gate.to_json()}


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):  # OpenCV, for one, comes in several packages
            versions[name] = version(name)
    return versions
