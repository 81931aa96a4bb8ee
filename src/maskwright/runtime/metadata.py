"""Change what an ONNX file says about itself; its network stays byte for byte the same.

Needs the package onnx, which comes with the extra `train`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import onnx

from maskwright.runtime.onnx_file import METADATA_KEY


def with_metadata(model: bytes, changes: Mapping[str, Any]) -> bytes:
    """Return a model.onnx with other metadata.

    Args:
        model: an ONNX file that `maskwright train` or `maskwright export` wrote.
        changes: fields of its metadata as docs/reference/model-directory.md names them, and their
            new values; all others stay.
    """
    proto = onnx.load_from_string(model)
    (entry,) = (one for one in proto.metadata_props if one.key == METADATA_KEY)
    entry.value = json.dumps(json.loads(entry.value) | dict(changes))
    return bytes(proto.SerializeToString())
