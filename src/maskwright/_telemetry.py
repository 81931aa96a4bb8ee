"""Turns off the telemetry of ONNX Runtime, which reports its use to Microsoft by default."""

from __future__ import annotations

import os
import sys

_SWITCH = "ORT_DISABLE_TELEMETRY"


def turn_off_telemetry() -> None:
    """Keep ONNX Runtime from reporting, in this process and in those that it starts.

    ONNX Runtime reads the variable ORT_DISABLE_TELEMETRY once, while it is imported. A value that
    the caller has set stays. If another module has imported ONNX Runtime already, it has made its
    device id and its queue of events; then no further events are reported.
    """
    if os.environ.get(_SWITCH):
        return
    os.environ[_SWITCH] = "1"
    loaded = sys.modules.get("onnxruntime")
    if loaded is not None and hasattr(loaded, "disable_telemetry_events"):
        loaded.disable_telemetry_events()
