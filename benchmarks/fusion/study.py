"""Scores every way on every photo, by networks and gates that were not trained on it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.data_folders import opened
from benchmarks.fusion.networks import Fold, folds_of, reopened
from benchmarks.fusion.photos import SHIFTS, Case, Scores, case, from_a_box, oracles
from benchmarks.fusion.ways import BOX, THRESHOLD, UNGUIDED, UNLEARNED, elsewhere, learned
from benchmarks.machine import machine
from benchmarks.subsets import chosen
from maskwright.data.dataset import Dataset
from maskwright.fusion.gate import Gate, bundled_gate
from maskwright.runtime.resize import BILINEAR
from maskwright.runtime.segmenter import LoadedModel, load

BUNDLED = "subject"


def cross_validated(data: str, work: str, repeat: int) -> dict[str, Any]:
    """Score one repeat: gates and threshold of a fold come from the photos of the other folds.

    Args:
        data: where the photos were copied from.
        work: where they and the networks are.
        repeat: which repeat, from 0.
    """
    cv2.setNumThreads(1)
    dataset = reopened(Path(data), Path(work))
    wanted = [one for one in folds_of(dataset, Path(work), repeat + 1) if one.repeat == repeat]
    cases, parts = _cases(dataset, wanted)
    samples = [one.sample for one in cases]
    thresholds = np.array([one.ious_by_shift() for one in cases])
    photos: dict[str, Any] = {}
    gates: dict[str, Any] = {}
    for fold in wanted:
        others = [at for at, part in enumerate(parts) if part != fold.number]
        found = learned(
            [samples[at] for at in others],
            [parts[at] for at in others],
            [dataset.sources[cases[at].pair.name] for at in others],
        )
        shift = float(SHIFTS[thresholds[others].mean(axis=0).argmax()])
        gates[str(fold.number)] = {way: gate.bound for way, gate in found.items()} | {
            "shift": shift
        }
        for one in (cases[at] for at, part in enumerate(parts) if part == fold.number):
            extra = {THRESHOLD: one.scores(one.mask(one.shifted(shift)))}
            photos[one.pair.name] = rounded(scored(one, found) | extra)
    return _result(dataset, photos) | {"gates": gates}


def frozen(data: str, model: str) -> dict[str, Any]:
    """Score photos with a network and a gate that were learned elsewhere."""
    cv2.setNumThreads(1)
    dataset, network, gates = opened(Path(data)), load(model, threads=1), elsewhere()
    photos = {}
    for example in dataset.examples:
        one = case(dataset.load(example), network)
        photos[one.pair.name] = rounded(scored(one, gates))
    return _result(dataset, photos)


def marks() -> dict[str, str]:
    """The identities of the bundled model and of the package's gate."""
    gate = json.dumps(bundled_gate().to_json()).encode()
    model = load(BUNDLED, threads=1).fingerprint
    return {"model": model, "gate": hashlib.sha256(gate).hexdigest()}


def scored(one: Case, gates: Mapping[str, Gate]) -> dict[str, Scores]:
    """The scores of every way on a photo."""
    found = {way: one.scores(one.mask(fuse(one.outputs))) for way, fuse in UNLEARNED.items()}
    found[UNGUIDED] = one.scores(one.mask(one.outputs.network, enlarge=BILINEAR))
    found[BOX] = one.scores(from_a_box(one.pair))
    found |= {way: one.scores(one.mask(gate.fuse(one.outputs))) for way, gate in gates.items()}
    return found | oracles(one)


def rounded(found: Mapping[str, Scores]) -> dict[str, list[float]]:
    """Scores by way, for JSON."""
    return {way: [round(value, 4) for value in both] for way, both in found.items()}


def _result(dataset: Dataset, photos: Mapping[str, Any]) -> dict[str, Any]:
    groups = {name: source for name, source in dataset.sources.items() if name != source}
    return {"photos": dict(photos), "groups": groups, "marks": marks(), "machine": machine()}


def _cases(dataset: Dataset, wanted: Sequence[Fold]) -> tuple[list[Case], list[int]]:
    """Every photo with the network that was not trained on it, and the number of its fold."""
    cases: list[Case] = []
    for fold in wanted:
        model: LoadedModel = load(fold.model, threads=1)
        cases += [case(dataset.load(one), model) for one in chosen(dataset, fold.held_out)]
    return cases, [fold.number for fold in wanted for _ in fold.held_out]
