"""Learns the gate between network and GrabCut that comes with the package.

It is learned with the bundled model, on photos that were held out from its training. Only those
with fine outlines teach: GrabCut moves outlines by a few pixels, and where the truth is a polygon
drawn that far from the subject it has nothing to say about who is right.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from bundle import OUT as MODEL
from train_bundled import read_origins

from maskwright.data.dataset import open_dataset
from maskwright.data.split import folds, read_splits
from maskwright.data.threads import cores
from maskwright.files import write_json
from maskwright.fusion.gate import GATE_FILE
from maskwright.fusion.learn import learn_gate
from maskwright.runtime.segmenter import load
from maskwright.study.folds import FoldModels
from maskwright.study.gating import samples_of_folds

OUT = Path(__file__).resolve().parents[1] / "src" / "maskwright" / "fusion" / GATE_FILE
_FINE = ("VOC", "CCP")
_PARTS = 10


def main() -> None:
    """Write the gate, and say what it brings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the data folder the bundled model was trained on")
    data = parser.parse_args().data
    (split,) = read_splits(MODEL / "splits.json")
    origins = read_origins(data)
    teachers = {name for name in split.val if origins[name].annotation in _FINE}
    dataset = open_dataset(data)
    judged = replace(
        dataset, examples=tuple(one for one in dataset.examples if one.name in teachers)
    )
    parts = [part.val for part in folds(judged, _PARTS)]
    models = [load(MODEL, threads=1)] * _PARTS
    samples, part = samples_of_folds(FoldModels(judged, parts, models, cores()))
    sources = [judged.sources[example.name] for example in judged.examples]
    gate = learn_gate(samples, part, sources, conservative=True)
    write_json(OUT, gate.to_json())
    low, high = gate.interval
    print(f"{OUT}: {100 * gate.gain:+.2f} points ({100 * low:+.2f} to {100 * high:+.2f})")


if __name__ == "__main__":
    main()
