"""Checks the JSON files of a model, which may come from anyone, before anything relies on them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from maskwright.errors import ModelError
from maskwright.runtime.resize import LARGEST_SIZE

FORMAT = 1
_LONGEST_INFO = 2**22
_DEEPEST = 30  # those that maskwright writes have 6 levels


def parsed_json(path: Path, data: bytes) -> Any:
    """Parse a JSON file of a model.

    Raises:
        ModelError: not JSON, or nested so deeply that later steps would fail.
    """
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path}: not JSON; copy or train the model again") from error
    if _is_deeper(value, _DEEPEST):
        raise ModelError(f"{path}: more than {_DEEPEST} levels deep; copy or train the model again")
    return value


def model_info(path: Path, data: bytes) -> Mapping[str, Any]:
    """Parse model.json.

    Args:
        path: the file, for messages.
        data: its bytes.

    Returns:
        Its values. Encoder, decoder, classes and size are of their types and in range, where they
        are there; everything else is for people to read.

    Raises:
        ModelError: too large, not JSON, of another format, or with values out of range.
    """
    if len(data) > _LONGEST_INFO:
        raise ModelError(f"{path}: larger than the {_LONGEST_INFO} bytes that are allowed")
    info = parsed_json(path, data)
    found = info.get("format") if isinstance(info, dict) else None
    if found != FORMAT:
        raise ModelError(
            f"{path}: format {repr(found)[:40]}, this version reads {FORMAT}; "
            "use the maskwright that wrote it, or train again"
        )
    network, resize = info.get("network", {}), info.get("resize", {})
    checks = {
        "network": isinstance(network, dict),
        "resize": isinstance(resize, dict),
        "encoder": _has_text(network, "encoder"),
        "decoder": _has_text(network, "decoder"),
        "size": _has_size(resize),
    }
    for field, holds in checks.items():
        if not holds:
            raise ModelError(f"{path}: bad {field}; copy or train the model again")
    return dict(info)


def _has_text(table: Any, key: str) -> bool:
    return not isinstance(table, dict) or isinstance(table.get(key, ""), str)


def _has_size(resize: Any) -> bool:
    size = resize.get("size", 1) if isinstance(resize, dict) else 1
    return isinstance(size, int) and not isinstance(size, bool) and 1 <= size <= LARGEST_SIZE


def _is_deeper(value: Any, levels: int) -> bool:
    inside = value.values() if isinstance(value, dict) else value
    if not isinstance(value, dict | list):
        return False
    return levels == 0 or any(_is_deeper(one, levels - 1) for one in inside)
