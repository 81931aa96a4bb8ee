"""What a model is, in words and figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from maskwright.runtime.bundled import model_path
from maskwright.runtime.directory import ModelDirectory, open_directory
from maskwright.runtime.onnx_file import Metadata, checked_gate
from maskwright.runtime.segmenter import LoadedModel, load

_CARD = "CARD.md"
_MODEL, _PACKAGE = "model", "package"


def describe(model: str | Path) -> dict[str, Any]:
    """Check a model as thoroughly as loading it does, and say what it is.

    Args:
        model: a model directory, an ONNX file alone, or the name of a bundled model.

    Returns:
        `model` (its path), `classes`, `resize`, `flips`, `logit_shift`, `enlarge`, `clean` (or
        None), `gate` (what `fused` decides by: `of` "model" or "package", whether it `is_shut`, its
        `gain` in IoU, 0 to 1, with `interval` and `photos`; None with more than two classes),
        `fingerprint` (sha256 of the ONNX file); of a directory also `files` (name -> bytes),
        `info` (model.json), `metrics` (metrics.json without the rows of single images) and `card`
        (CARD.md, empty where there is none).

    Raises:
        ModelError: it cannot be used, or its gate is damaged.
    """
    path = model_path(model)
    segmenter = load(path, threads=1)
    said: dict[str, Any] = {"model": str(path), **_of_network(segmenter)}
    said["gate"] = _gate(segmenter.metadata, str(path))
    if path.is_dir():
        directory = open_directory(path)
        said["files"] = {name: (path / name).stat().st_size for name in directory.hashes}
        said["info"] = dict(directory.info)
        metrics = directory.read_json("metrics.json") if "metrics.json" in directory.hashes else {}
        said["metrics"] = _without_rows(metrics)
        said["card"] = _card(directory)
    return said


def in_words(said: Mapping[str, Any]) -> list[str]:
    """Turn what `describe` returned into lines for a person, all but the card."""
    resize = said["resize"]
    lines = [
        _line("model", said["model"]),
        _line("classes", ", ".join(said["classes"])),
        _line("sees photos", f"at about {resize['size']} x {resize['size']} pixels"),
        _line("mirrored too", "yes" if said["flips"] else "no"),
        _line("enlarged", said["enlarge"]),
        _line("cleaned", cleaned_in_words(said["clean"])),
        _line("fused", gate_in_words(said["gate"])),
        _line("fingerprint", said["fingerprint"]),
    ]
    info = said.get("info")
    if info is None:
        return lines
    network, data, recipe = (_group(info, key) for key in ("network", "data", "recipe"))
    metrics = said["metrics"]
    lines += [
        _line("network", f"{network.get('encoder')} with decoder {network.get('decoder')}"),
        _line(
            "recipe", f"{recipe.get('name')}, {info.get('steps')} steps, from {info.get('start')}"
        ),
        _line("data", f"{data.get('pairs')} pairs, {str(data.get('fingerprint'))[:12]}"),
        _line("made with", _versions(info)),
        _line("size", f"{sum(said['files'].values()) / 1e6:.1f} MB"),
        _line("intact", f"all {len(said['files'])} files are as they were sealed"),
    ]
    if isinstance(metrics, dict) and metrics.get("sentence"):
        lines.append(_line("how good", str(metrics["sentence"])))
    return lines


def _of_network(segmenter: LoadedModel) -> dict[str, Any]:
    metadata = segmenter.metadata
    return {
        "classes": list(segmenter.classes),
        "resize": metadata.resize.to_json(),
        "flips": metadata.flips,
        "logit_shift": list(metadata.logit_shift),
        "enlarge": metadata.enlarge,
        "clean": None if metadata.clean is None else asdict(metadata.clean),
        "fingerprint": segmenter.fingerprint,
    }


def cleaned_in_words(clean: Mapping[str, float] | None) -> str:
    """Say what a model cleans, given as in its metadata."""
    if clean is None:
        return "nothing"
    return (
        f"pieces under {clean['components']:.1%} of the largest one, holes under "
        f"{clean['holes']:.1%} of it"
    )


def gate_in_words(gate: Mapping[str, Any] | None) -> str:
    """Say what `fused` decides by, given as `describe` returns it; gains are in points of IoU."""
    if gate is None:
        return "not with more than two classes"
    low, high = gate["interval"]
    worth = (
        f"{_points(gate['gain'])} points of IoU ({_points(low)} to {_points(high)}) on "
        f"{gate['photos']} photos held out"
    )
    if gate["of"] == _PACKAGE:
        return f"the gate of the package: {worth} from the bundled model"
    whose = "GrabCut decides nothing" if gate["is_shut"] else "a gate of the model's own"
    return f"{whose}: {worth}"


def _gate(metadata: Metadata, name: str) -> dict[str, Any] | None:
    if len(metadata.classes) != 2:
        return None
    gate = checked_gate(metadata, name)
    return {
        "of": _PACKAGE if metadata.gate is None else _MODEL,
        "is_shut": gate.is_shut,
        "gain": gate.gain,
        "interval": list(gate.interval),
        "photos": gate.photos,
    }


def _points(share: float) -> str:
    return f"{100 * share:+.2f}"


def _card(directory: ModelDirectory) -> str:
    if _CARD not in directory.hashes:
        return ""
    return directory.read(_CARD).decode(errors="replace")


def _without_rows(metrics: Any) -> Any:
    if isinstance(metrics, dict):
        return {key: _without_rows(value) for key, value in metrics.items() if key != "images"}
    return metrics


def _versions(info: Mapping[str, Any]) -> str:
    versions = _group(info, "versions")
    parts = [f"maskwright {info.get('maskwright')}"]
    parts += [f"{name} {versions[name]}" for name in ("torch", "onnxruntime") if name in versions]
    return ", ".join(parts)


def _group(info: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = info.get(key)
    return value if isinstance(value, dict) else {}


def _line(name: str, value: str) -> str:
    return f"{name:<13} {value}"
