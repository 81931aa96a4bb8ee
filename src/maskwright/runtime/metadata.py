"""Changes the metadata of ONNX files.

Needs the package onnx, which comes with the extra `train`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import onnx

from maskwright.runtime.onnx_file import METADATA_KEY


def with_metadata(model: bytes, changes: Mapping[str, Any]) -> bytes:
    """Return a model.onnx with changed metadata.

    Args:
        model: an ONNX file that `maskwright train` or `maskwright export` wrote.
        changes: new values of metadata fields, which docs/reference/model-directory.md
            describes; all other fields stay.
    """
    proto = onnx.load_from_string(model)
    (entry,) = (one for one in proto.metadata_props if one.key == METADATA_KEY)
    entry.value = json.dumps(json.loads(entry.value) | dict(changes))
    return bytes(proto.SerializeToString())
