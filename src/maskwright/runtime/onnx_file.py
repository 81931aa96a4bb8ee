"""What an ONNX file says about itself, read before and after ONNX Runtime opens it.

The file may come from anywhere. ONNX lets a tensor live in another file of the disk, named by a
path inside the model: such a model is refused here, because ONNX Runtime would read that path.
The onnx package is needed for training only, so the few fields that matter are walked by hand.
Source of the field numbers: onnx/onnx.proto3 of the ONNX project.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from maskwright.data.depth import BITS
from maskwright.errors import ModelError, UsageError
from maskwright.refine.clean import Clean
from maskwright.runtime.resize import BILINEAR, ENLARGE, Resize

if TYPE_CHECKING:
    from maskwright.fusion.gate import Gate

METADATA_KEY = "maskwright"
_FORMAT = 1

# Message -> field number -> message inside. Only the way to tensors; the rest is skipped.
_TENSORS_IN = {
    "Model": {7: "Graph", 20: "Training", 25: "Function"},
    "Training": {1: "Graph", 2: "Graph"},
    "Function": {7: "Node", 11: "Attribute"},
    "Graph": {1: "Node", 5: "Tensor", 15: "Sparse"},
    "Node": {5: "Attribute"},
    "Attribute": {
        5: "Tensor", 6: "Graph", 10: "Tensor", 11: "Graph", 22: "Sparse", 23: "Sparse",
    },
    "Sparse": {1: "Tensor", 2: "Tensor"},
    "Tensor": {},
}  # fmt: skip
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14
_DEEPEST = 60


@dataclass(frozen=True)
class Metadata:
    """What prediction must know beside the network itself.

    Attributes:
        classes: class names, the first is the background.
        resize: how a photo is resized for the network.
        flips: average over the photo and its mirror image.
        logit_shift: added to the log probability of each class (calibration).
        enlarge: one of `ENLARGE`, how probabilities come back to the size of the photo; files
            that do not say are bilinear.
        clean: which small pieces and holes are cleaned; None for none.
        gate: where GrabCut decides if it is asked, as `Gate.to_json` gives it; None for a model
            that uses the package's. `checked_gate` reads it.
        bits: how many bits the values of the 16-bit photos had in training; None where there were
            none.
    """

    classes: tuple[str, ...]
    resize: Resize
    flips: bool
    logit_shift: tuple[float, ...]
    enlarge: str = BILINEAR
    clean: Clean | None = None
    gate: Mapping[str, Any] | None = None
    bits: int | None = None


def checked_gate(metadata: Metadata, name: str) -> Gate:
    """Read the gate of a model: its own, or the one that comes with the package.

    Args:
        metadata: of the model.
        name: how messages call the file.

    Raises:
        UsageError: the model has more than two classes.
        ModelError: the gate is damaged.
    """
    # Most models never need it.
    from maskwright.fusion.gate import bundled_gate, gate_from_json

    if len(metadata.classes) != 2:
        raise UsageError(
            f"--method fused (fuse=True): {name} knows the classes "
            f"{', '.join(metadata.classes)}, and GrabCut parts one foreground from the background: "
            "choose --method unet"
        )
    return bundled_gate() if metadata.gate is None else gate_from_json(metadata.gate, name)


def refuse_external_data(model: bytes, name: str) -> None:
    """Refuse a model that keeps tensors in other files.

    Args:
        model: the bytes of an ONNX file.
        name: how messages call the file.

    Raises:
        ModelError: a tensor lies in another file, or the bytes are not an ONNX model.
    """
    try:
        external = _has_external(memoryview(model), "Model", 0)
    except (IndexError, ValueError) as error:
        raise ModelError(f"{name}: not an ONNX model, or damaged; export it again") from error
    if external:
        raise ModelError(
            f"{name}: keeps weights in another file, which could be any file of this computer; "
            "export it as one file"
        )


def parse_metadata(text: str | None, name: str) -> Metadata:
    """Read the metadata that `maskwright train` stores in model.onnx.

    Args:
        text: JSON, the value of the metadata key `maskwright`.
        name: how messages call the file.

    Raises:
        ModelError: missing, not JSON, of another format, or values out of range.
    """
    if text is None:
        raise ModelError(
            f"{name}: an ONNX file, but not one that maskwright wrote (no metadata "
            f"{METADATA_KEY!r}); make one with `maskwright train` or `maskwright export`"
        )
    try:
        raw = json.loads(text)
        if raw["format"] != _FORMAT:
            raise ValueError(f"format {raw['format']!r}, this version reads {_FORMAT}")
        return _checked(raw)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ModelError(f"{name}: its metadata cannot be used: {error}") from error


def _checked(raw: dict[str, Any]) -> Metadata:
    resize = Resize(raw["resize"]["rule"], raw["resize"]["size"], raw["resize"]["multiple"])
    classes = tuple(raw["classes"])
    shift = tuple(raw["logit_shift"])
    enlarge = raw.get("enlarge", BILINEAR)
    small = raw.get("clean")
    clean = None if small is None else Clean(small["components"], small["holes"])
    gate = raw.get("gate")
    bits = raw.get("bits")
    checks = {
        "classes": 2 <= len(classes) <= 255
        and len(set(classes)) == len(classes)
        and all(
            isinstance(one, str) and 0 < len(one) <= 100 and one.isprintable() for one in classes
        ),
        "logit_shift": len(shift) == len(classes)
        and all(isinstance(one, int | float) and math.isfinite(one) for one in shift),
        "resize": _is_whole(resize.size, 4096)
        and _is_whole(resize.multiple, 256)
        and (resize.rule == "area" or resize.size % resize.multiple == 0),
        "flips": isinstance(raw["flips"], bool),
        "enlarge": enlarge in ENLARGE,
        "clean": clean is None
        or (len(classes) == 2 and _is_share(clean.components) and _is_share(clean.holes)),
        "gate": gate is None or isinstance(gate, dict),
        "bits": bits is None or (isinstance(bits, int) and bits in BITS),
    }
    for field, holds in checks.items():
        if not holds:
            raise ValueError(f"bad {field}")
    return Metadata(classes, resize, raw["flips"], shift, enlarge, clean, gate, bits)


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1


def _is_whole(value: object, most: int) -> bool:
    # Bounded: a hostile file must not ask for all the memory there is.
    return isinstance(value, int) and 1 <= value <= most


def _has_external(message: memoryview, kind: str, depth: int) -> bool:
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    inside = _TENSORS_IN[kind]
    for number, value in _fields(message):
        if kind == "Tensor" and (number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value)):
            return True
        below = inside.get(number)
        if below and isinstance(value, memoryview) and _has_external(value, below, depth + 1):
            return True
    return False


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview | int]]:
    """Walk a protobuf message: field numbers with their bytes or integers."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        # Readers of protobuf cut a key to 32 bits: a longer one could mean another field to them.
        if key >> 32 or number == 0:
            raise ValueError(f"field key {key}")
        if wire == 0:
            value, at = _varint(message, at)
            yield number, value
        elif wire in (1, 5):
            at += 8 if wire == 1 else 4
        elif wire == 2:
            length, at = _varint(message, at)
            if at + length > len(message):
                raise ValueError("ends too early")
            yield number, message[at : at + length]
            at += length
        else:
            raise ValueError(f"wire type {wire}")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise ValueError("an integer that does not end")
