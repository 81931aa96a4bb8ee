"""A model with a gate: GrabCut decides pieces of what its network finds, if it is asked to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maskwright.classical.grabcut import grabcut
from maskwright.classical.seeds.priors import two_class_probs
from maskwright.errors import ModelError, UsageError
from maskwright.fusion.decision import Decision
from maskwright.fusion.gate import CLOSED, Gate, bundled_gate
from maskwright.fusion.method_outputs import run_classical
from maskwright.runtime.onnx_file import checked_gate
from maskwright.runtime.segmenter import LoadedModel, load
from tests.support.method_outputs import gate_of
from tests.support.models import loaded, metadata, red_green_model, red_model, write_model
from tests.support.photos import speckled_disc

ALL = gate_of(bias=9.0)
CLEAN = {"components": 0.05, "holes": 0.01}


def segmenter_of(gate: Gate | None, *, fuse: bool, **meta: Any) -> LoadedModel:
    said = metadata(**meta) | ({} if gate is None else {"gate": gate.to_json()})
    model = red_model(said).SerializeToString()
    return loaded(model, fuse=fuse)


def gated_model(path: Path) -> Path:
    return write_model(path, red_model(metadata(gate=ALL.to_json())))


def test_the_gate_is_asked_at_the_size_of_the_network() -> None:
    image = speckled_disc()
    plain, fused = (segmenter_of(ALL, fuse=fuse) for fuse in (False, True))
    assert (plain.fuses, fused.fuses) == (False, True)
    opinions = run_classical(image, plain.network(image)[:, :, 1], grabcut())
    assert len(opinions.regions) > 20
    expected = two_class_probs(ALL.fuse(opinions))
    np.testing.assert_array_equal(fused.network(image), expected)
    np.testing.assert_array_equal(fused(image), expected)
    large = speckled_disc(200, 300)
    assert fused(large).shape == (200, 300, 2)
    assert (fused(large).argmax(2) != plain(large).argmax(2)).any()


def test_flips_and_calibration_come_before_it() -> None:
    image = speckled_disc()
    said: dict[str, Any] = {"flips": True, "logit_shift": [0.0, 0.05]}
    plain, fused = (segmenter_of(ALL, fuse=fuse, **said) for fuse in (False, True))
    opinions = run_classical(image, plain.network(image)[:, :, 1], grabcut())
    np.testing.assert_array_equal(fused.network(image), two_class_probs(ALL.fuse(opinions)))


def test_unless_it_is_asked_nothing_changes() -> None:
    image = speckled_disc(100, 80)
    without = segmenter_of(None, fuse=False)
    np.testing.assert_array_equal(segmenter_of(ALL, fuse=False)(image), without(image))
    shut = segmenter_of(gate_of(CLOSED), fuse=True)
    assert not shut.fuses
    np.testing.assert_array_equal(shut(image), without(image))


def test_tiles_are_fused_too(tmp_path: Path) -> None:
    path = gated_model(tmp_path / "m")
    image = speckled_disc(150, 150)
    plain, fused = (load(path, threads=1, tile=64, fuse=fuse)(image) for fuse in (False, True))
    assert (plain.argmax(2) != fused.argmax(2)).any()


def test_a_model_without_a_gate_uses_the_one_of_the_package() -> None:
    image = speckled_disc()
    plain, fused, own = (
        segmenter_of(gate, fuse=fuse) for gate, fuse in ((None, False), (None, True), (ALL, True))
    )
    assert checked_gate(fused.metadata, "m.onnx") == bundled_gate()
    assert checked_gate(own.metadata, "m.onnx") == ALL
    assert fused.fuses
    opinions = run_classical(image, plain.network(image)[:, :, 1], grabcut())
    expected = two_class_probs(bundled_gate().fuse(opinions))
    np.testing.assert_array_equal(fused.network(image), expected)
    assert (own.network(image) != expected).any()


def test_who_decided_is_told_and_changes_nothing(tmp_path: Path) -> None:
    image = speckled_disc(200, 300)
    for fused, times in (
        (segmenter_of(ALL, fuse=True), 1),
        (segmenter_of(ALL, fuse=True, flips=True, logit_shift=[0.0, 0.05]), 1),
        (segmenter_of(ALL, fuse=True, enlarge="guided", clean=CLEAN), 1),
        (load(gated_model(tmp_path / "m"), threads=1, fuse=True, tile=200), 2),
    ):
        told: list[Decision] = []
        np.testing.assert_array_equal(fused.reporting(told.append)(image), fused(image))
        assert len(told) == times
        fused(image)
        assert len(told) == times
    small = segmenter_of(ALL, fuse=True)
    small.reporting(told.append)(image)
    plain = segmenter_of(ALL, fuse=False)
    seen = plain.metadata.resize.fitted(image)
    expected = ALL.decide(run_classical(seen, plain.network(seen)[:, :, 1], grabcut()))
    np.testing.assert_array_equal(told[-1].accepted_mask, expected.accepted_mask)
    np.testing.assert_array_equal(told[-1].regions.labels, expected.regions.labels)


@pytest.mark.parametrize(("gate", "fuse"), [(ALL, False), (gate_of(CLOSED), True)])
def test_a_model_that_does_not_fuse_reports_no_decisions(gate: Gate, fuse: bool) -> None:
    with pytest.raises(ValueError, match="there are no decisions"):
        segmenter_of(gate, fuse=fuse).reporting(print)


def test_more_than_two_classes_are_refused(tmp_path: Path) -> None:
    path = write_model(tmp_path / "m", red_green_model())
    with pytest.raises(UsageError, match="background, red, green"):
        load(path, fuse=True)


def test_a_damaged_gate_is_refused_when_it_is_needed() -> None:
    damaged = ALL.to_json() | {"bias": None}
    model = red_model(metadata(gate=damaged)).SerializeToString()
    loaded(model)
    with pytest.raises(ModelError, match=r"m\.onnx: its gate .* is damaged"):
        loaded(model, fuse=True)
    with pytest.raises(ModelError, match="bad gate"):
        loaded(red_model(metadata(gate=[1])).SerializeToString())


def test_a_model_that_is_not_fused_loads_nothing_of_it(tmp_path: Path) -> None:
    path = gated_model(tmp_path / "m")
    code = (
        f"import sys, maskwright; maskwright.load({str(path)!r})\n"
        "print([m for m in sys.modules if m.split('.')[1:2] in (['fusion'], ['classical'])])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
