"""What an ONNX file of maskwright says about itself: the metadata beside its network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from maskwright.data.class_names import is_class_name
from maskwright.data.decoding.depth import BITS
from maskwright.errors import ModelError, UsageError
from maskwright.refine.clean import Clean
from maskwright.runtime.resize import BILINEAR, ENLARGE, LARGEST_SIZE, Resize

if TYPE_CHECKING:
    from maskwright.fusion.gate import Gate

METADATA_KEY = "maskwright"
_FORMAT = 1

_LONGEST = 2**20
_MOST_SHIFT = 40  # its exponential, and that of twice as much, are still normal in float32


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
        if len(text) > _LONGEST:
            raise ValueError(f"more than {_LONGEST:,} characters")
        raw = json.loads(text)
        if raw["format"] != _FORMAT:
            raise ValueError(f"format {raw['format']!r}, this version reads {_FORMAT}")
        return _checked(raw)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ModelError(f"{name}: its metadata cannot be used: {str(error)[:200]}") from error


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
        and all(isinstance(one, str) and is_class_name(one) for one in classes),
        "logit_shift": len(shift) == len(classes)
        and all(_is_number(one) and abs(one) <= _MOST_SHIFT for one in shift),
        "resize": _is_whole(resize.size, LARGEST_SIZE)
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
    return _is_number(value) and 0 <= value <= 1


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: object, most: int) -> bool:
    # Bounded: a hostile file must not ask for all the memory there is.
    return _is_number(value) and isinstance(value, int) and 1 <= value <= most
