"""Describes a model, as plain values and as lines of text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from maskwright.runtime.bundled import model_path
from maskwright.runtime.directory import open_directory
from maskwright.runtime.onnx_file import Metadata, checked_gate
from maskwright.runtime.segmenter import load

_CARD, _METRICS = "CARD.md", "metrics.json"
_MODEL, _PACKAGE = "model", "package"


def describe(model: str | Path) -> dict[str, Any]:
    """Check a model as thoroughly as loading does, and describe it.

    Args:
        model: a model directory, an ONNX file alone, or the name of a bundled model.

    Returns:
        `model` (its path), `classes`, `resize`, `flips`, `logit_shift`, `enlarge`, `clean` (or
        None), `gate`, `fingerprint` (sha256 of the ONNX file). `gate` is the gate of `fused`: `of`
        "model" or "package", `is_closed`, `gain` in IoU, -1 to 1, its `interval` and `photos`; None
        with more than two classes. For a directory also `files` (name -> bytes), `info`
        (model.json), `metrics` (metrics.json without the rows of single images) and `card`
        (CARD.md, or empty).

    Raises:
        ModelError: the model cannot be used, or its gate is damaged.
    """
    path = model_path(model)
    loaded = load(path, threads=1)
    metadata = loaded.metadata
    described: dict[str, Any] = {
        "model": str(path),
        "classes": list(loaded.classes),
        "resize": asdict(metadata.resize),
        "flips": metadata.flips,
        "logit_shift": list(metadata.logit_shift),
        "enlarge": metadata.enlarge,
        "clean": None if metadata.clean is None else asdict(metadata.clean),
        "bits": metadata.bits,
        "fingerprint": loaded.fingerprint,
        "gate": _gate(metadata, str(path)),
    }
    if not path.is_dir():
        return described
    directory = open_directory(path)
    names = directory.hashes
    metrics = directory.read_json(_METRICS) if _METRICS in names else {}
    card = directory.read(_CARD).decode(errors="replace") if _CARD in names else ""
    return described | {
        "files": {name: (path / name).stat().st_size for name in names},
        "info": dict(directory.info),
        "metrics": _without_rows(metrics),
        "card": card,
    }


def as_lines(described: Mapping[str, Any]) -> list[str]:
    """Format the result of `describe` as lines of text, without the card."""
    side = described["resize"]["size"]
    fields = {
        "model": described["model"],
        "classes": ", ".join(described["classes"]),
        "sees photos": f"at about {side} x {side} pixels",
        "mirrored too": "yes" if described["flips"] else "no",
        "enlarged": described["enlarge"],
        "cleaned": clean_text(described["clean"]),
        "fused": gate_text(described["gate"]),
        "fingerprint": described["fingerprint"],
    }
    if "info" in described:
        fields |= _training_fields(described)
    return [f"{name:<13} {value}" for name, value in fields.items()]


def clean_text(clean: Mapping[str, float] | None) -> str:
    """Describe which pieces and holes a model cleans, given the values of its metadata."""
    if clean is None:
        return "nothing"
    return (
        f"pieces under {clean['components']:.1%} of the largest one, holes under "
        f"{clean['holes']:.1%} of it"
    )


def gate_text(gate: Mapping[str, Any] | None) -> str:
    """Describe a gate, given the values of `describe`; the text has gains in points of IoU."""
    if gate is None:
        return "not with more than two classes"
    low, high = gate["interval"]
    gain = (
        f"{_points(gate['gain'])} points of IoU ({_points(low)} to {_points(high)}) on "
        f"{gate['photos']} held-out photos"
    )
    if gate["of"] == _PACKAGE:
        return f"the gate of the package: {gain} of the bundled model"
    name = "the gate is closed" if gate["is_closed"] else "the model's own gate"
    return f"{name}: {gain}"


def _training_fields(described: Mapping[str, Any]) -> dict[str, str]:
    info, files, metrics = described["info"], described["files"], described["metrics"]
    network, data, recipe, versions = (
        _table(info, key) for key in ("network", "data", "recipe", "versions")
    )
    made_with = versions | {"maskwright": info.get("maskwright")}
    packages = [name for name in ("maskwright", "torch", "onnxruntime") if name in made_with]
    fields = {
        "network": f"{network.get('encoder')} with decoder {network.get('decoder')}",
        "recipe": f"{recipe.get('name')}, {info.get('steps')} steps, from {info.get('start')}",
        "data": f"{data.get('pairs')} pairs, {str(data.get('fingerprint'))[:12]}",
        "made with": ", ".join(f"{name} {made_with[name]}" for name in packages),
        "size": f"{sum(files.values()) / 1e6:.1f} MB",
        "intact": f"all {len(files)} files are unchanged",
    }
    if isinstance(metrics, dict) and metrics.get("sentence"):
        fields["how good"] = str(metrics["sentence"])
    return fields


def _gate(metadata: Metadata, name: str) -> dict[str, Any] | None:
    if len(metadata.classes) != 2:
        return None
    gate = checked_gate(metadata, name)
    return {
        "of": _PACKAGE if metadata.gate is None else _MODEL,
        "is_closed": gate.is_closed,
        "gain": gate.gain,
        "interval": list(gate.interval),
        "photos": gate.photos,
    }


def _points(gain: float) -> str:
    return f"{100 * gain:+.2f}"


def _without_rows(metrics: Any) -> Any:
    if isinstance(metrics, dict):
        return {key: _without_rows(value) for key, value in metrics.items() if key != "images"}
    return metrics


def _table(info: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = info.get(key)
    return value if isinstance(value, dict) else {}
