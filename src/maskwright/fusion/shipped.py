"""The gate that comes with the package, for models that have not learned one of their own."""

from __future__ import annotations

import json
from importlib.resources import files

from maskwright.fusion.gate import Gate, gate_from_json

GATE_FILE = "gate.json"
"""Beside this file; `scripts/learn_gate.py` writes it."""


def shipped_gate() -> Gate:
    """Read the gate learned with the bundled model, on photos held out from its training."""
    text = files("maskwright.fusion").joinpath(GATE_FILE).read_text(encoding="utf-8")
    return gate_from_json(json.loads(text), GATE_FILE)
