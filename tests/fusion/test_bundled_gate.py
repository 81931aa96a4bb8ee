"""The gate of the package."""

from __future__ import annotations

from importlib.resources import files

import numpy as np

from maskwright.fusion.gate import GATE_FILE, bundled_gate


def test_it_is_there_open_and_sound() -> None:
    gate = bundled_gate()
    assert not gate.is_closed
    assert gate.photos == 158
    assert np.isfinite([*gate.weights, gate.bias, gate.bound]).all()
    low, high = gate.interval
    assert 0 < low < gate.gain < high < 0.1


def test_it_lies_in_the_package() -> None:
    assert files("maskwright.fusion").joinpath(GATE_FILE).is_file()
