"""Small data sets of special fields, each split into two fixed halves by source."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from benchmarks.folders import part_of
from benchmarks.peculiar import in_blocks, peculiar
from maskwright.data.dataset import open_dataset
from maskwright.data.doctor.fix import fix
from maskwright.data.split import holdout

SEED = 0
"""Of the sources that are drawn for the test half."""


@dataclass(frozen=True)
class Halves:
    """Data folders of both halves, and what tells them from others."""

    train: Path
    test: Path
    fingerprint: str


def halved(data: Path, out: Path) -> Halves:
    """Write clean copies of both halves of a data folder, always the same ones.

    Args:
        data: a data folder; `peculiar.SETS` says what must be said of some.
        out: where `train` and `test` go; what is there is replaced.
    """
    shutil.rmtree(out, ignore_errors=True)
    said = peculiar(data)
    clean = fix(said.folder(data), out / "whole")
    whole = in_blocks(open_dataset(clean.out), said.block)
    split = holdout(whole, fraction=0.5, seed=SEED)
    groups = {name: whole.sources[name] for name in split.val}
    halves = Halves(
        # No groups here: training would hold out whole ones, for a figure that nobody reads, and
        # learn from that much less.
        train=part_of(whole, split.train, out / "train"),
        test=part_of(whole, split.val, out / "test", groups),
        fingerprint=whole.fingerprint(),
    )
    shutil.rmtree(clean.out)
    return halves
